import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { campaign } from './campaign.ts';
import { formatCase, parseCase } from './case-file.ts';
import { causeOf, type Finding, judge, NOTHING, sum, type Tally } from './execution.ts';
import type { Target } from './target.ts';
import { shared, TARGETS, targetNamed } from './targets/index.ts';

interface Case {
  readonly target: Target;
  readonly input: Uint8Array;
}

interface Values {
  readonly executions: number;
  readonly seed: number;
  readonly jobs: number;
  readonly decoder?: string;
  readonly case?: Case;
}

const program = new Command('npm run fuzz --')
  .description('Every decoder and verifier under hostile bytes. The same seed always gives the same inputs.')
  .option('--executions <n>', 'of all decoders together', integer, 100_000)
  .option('--seed <n>', 'what the inputs follow from', integer, 1)
  .option('--jobs <n>', 'worker processes', integer, availableParallelism())
  .addOption(new Option('--decoder <name>', 'this one alone').choices(TARGETS.map(({ name }) => name)))
  .option('--case <file>', 'replay the input in this file', caseIn)
  .showHelpAfterError('See --help.')
  .parse();
const values = program.opts<Values>();

function integer(text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1');
  return Number(text);
}

function caseIn(file: string): Case {
  try {
    const { decoder, input } = parseCase(readFileSync(file, 'utf8'));
    return { target: targetNamed(decoder), input };
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** How many findings there are: 0 or 1. */
function replay({ target, input }: Case): number {
  try {
    const { accepted, durationMs } = judge(target, input);
    console.log(`${target.name}: ${accepted ? 'accepted' : 'refused'} in ${durationMs.toFixed(1)} ms`);
    return 0;
  } catch (error) {
    console.log(`${target.name}: ${causeOf(error)}`);
    return 1;
  }
}

function tell(finding: Finding): void {
  const { decoder, seed, execution, what } = finding;
  const file = `fuzz-${decoder}-${seed}-${execution}.json`;
  writeFileSync(file, formatCase(finding));
  console.log(`${decoder}, seed ${seed}, execution ${execution}: ${what}\n  npm run fuzz -- --case ${file}`);
}

function row(name: string, { executions, accepted, slowestMs, totalMs }: Tally): string {
  const perSecond = Math.round((1_000 * executions) / totalMs);
  return `| ${name} | ${executions} | ${accepted} | ${slowestMs.toFixed(1)} | ${perSecond} |`;
}

/** Fuzzes the decoders and prints a table in Markdown. How many findings there are. */
async function fuzz({ executions, seed, jobs, decoder }: Values): Promise<number> {
  const targets = TARGETS.filter(({ name }) => decoder === undefined || name === decoder);
  const counts = shared(targets, executions);
  const series = targets.map(({ name }, i) => ({
    decoder: name,
    seed,
    first: 0,
    executions: counts[i] ?? 0,
  }));
  const tallies = await campaign(series, jobs);
  const findings = [...tallies.values()].flatMap(({ finding }) => (finding === null ? [] : [finding]));
  for (const finding of findings) tell(finding);
  console.log('| decoder | executions | accepted | slowest, ms | a second and job |\n|---|--:|--:|--:|--:|');
  for (const [name, tally] of tallies) console.log(row(name, tally));
  console.log(row('all', [...tallies.values()].reduce(sum, NOTHING)));
  return findings.length;
}

process.exitCode = (values.case === undefined ? await fuzz(values) : replay(values.case)) === 0 ? 0 : 1;
