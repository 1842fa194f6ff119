import t from 'tap';
import { MUTANTS } from '../sim/mutants/list.ts';
import { seek } from '../sim/mutants/seek.ts';
import { run } from '../sim/run.ts';
import { scenario } from '../sim/scenario.ts';

/** Seeds tried for each planted bug, from the first. sim/mutants/README.md tells how many each takes. */
const MOST_SEEDS = 60;

for (const mutant of MUTANTS) {
  t.test(`${mutant.name} is caught: ${mutant.breaks}`, async (t) => {
    const found = await seek(mutant, MOST_SEEDS);
    if (found === null) t.fail(`${MOST_SEEDS} seeds found nothing`);
    else t.pass(`seed ${found.seed}: ${found.outcome.violation?.message}`);
  });
}

t.test('the real core is not affected by loading mutants', async (t) => {
  t.equal(run(scenario(1, 4)).violation, null);
});
