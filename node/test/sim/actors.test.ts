import t from 'tap';
import { ACTOR_NAMES, type ActorName } from '../../sim/actors/index.ts';
import { run } from '../../sim/run.ts';
import { honestScenarioOf } from '../../sim/scenario.ts';

/** For a machine that has much else to do. */
t.setTimeout(600_000);

/** A run of four validators, the second of which may be dishonest. */
const SEED = 6;
/** Those whose deeds prove themselves: the others might only be slow. */
const PROVEN: readonly ActorName[] = ['proposal-equivocator', 'liar'];

for (const actor of ACTOR_NAMES) {
  t.test(`${actor}: honest nodes go on, and accuse nobody else`, async (t) => {
    const { violation, accusations } = await run({ ...honestScenarioOf(SEED), actor });
    t.equal(violation, undefined);
    t.equal(accusations > 0, PROVEN.includes(actor), `${accusations} accusations`);
  });
}
