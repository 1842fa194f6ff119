import t from 'tap';
import { run } from '../../sim/run.ts';
import { scenario } from '../../sim/scenario.ts';

/**
 * Safety under faults, then liveness after them, over the first seeds of an n. A seed that fails is replayed with
 * `npm run sim -- --seed N --n N` and made smaller with `--shrink`.
 */
export function testSeeds(n: number, seeds: number): void {
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
