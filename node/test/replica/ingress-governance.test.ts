import { encodeBatchPayload } from '@hufu/proof';
import t from 'tap';
import type { PreparedBatch } from '../../src/ledger/index.ts';
import { Ingress } from '../../src/replica/ingress.ts';
import { actionOf } from '../support/governance.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { TestChain } from '../support/test-chain.ts';

interface Handed {
  readonly payload: Uint8Array;
  readonly prepared: PreparedBatch;
}

/** An ingress over a chain of two blocks; what it hands out is stored at once when `stores`. */
function openIngress(stores: boolean) {
  const chain = new TestChain();
  chain.extendWith(0, 1);
  chain.extendWith(0, 1);
  const handed: Handed[] = [];
  const ingress: Ingress = new Ingress({
    clock: new ManualClock(),
    state: () => chain.state,
    checkSignature: () => true,
    disseminate: (payload, prepared) => {
      handed.push({ payload, prepared });
      if (stores) ingress.stored(payload);
    },
  });
  return { chain, ingress, handed };
}

t.test('an action that holds is one more item of a batch, accepted when it is durable', async (t) => {
  const { chain, ingress, handed } = openIngress(false);
  const action = actionOf(chain, {});
  const outcome = ingress.submitGovernance(action);
  t.strictSame(handed[0]?.payload, encodeBatchPayload([action]));
  t.match(handed[0]?.prepared.submissions, [{ kind: 'governance', ok: true }]);
  ingress.stored(handed[0]?.payload ?? action);
  t.match(await outcome, { ok: true, epoch: 0 });
});

t.test('an action that does not hold is refused before anyone hears of it', async (t) => {
  const { chain, ingress, handed } = openIngress(true);
  const few = actionOf(chain, {}, { approving: [0, 1] });
  t.match(await ingress.submitGovernance(few), { ok: false, code: 'governance-not-approved' });
  t.match(await ingress.submitGovernance(Uint8Array.of(0x12, 0)), {
    ok: false,
    code: 'governance-malformed',
  });
  const { maxBatchBytes } = chain.state.registry.parameters;
  t.match(await ingress.submitGovernance(new Uint8Array(maxBatchBytes)), { ok: false, code: 'too-large' });
  t.strictSame(handed, []);
});

t.test('after an epoch’s last block the next registry decides', async (t) => {
  const { chain, ingress } = openIngress(true);
  const { parameters } = chain.state.registry;
  const action = actionOf(chain, { parameters: { ...parameters, maxSubmissionRecords: 2 } });
  chain.extend([chain.batch(0, [action])]);
  t.match(await ingress.submitGovernance(action), { ok: false, code: 'governance-wrong-epoch' });
  t.match(await ingress.submit(chain.submission(0, 2, 3)), { ok: false, code: 'too-large' });
  t.match(await ingress.submit(chain.submission(0, 2, 2)), { ok: true });
});

t.test('one action at a time: a block judges one of each origin', async (t) => {
  const { chain, ingress } = openIngress(true);
  const { parameters } = chain.state.registry;
  const rejected = actionOf(chain, { parameters: { ...parameters, heartbeatMs: 5_000 } });
  t.match(await ingress.submitGovernance(rejected), { ok: true });
  t.match(await ingress.submitGovernance(actionOf(chain, {})), { ok: false, code: 'overloaded' });
  ingress.applied([chain.extend([chain.batch(0, [rejected.slice(0, -1)])])]);
  t.match(await ingress.submitGovernance(actionOf(chain, {})), { ok: true });
});

t.test('an ingress that is closed takes no action', async (t) => {
  const { chain, ingress } = openIngress(false);
  const waiting = ingress.submitGovernance(actionOf(chain, {}));
  ingress.abandon();
  t.match(await waiting, { ok: false, code: 'overloaded' });
  t.match(await ingress.submitGovernance(actionOf(chain, {})), { ok: false, code: 'overloaded' });
});
