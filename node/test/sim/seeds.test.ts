import t from 'tap';
import { run } from '../../sim/run.ts';
import { scenarioOf } from '../../sim/scenario.ts';

/** For a machine that has much else to do. */
t.setTimeout(600_000);

const FIRST_SEED = 1_000;
const SEEDS = 10;

t.test('whole nodes keep every promise through faults and changes of epochs', async (t) => {
  let epochs = 0;
  let records = 0;
  let crashes = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const outcome = await run(scenarioOf(seed));
    t.equal(outcome.violation, undefined, `seed ${seed}`);
    epochs += outcome.epoch;
    records += outcome.records;
    crashes += outcome.crashes;
  }
  t.ok(epochs > SEEDS / 2, `${epochs} changes of epoch`);
  t.ok(records > 100 * SEEDS, `${records} records`);
  t.ok(crashes > SEEDS, `${crashes} crashes`);
});
