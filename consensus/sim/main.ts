import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ACTOR_NAMES } from './actors/index.ts';
import { actorNamed, campaign, type Family, scenarioOf } from './campaign.ts';
import { run } from './run.ts';
import { FAULT_NAMES } from './scenario.ts';

const USAGE = `npm run sim -- [--seed N] [--runs N] [--n LIST] [--twins] [--jobs N] …

  --seed    first seed (1); the same seed always gives the same run
  --runs    how many seeds of each n (1)
  --n       validators, one number or several with commas (4)
  --twins   Twins cases instead of faults
  --faults  comma-separated of ${FAULT_NAMES.join(', ')}; default: what the seed gives
  --actor   one of ${ACTOR_NAMES.join(', ')}; default: what the seed gives
  --jobs    worker processes (as many as there are cores)
  --trace   print every message of one run`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    n: { type: 'string', default: '4' },
    twins: { type: 'boolean', default: false },
    faults: { type: 'string' },
    actor: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function families(): readonly Family[] {
  const named = values.faults?.split(',');
  const faults = named === undefined ? null : FAULT_NAMES.filter((name) => named.includes(name));
  const kind = values.twins ? 'twins' : 'faults';
  const actor = actorNamed(values.actor);
  return values.n.split(',').map((n) => ({ kind, n: Number(n), faults, actor }));
}

/** One run, in this process. */
function replay(family: Family, seed: number): number {
  const made = scenarioOf(family, seed);
  const { violation, mishaps, ...outcome } = run(made, undefined, values.trace ? console.log : null);
  console.log(made.name);
  console.log(JSON.stringify({ ...outcome, mishaps: mishaps.length }));
  console.log(violation === null ? 'no violation' : violation.stack);
  return violation === null ? 0 : 1;
}

async function many(family: Family, firstSeed: number, runs: number): Promise<number> {
  const startedMs = performance.now();
  const { violations, virtualMs, views } = await campaign(family, firstSeed, runs, Number(values.jobs));
  const seconds = (performance.now() - startedMs) / 1_000;
  const speed = Math.round((60 * virtualMs) / 1_000 / seconds);
  console.log(
    `${family.kind}, n = ${family.n}: ${runs} runs, ${violations.length} violations, ${views} views, ` +
      `${seconds.toFixed(0)} s, ${speed} virtual seconds a minute`,
  );
  return violations.length;
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  let violations = 0;
  for (const family of families()) {
    const [seed, runs] = [Number(values.seed), Number(values.runs)];
    violations += runs === 1 ? replay(family, seed) : await many(family, seed, runs);
  }
  return violations === 0 ? 0 : 1;
}

process.exitCode = await main();
