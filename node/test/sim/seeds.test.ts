import t from 'tap';
import { run } from '../../sim/run.ts';
import { scenarioOf } from '../../sim/scenario.ts';

/** For a machine that has much else to do. */
t.setTimeout(600_000);

/** Seeds that once showed a violation, by what it was. */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [1, 'who entered an epoch shows its certificate of the one before as one of this'],
  [3, 'two nodes in one epoch send each other the end of the one before for ever'],
  [5, 'the directory of the batches is lost with a crash after the first start'],
];
const FIRST_SEED = 1_000;
const SEEDS = 8;

for (const [seed, what] of FOUND) {
  t.test(`seed ${seed} never again: ${what}`, async (t) => {
    t.equal((await run(scenarioOf(seed))).violation, undefined);
  });
}

t.test('whole nodes through faults and changes of epochs keep every promise', async (t) => {
  let epochs = 0;
  let records = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const outcome = await run(scenarioOf(seed));
    t.equal(outcome.violation, undefined, `seed ${seed}`);
    epochs += outcome.epoch;
    records += outcome.records;
  }
  t.ok(epochs > SEEDS / 2, `${epochs} changes of epoch`);
  t.ok(records > 100 * SEEDS, `${records} records`);
});

t.test('the same seed gives the same run', async (t) => {
  const [first, second] = [await run(scenarioOf(11)), await run(scenarioOf(11))];
  t.strictSame(second, first);
  t.ok(first.crashes > 0 && first.height > 10);
  t.not((await run(scenarioOf(12))).trace, first.trace);
});
