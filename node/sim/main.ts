import { Command, InvalidArgumentError } from 'commander';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';

const program = new Command('npm run sim:node --')
  .description('Whole nodes in a simulated world. The same seed always gives the same run.')
  .option('--seed <n>', 'first seed', integer, 1)
  .option('--runs <n>', 'how many seeds', integer, 1)
  .option('--trace', 'print everything that happens in one run', false)
  .showHelpAfterError('See --help.')
  .parse();
const values = program.opts<{ seed: number; runs: number; trace: boolean }>();

function integer(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

async function main(): Promise<number> {
  const { seed: first, runs } = values;
  const startedMs = performance.now();
  const totals = {
    virtualMs: 0,
    height: 0,
    epochs: 0,
    records: 0,
    crashes: 0,
    snapshots: 0,
    accusations: 0,
    violations: 0,
  };
  let slowestMs = 0;
  for (let seed = first; seed < first + runs; seed++) {
    const outcome = await run(scenarioOf(seed), values.trace ? console.log : null);
    totals.virtualMs += outcome.virtualMs;
    totals.height += outcome.height;
    totals.epochs += outcome.epoch;
    totals.records += outcome.records;
    totals.crashes += outcome.crashes;
    totals.snapshots += outcome.snapshots;
    totals.accusations += outcome.accusations;
    slowestMs = Math.max(slowestMs, outcome.recoveryMs);
    if (runs === 1) console.log(outcome);
    if (outcome.violation === undefined) continue;
    totals.violations++;
    console.log(`seed ${seed}: ${outcome.violation.stack}`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const speed = totals.virtualMs / 1_000 / seconds;
  console.log(
    `${runs} runs, ${totals.violations} violations; ${totals.height} blocks, ${totals.epochs} changes of epoch, ` +
      `${totals.records} records, ${totals.crashes} crashes, ${totals.snapshots} snapshots, ${totals.accusations} accusations; slowest recovery ${slowestMs} ms; ` +
      `${seconds.toFixed(0)} s, ${speed.toFixed(1)} virtual seconds a second`,
  );
  return totals.violations;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
