import t from 'tap';
import { type Outcome, run } from '../sim/run.ts';
import { type FaultName, scenario } from '../sim/scenario.ts';

/*
 * Safety under faults, then liveness after them, over seeds. A seed that fails here is replayed with
 * `npm run sim -- --seed N --n N` and made smaller with `--shrink`.
 */

const SEEDS: readonly (readonly [n: number, seeds: number])[] = [
  [1, 100],
  [4, 500],
  [5, 180],
  [7, 150],
  [10, 50],
  [16, 20],
];

for (const [n, seeds] of SEEDS) {
  t.test(`n = ${n}: ${seeds} seeds of all faults`, async (t) => {
    let height = 0;
    let idleSent = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = run(scenario(seed, n));
      idleSent += outcome.idleSent;
      if (outcome.violation !== null) t.fail(`seed ${seed}: ${outcome.violation.message}`);
      height += outcome.height;
    }
    t.ok(height > seeds, `${height} blocks`);
    t.equal(idleSent, 0, 'when all is final, all is quiet');
  });
}

t.test('the same seed twice gives the same trace', async (t) => {
  const faults: readonly FaultName[] = ['crash', 'crash-at-effect', 'loss', 'partition', 'actor'];
  const once = (seed: number): Outcome => run(scenario(seed, 4, faults));
  t.same(once(7), once(7));
  t.not(once(7).trace, once(8).trace);
});
