import t from 'tap';
import { ACTOR_NAMES } from '../sim/actors/index.ts';
import { run } from '../sim/run.ts';
import { scenario } from '../sim/scenario.ts';

for (const actor of ACTOR_NAMES) {
  t.test(`one faulty validator: ${actor}`, async (t) => {
    for (const [n, seeds] of [
      [4, 4],
      [7, 1],
    ] as const) {
      for (let seed = 1; seed <= seeds; seed++) {
        const outcome = run(scenario(seed, n, ['actor', 'loss', 'crash'], actor));
        t.equal(outcome.violation, null, `n = ${n}, seed ${seed}: ${outcome.violation?.message}`);
      }
    }
  });
}
