import t from 'tap';
import { run } from '../sim/run.ts';
import { twinsScenario } from '../sim/twins.ts';

/* Two nodes with one key, and views whose messages stay in groups; replay with `npm run sim -- --twins --seed N --n N`. */

const CASES: readonly (readonly [n: number, seeds: number])[] = [
  [4, 1_500],
  [7, 500],
];

for (const [n, seeds] of CASES) {
  t.test(`n = ${n}: ${seeds} Twins cases`, async (t) => {
    let height = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = run(twinsScenario(seed, n));
      if (outcome.violation !== null) t.fail(`seed ${seed}: ${outcome.violation.message}`);
      height += outcome.height;
    }
    t.ok(height > seeds, `${height} blocks`);
  });
}

t.test('twins contradict themselves: honest nodes see it', async (t) => {
  let seen = 0;
  for (let seed = 1; seed <= 40; seed++) {
    run(twinsScenario(seed, 4), undefined, (line) => {
      if (line.includes('report-equivocation')) seen++;
    });
  }
  t.ok(seen > 0, `${seen} reports`);
});
