import t from 'tap';
import { run } from '../../sim/run.ts';
import { twinsScenario } from '../../sim/twins.ts';

/** Two nodes with one key, and views whose messages stay in groups; replay with `npm run sim -- --twins --seed N --n N`. */
export function testTwins(n: number, seeds: number): void {
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
