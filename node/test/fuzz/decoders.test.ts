import t from 'tap';
import { runSeries } from '../../fuzz/execution.ts';
import { shared, TARGETS } from '../../fuzz/targets/index.ts';

/** For a machine that has much else to do. */
t.setTimeout(300_000);

const EXECUTIONS = 100_000;
const SEED = 20_261_122;

t.test('every decoder and verifier keeps its promises under 100,000 hostile inputs', async (t) => {
  const counts = shared(TARGETS, EXECUTIONS);
  let executed = 0;
  for (const [i, target] of TARGETS.entries()) {
    const { name } = target;
    const tally = runSeries(target, { decoder: name, seed: SEED, first: 0, executions: counts[i] ?? 0 });
    t.equal(tally.finding?.what, undefined, name);
    t.ok(tally.accepted > 0 && tally.accepted < tally.executions, `${name} accepts some, and refuses some`);
    executed += tally.executions;
  }
  t.ok(executed >= EXECUTIONS);
});
