import { parseArgs } from 'node:util';
import { ACTOR_NAMES } from './actors/index.ts';
import { run } from './run.ts';
import { FAULT_NAMES, scenario } from './scenario.ts';

const USAGE = `npm run sim -- [--seed N] [--runs N] [--n N] [--faults LIST] [--actor NAME] [--trace]

  --seed    first seed (1); the same seed always gives the same run
  --runs    how many seeds, one after the other (1)
  --n       validators (4)
  --faults  comma-separated of ${FAULT_NAMES.join(', ')}; default: what the seed gives
  --actor   one of ${ACTOR_NAMES.join(', ')}; default: what the seed gives
  --trace   print every message of the run`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    n: { type: 'string', default: '4' },
    faults: { type: 'string' },
    actor: { type: 'string' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function main(): number {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const first = Number(values.seed);
  const named = values.faults?.split(',');
  const only = named === undefined ? null : FAULT_NAMES.filter((name) => named.includes(name));
  const actor = ACTOR_NAMES.find((name) => name === values.actor) ?? null;
  let violations = 0;
  for (let seed = first; seed < first + Number(values.runs); seed++) {
    const made = scenario(seed, Number(values.n), only, actor);
    const outcome = run(made, undefined, values.trace ? console.log : null);
    if (outcome.violation !== null) {
      violations++;
      console.log(`${made.name}: ${outcome.violation.stack}`);
    } else if (Number(values.runs) <= 20) {
      console.log(`${made.name}: ${JSON.stringify({ ...outcome, mishaps: outcome.mishaps.length })}`);
    }
  }
  console.log(`${values.runs} runs, ${violations} violations`);
  return violations === 0 ? 0 : 1;
}

process.exitCode = main();
