import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integerIn } from '@hufu/cli';
import { Command } from 'commander';
import { report } from './report.ts';
import { type Plan, run } from './run.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');
const MOST = 100_000_000;

await new Command('npm run bench --')
  .description('Throughput, latency and cost per record of four nodes and a gateway on this machine.')
  .option('--rounds <n>', 'how often each measure is taken', integerIn(1, 1_000), 3)
  .option('--records <n>', 'records of one NDJSON round', integerIn(1, MOST), 200_000)
  .option('--seconds <n>', 'length of a round of single POSTs', integerIn(1, 86_400), 10)
  .option('--out <dir>', 'where the report goes', RESULTS)
  .action(bench)
  .showHelpAfterError('See --help.')
  .parseAsync();

type Values = Pick<Plan, 'rounds' | 'records' | 'seconds'> & { readonly out: string };

/** The report goes to stdout as well. */
async function bench({ out, ...given }: Values): Promise<void> {
  const plan: Plan = {
    ...given,
    connections: 64,
    streams: 4,
    linesPerBody: 5_000,
    latencySamples: 100,
  };
  const results = await run(plan, (text) => console.error(text));
  mkdirSync(out, { recursive: true });
  const name = `${results.machine.date.slice(0, 10)}-${results.machine.cores}-cores`;
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(out, `${name}.md`), report(results));
  console.log(report(results));
}
