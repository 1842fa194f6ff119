import { asHeight, asValidatorIndex, asView } from '@hufu/consensus';
import { encodeBatchPayload, encodeEntry, encodeSubmission, MAX_BATCH_ITEMS } from '@hufu/proof';
import fc from 'fast-check';
import t from 'tap';
import {
  applyBlock,
  type ExecutedBlock,
  enterEpoch,
  type LedgerState,
  MAX_BAD_SIGNATURES,
  type PreparedBatch,
  type SignatureCheck,
  verifySubmission,
} from '../../src/ledger/index.ts';
import { systemClock } from '../../src/replica/environment.ts';
import { PacedLedger } from '../../src/replica/paced-ledger.ts';
import { actionOf } from '../support/governance.ts';
import { prepareBatch } from '../support/prepare-batch.ts';
import { recordOf, TestChain } from '../support/test-chain.ts';

/** Gateways 0 and 2 have one suite, 1 and 3 the other: keys can be exchanged between them. */
const chain = new TestChain({ gateways: 4, parameters: { maxSubmissionRecords: 60 } });

/** The ledger's check, and how many signatures it has found bad. */
class CountingCheck {
  bad = 0;
  readonly check: SignatureCheck = (gateway, submission) => {
    const ok = verifySubmission(gateway, submission);
    if (!ok) this.bad += 1;
    return ok;
  };
}

function applyTo(state: LedgerState, batches: readonly PreparedBatch[]) {
  const { tip } = state;
  const refs = batches.map((_, seq) => ({
    origin: asValidatorIndex(seq % 4),
    seq,
    digest: new Uint8Array(32),
  }));
  const parent = { view: tip.view, height: tip.height, digests: tip.digests };
  const input = {
    view: asView(tip.view + 1),
    height: asHeight(tip.height + 1),
    parent,
    timeMs: tip.timeMs + 1,
    refs,
  };
  return { input, batches };
}

/** What all validators must agree on, and what they keep. */
function outcome(block: ReturnType<typeof applyBlock>): Partial<ExecutedBlock> {
  if (!block.ok) throw new Error(block.error.code);
  const { headerBytes, applied, dropped } = block.value;
  return { headerBytes, applied, dropped };
}

function forged(gateway: number, serial: number, count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, i) => encodeEntry(recordOf(gateway, serial + i)));
  return encodeSubmission({ gateway, firstSerial: serial, records, signature: new Uint8Array(64) });
}

const GATEWAYS = [0, 1];
const SERIALS = [0, 1, 2, 3];
/** Items of more than 4,096 bytes are not compared with others. */
const LONG = 50;
/** By the key of their gateway, or by the one that it may be exchanged for. */
const SIGNED = GATEWAYS.flatMap((gateway) =>
  [gateway, gateway + 2].flatMap((signer) => [
    ...SERIALS.map((serial) => chain.submission(gateway, serial, 1, signer)),
    chain.submission(gateway, 0, LONG, signer),
  ]),
);
const FORGED = GATEWAYS.flatMap((gateway) => [
  ...Array.from({ length: 12 }, (_, serial) => forged(gateway, serial, 1)),
  forged(gateway, 0, LONG),
]);
const OTHERS = [
  new Uint8Array(5),
  chain.submissionOf(0, 1, [encodeEntry(recordOf(0, 2))]),
  chain.submission(0, 0, 61),
  chain.submissionOf(7, 0, [encodeEntry(recordOf(7, 0))], 0),
  actionOf(chain, {}),
  actionOf(chain, {}, { approving: [0] }),
  actionOf(chain, {}).slice(0, -1),
];

const anyPayload = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...SIGNED) },
      { weight: 4, arbitrary: fc.constantFrom(...FORGED) },
      { weight: 1, arbitrary: fc.constantFrom(...OTHERS) },
    ),
    { minLength: 1, maxLength: 80, size: 'max' },
  )
  .map(encodeBatchPayload);
const anyState = fc
  .record({
    isExchanged: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
    nextSerials: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
  })
  .map(({ isExchanged, nextSerials }): LedgerState => {
    const { gateways } = chain.state;
    const keyOf = (index: number) =>
      gateways[isExchanged[index % 2] === true ? (index + 2) % 4 : index]?.publicKey ?? new Uint8Array(0);
    return {
      ...chain.state,
      gateways: gateways.map((gateway, i) => ({
        ...gateway,
        publicKey: keyOf(i),
        nextSerial: nextSerials[i] ?? 0,
      })),
    };
  });

t.test('a block of settled batches is the block of the batches as they were read', async (t) => {
  const payloads = fc.array(anyPayload, { minLength: 1, maxLength: 3 });
  const property = fc.asyncProperty(anyState, payloads, async (state, list) => {
    const counting = new CountingCheck();
    const ledger = new PacedLedger(systemClock, counting.check);
    const read = list.map((payload) => prepareBatch(payload, state));
    const settled: PreparedBatch[] = [];
    for (const payload of list) {
      counting.bad = 0;
      settled.push(await ledger.prepare(payload, state));
      t.ok(counting.bad <= MAX_BAD_SIGNATURES, `${counting.bad} bad signatures are looked at`);
    }
    counting.bad = 0;
    const block = applyBlock(state, applyTo(state, read), verifySubmission);
    t.strictSame(outcome(await ledger.apply(state, applyTo(state, settled))), outcome(block));
    if (!block.ok || block.value.endsEpoch) return;
    // The same batches once more, and in another order, as in the blocks of a fork.
    const { state: next } = block.value;
    const [again, first] = [settled, read].map((batches) => applyTo(next, batches.toReversed()));
    if (again === undefined || first === undefined) throw new Error('two blocks');
    t.strictSame(
      outcome(await ledger.apply(next, again)),
      outcome(applyBlock(next, first, verifySubmission)),
    );
    t.equal(counting.bad, 0, 'none is looked at again');
  });
  await fc.assert(property, { numRuns: 60 });
});

t.test(
  'batches that were read under other keys are decided on by those of the state they meet',
  async (t) => {
    const payloads = fc.array(anyPayload, { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(anyState, anyState, payloads, async (before, after, list) => {
      const counting = new CountingCheck();
      const ledger = new PacedLedger(systemClock, counting.check);
      const batches = list.map((payload) => prepareBatch(payload, before));
      for (const state of [before, after]) {
        counting.bad = 0;
        const block = applyTo(state, batches);
        t.strictSame(
          outcome(await ledger.apply(state, block)),
          outcome(applyBlock(state, block, verifySubmission)),
        );
        t.ok(counting.bad <= MAX_BAD_SIGNATURES * batches.length, `${counting.bad} bad signatures`);
      }
    });
    await fc.assert(property, { numRuns: 40 });
  },
);

t.test(
  'hostile: a batch full of false signatures costs 16 checks, however often it is executed',
  async (t) => {
    const counting = new CountingCheck();
    const ledger = new PacedLedger(systemClock, counting.check);
    const items = Array.from({ length: MAX_BATCH_ITEMS }, (_, serial) => forged(0, serial, 1));
    const batch = await ledger.prepare(encodeBatchPayload(items), chain.state);
    const block = applyTo(chain.state, [batch, batch]);
    for (let i = 0; i < 3; i += 1) await ledger.apply(chain.state, block);
    t.equal(counting.bad, MAX_BAD_SIGNATURES);
  },
);

t.test('a batch taken before its gateway’s key was rotated costs no more in the next epoch', async (t) => {
  const running = new TestChain();
  const payload = encodeBatchPayload([
    ...Array.from({ length: 3 * MAX_BAD_SIGNATURES }, (_, serial) => running.submission(0, serial, 1)),
    running.submission(1, 0, 1),
  ]);
  const counting = new CountingCheck();
  const ledger = new PacedLedger(systemClock, counting.check);
  const own = prepareBatch(payload, running.state);
  await ledger.apply(running.state, applyTo(running.state, [own]));
  t.equal(counting.bad, 0);
  const [first, ...rest] = running.state.registry.gateways;
  if (first === undefined) throw new Error('a gateway');
  const publicKey = running.newValidator('member-0', 9).keys[first.suite] ?? '';
  running.extend([running.batch(0, [actionOf(running, { gateways: [{ ...first, publicKey }, ...rest] })])]);
  const block = applyTo(running.state, [own]);
  const executed = outcome(await ledger.apply(running.state, block));
  t.equal(counting.bad, MAX_BAD_SIGNATURES);
  t.match(executed.dropped, [
    { gateway: 0, reason: 'bad-signature', submissions: MAX_BAD_SIGNATURES },
    { gateway: 0, reason: 'signature-surplus', submissions: 2 * MAX_BAD_SIGNATURES },
    { gateway: 1, reason: 'signature-surplus', submissions: 1 },
  ]);
  const settled = await ledger.prepare(payload, running.state);
  t.strictSame(outcome(await ledger.apply(running.state, applyTo(running.state, [settled]))), executed);
  t.equal(enterEpoch(running.state).epoch, 1);
});
