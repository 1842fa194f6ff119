import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integerIn, inWorld } from '@hufu/cli';
import { Argument, Command } from 'commander';
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

/** What the report of a run tells of its command line. */
interface Values {
  readonly hosts: number;
  readonly minutes?: number;
  readonly rounds?: number;
  readonly rate?: number;
  readonly seed: number;
  readonly out: string;
}

await new Command('npm run resilience --')
  .description('What a fault costs. Runs one experiment on hosts of its own (network namespaces, as root).')
  .addArgument(new Argument('<experiment>').choices(Object.keys(EXPERIMENTS)))
  .option('--hosts <n>', 'nodes, one a host', integerIn(4, 31), 4)
  .option('--minutes <n>', 'how long it takes; each experiment has its own default', integerIn(1, 10_000))
  .option('--rounds <n>', 'how often it is done', integerIn(1, 1_000))
  .option('--rate <n>', 'records a second', integerIn(1, 1_000_000))
  .option('--seed <n>', 'the same seed has the same faults in the same order', integerIn(0, 999_999_999), 1)
  .option('--out <dir>', 'where the report goes', RESULTS)
  .action(async (name: string, values: Values) => {
    const experiment = EXPERIMENTS[name];
    if (experiment === undefined) throw new RangeError(name);
    await inWorld(async (directory) => {
      const options: Options = {
        hosts: values.hosts,
        minutes: values.minutes,
        rounds: values.rounds,
        recordsPerSecond: values.rate,
        seed: values.seed,
      };
      const outcome = await experiment.run(directory, options, (text) => console.error(text));
      write(name, values, experiment.title, outcome);
    });
  })
  .showHelpAfterError('See --help.')
  .parseAsync();

function write(name: string, values: Values, title: string, { markdown, figures, files }: Outcome): void {
  const where = machine();
  const { cpu, cores, memoryGiB, node, commit, date } = where;
  const base = join(values.out, values.hosts === 4 ? name : `${name}-${values.hosts}`);
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
