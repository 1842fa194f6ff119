import t from 'tap';
import { MUTANTS } from '../sim/mutants/list.ts';
import { mutantCore } from '../sim/mutants/mutant.ts';
import { run } from '../sim/run.ts';
import { scenario } from '../sim/scenario.ts';

/** Seeds tried for each planted bug before the simulator counts as blind to it. */
const MOST_SEEDS = 40;

for (const mutant of MUTANTS) {
  t.test(`${mutant.name} is caught: ${mutant.breaks}`, async (t) => {
    const core = await mutantCore(mutant);
    const first = mutant.firstSeed ?? 1;
    for (let seed = first; seed < first + MOST_SEEDS; seed++) {
      const { violation } = run(scenario(seed, 4, mutant.faults, mutant.actor), core);
      if (violation === null) continue;
      t.pass(`seed ${seed}: ${violation.message}`);
      return;
    }
    t.fail(`${MOST_SEEDS} seeds found nothing`);
  });
}

t.test('the real core is not affected by loading mutants', async (t) => {
  t.equal(run(scenario(1, 4)).violation, null);
});
