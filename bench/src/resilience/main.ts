import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inWorld } from '@hufu/cli';
import { machine } from '../machine.ts';
import { catchUp } from './catch-up.ts';
import type { Experiment, Options, Outcome } from './experiment.ts';
import { idle } from './idle.ts';
import { leaderKill } from './leader-kill.ts';
import { oneDown } from './one-down.ts';
import { soak } from './soak.ts';
import { wan } from './wan.ts';

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  'leader-kill': leaderKill,
  'one-down': oneDown,
  'catch-up': catchUp,
  wan,
  idle,
  soak,
};
const RESULTS = join(import.meta.dirname, '..', '..', 'results', 'resilience');
const USAGE = `npm run resilience -- ${Object.keys(EXPERIMENTS).join(' | ')}
  [--hosts N] [--minutes N] [--rounds N] [--rate RECORDS-PER-SECOND] [--seed N] [--out DIR]`;

/** Runs one experiment on hosts of its own; its report goes to the results and to stdout. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: 'string', default: '4' },
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    rate: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: RESULTS },
  },
});
const [name = ''] = positionals;
const experiment = EXPERIMENTS[name];
if (experiment === undefined || positionals.length !== 1) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const options: Options = {
    hosts: Number(values.hosts),
    minutes: optional(values.minutes),
    rounds: optional(values.rounds),
    recordsPerSecond: optional(values.rate),
    seed: Number(values.seed),
  };
  await inWorld(async (directory) => {
    const outcome = await experiment.run(directory, options, (text) => console.error(text));
    write(experiment.title, outcome);
  });
}

function optional(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function write(title: string, { markdown, figures, files }: Outcome): void {
  const where = machine();
  const { cpu, cores, memoryGiB, node, commit, date } = where;
  const base = join(values.out, values.hosts === '4' ? name : `${name}-${values.hosts}`);
  // Where its report goes says nothing of a run.
  const { out: _, ...plan } = values;
  const options = Object.entries(plan).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option} ${value}`],
  );
  const report = `# ${title}

\`npm run resilience -- ${[name, ...options].join(' ')}\` at ${commit}, ${date}; everything on one machine (${cores} × ${cpu},
${memoryGiB} GiB, Node ${node}), one network namespace a node.

${markdown}`;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${base}.md`, report);
  writeFileSync(`${base}.json`, `${JSON.stringify({ machine: where, figures }, null, 1)}\n`);
  for (const [extension, text] of Object.entries(files ?? {})) writeFileSync(`${base}.${extension}`, text);
  console.log(report);
}
