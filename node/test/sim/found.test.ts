import t from 'tap';
import { run } from '../../sim/run.ts';
import { honestScenarioOf } from '../../sim/scenario.ts';

/** For a machine that has much else to do. */
t.setTimeout(600_000);

/** Seeds that showed a violation when all nodes were honest, by what it was. */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [1, 'two nodes past an epoch send each other the certificate of its end for ever'],
  [2, 'a crash after the first start takes the directory of the batches'],
  [5, 'who entered an epoch shows the certificate of the one before as one of this'],
  [1_011, 'nobody dials a validator that was removed while it was down'],
];

for (const [seed, what] of FOUND) {
  t.test(`seed ${seed}, never again: ${what}`, async (t) => {
    t.equal((await run(honestScenarioOf(seed))).violation, undefined);
  });
}

t.test('the same seed gives the same run', async (t) => {
  const [first, second] = [await run(honestScenarioOf(11)), await run(honestScenarioOf(11))];
  t.strictSame(second, first);
  t.ok(first.crashes > 0 && first.height > 10);
  t.not((await run(honestScenarioOf(12))).trace, first.trace);
});
