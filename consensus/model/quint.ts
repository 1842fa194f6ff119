import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The modules of instances.qnt in which every rule holds. */
export const SOUND = ['four', 'five'] as const;

/** The modules of instances.qnt in which one does not, and what that rule is. */
export const BROKEN = [
  { module: 'quorumMinusOne', breaks: 'q = n − f' },
  { module: 'quorumTwoFPlusOne', breaks: 'q = n − f: not 2f + 1' },
  { module: 'notarizeTwice', breaks: 'at most one Notarize a view' },
  { module: 'nullifyAndFinalize', breaks: 'never both Nullify and Finalize in one view' },
  { module: 'gapInNullifications', breaks: 'every view between a block and its parent is nullified' },
  { module: 'sentBeforeDurable', breaks: 'a vote is durable before it is sent' },
  { module: 'blocksBeyondTheLast', breaks: 'nothing is built on the last block of an epoch' },
  { module: 'lastBlockBuiltAnew', breaks: 'the last block of an epoch is proposed again unchanged' },
] as const;

/** Things that must happen in some runs, or the invariants hold for nothing. */
export const WITNESSES = [
  'somethingIsFinal',
  'aChainIsFinal',
  'aViewWasSkipped',
  'lastBlockIsFinal',
  'lastBlockIsNotarizedAgain',
  'lastBlockIsFinalByALaterView',
] as const;

export interface Exploration {
  readonly module: string;
  /** Runs at random, and the steps of each. Quint stops at the first run that violates an invariant. */
  readonly samples: number;
  readonly steps: number;
  readonly seed: number;
  /** How many runs to write down, in the Informal Trace Format, and where; `{seq}` in it becomes their number. */
  readonly traces?: number;
  readonly tracesTo?: string;
}

export interface Explored {
  readonly violated: boolean;
  /** By witness: in how many runs it was seen. */
  readonly witnessed: ReadonlyMap<string, number>;
  readonly output: string;
}

/** Runs Quint's simulator over the model, with the evaluator that is part of the package. Throws when Quint fails. */
export function explore({ module, samples, steps, seed, traces = 1, tracesTo }: Exploration): Explored {
  const cli = createRequire(import.meta.url).resolve('@informalsystems/quint/dist/src/cli.js');
  const written = tracesTo === undefined ? [] : [`--out-itf=${tracesTo}`, `--n-traces=${traces}`];
  const options = [
    '--backend=typescript',
    '--verbosity=1',
    `--main=${module}`,
    `--max-samples=${samples}`,
    `--max-steps=${steps}`,
    `--seed=${seed}`,
    '--invariant=safety',
    ...written,
  ];
  const model = join(import.meta.dirname, 'instances.qnt');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'run', ...options, model, '--witnesses', ...WITNESSES],
    { encoding: 'utf8' },
  );
  const violated = stdout.includes('[violation]');
  if (!violated && status !== 0) throw new Error(`quint failed: ${stdout}${stderr}`);
  const lines = stdout.matchAll(/^(\w+) was witnessed in (\d+) trace/gm);
  return {
    violated,
    witnessed: new Map([...lines].map(([, name = '', count]) => [name, Number(count)])),
    output: stdout,
  };
}
