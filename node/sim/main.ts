import { parseArgs } from 'node:util';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';

const USAGE = `npm run sim:node -- [--seed N] [--runs N] [--trace]

  --seed   first seed (1); the same seed always gives the same run
  --runs   how many seeds (1)
  --trace  print everything that happens in one run`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [first, runs] = [Number(values.seed), Number(values.runs)];
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
