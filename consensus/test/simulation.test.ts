import t from 'tap';
import { type Outcome, run } from '../sim/run.ts';
import { type FaultName, scenario } from '../sim/scenario.ts';
import { testSeeds } from './support/seeds.ts';

testSeeds(1, 100);
testSeeds(4, 500);
testSeeds(5, 180);

t.test('the same seed twice gives the same trace', async (t) => {
  const faults: readonly FaultName[] = ['crash', 'crash-at-effect', 'loss', 'partition', 'actor'];
  const once = (seed: number): Outcome => run(scenario(seed, 4, faults));
  t.same(once(7), once(7));
  t.not(once(7).trace, once(8).trace);
});
