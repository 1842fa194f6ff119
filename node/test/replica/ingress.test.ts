import { asHeight, asValidatorIndex, asView } from '@hufu/consensus';
import { hash } from '@hufu/crypto';
import { decodeBatchPayload, MAX_BATCH_ITEMS, MAX_BATCH_PAYLOAD_BYTES } from '@hufu/proof';
import t from 'tap';
import type { SubmitOutcome } from '../../src/http/service.ts';
import { applyBlock, genesisState, rememberingCheck } from '../../src/ledger/index.ts';
import type { LedgerState, PreparedBatch } from '../../src/ledger/types.ts';
import { Ingress } from '../../src/replica/ingress.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createSubmission, createTestNetwork, type TestNetwork } from '../support/network.ts';
import { TestChain } from '../support/test-chain.ts';

const NETWORK = createTestNetwork(1, { maxBatchBytes: 4096, maxSubmissionRecords: 30 });
const OTHER_CHAIN = createTestNetwork(1);

/** An ingress over the real ledger rules; the batches it hands out wait until the test stores or applies them. */
class Harness {
  readonly clock = new ManualClock();
  readonly batches: { readonly payload: Uint8Array; readonly prepared: PreparedBatch }[] = [];
  readonly #network: TestNetwork;
  readonly #check = rememberingCheck();
  state: LedgerState;
  readonly ingress = new Ingress({
    clock: this.clock,
    state: () => this.state,
    checkSignature: this.#check,
    disseminate: (payload, prepared) => this.batches.push({ payload, prepared }),
  });

  constructor(network = NETWORK) {
    this.#network = network;
    this.state = genesisState(network);
  }

  submit(firstSerial: number, count = 1, label = ''): Promise<SubmitOutcome> {
    return this.ingress.submit(createSubmission(this.#network, firstSerial, count, label));
  }

  /** Makes the batch at `position` durable. */
  store(position: number): void {
    const batch = this.batches[position];
    if (batch === undefined) throw new Error(`no batch ${position}`);
    this.ingress.stored(batch.payload);
  }

  /** Makes a block of the given batches final. */
  apply(...prepared: readonly PreparedBatch[]): void {
    const { tip } = this.state;
    const refs = prepared.map((_, seq) => ({
      origin: asValidatorIndex(0),
      seq,
      digest: hash('sha256', new Uint8Array([seq])),
    }));
    const input = {
      view: asView(tip.view + 1),
      height: asHeight(tip.height + 1),
      parent: tip,
      timeMs: tip.timeMs + 1,
      refs,
    };
    const executed = applyBlock(this.state, { input, batches: prepared }, this.#check);
    if (!executed.ok) throw new Error(executed.error.code);
    this.state = executed.value.state;
    this.ingress.applied([executed.value]);
  }

  /** Submissions in each batch handed out so far. */
  get counts(): number[] {
    return this.batches.map(({ payload }) => {
      const decoded = decodeBatchPayload(payload);
      return decoded.ok ? decoded.value.length : -1;
    });
  }
}

async function isPending(outcome: Promise<SubmitOutcome>): Promise<boolean> {
  const pending = Symbol();
  return (await Promise.race([outcome, Promise.resolve(pending)])) === pending;
}

t.test('a submission that finds nothing under way leaves at once and is accepted when durable', async (t) => {
  const harness = new Harness();
  const outcome = harness.submit(0, 5);
  t.strictSame(harness.counts, [1]);
  t.ok(await isPending(outcome));
  harness.store(0);
  t.strictSame(await outcome, { ok: true, gateway: 0, firstSerial: 0, count: 5 });
});

t.test('while a batch is under way others collect, until it is durable', async (t) => {
  const harness = new Harness();
  for (let serial = 0; serial < 4; serial += 1) void harness.submit(serial);
  t.strictSame(harness.counts, [1]);
  harness.store(0);
  t.strictSame(harness.counts, [1, 3]);
});

t.test('they wait for it no longer than 25 ms', async (t) => {
  const harness = new Harness();
  for (let serial = 0; serial < 3; serial += 1) void harness.submit(serial);
  harness.clock.advance(24);
  t.strictSame(harness.counts, [1]);
  harness.clock.advance(1);
  t.strictSame(harness.counts, [1, 2]);
});

t.test('a full batch leaves though another is under way; no batch exceeds maxBatchBytes', async (t) => {
  const harness = new Harness();
  for (let serial = 0; serial < 100; serial += 10) void harness.submit(serial, 10);
  t.ok(harness.batches.length > 2);
  t.ok(harness.batches.every(({ payload }) => payload.length <= 4096));
});

t.test('no batch holds more items than the ledger takes', async (t) => {
  const harness = new Harness(createTestNetwork(1, { maxBatchBytes: MAX_BATCH_PAYLOAD_BYTES }));
  for (let serial = 0; serial < MAX_BATCH_ITEMS + 2; serial += 1) void harness.submit(serial);
  t.strictSame(harness.counts, [1, MAX_BATCH_ITEMS]);
  harness.store(0);
  harness.store(1);
  t.strictSame(harness.counts, [1, MAX_BATCH_ITEMS, 1]);
});

t.test('at most four batches are under way; behind them eight batches wait, and no more', async (t) => {
  const harness = new Harness();
  const outcomes: Promise<SubmitOutcome>[] = [];
  for (let serial = 0; outcomes.length < 100; serial += 30) {
    const outcome = harness.submit(serial, 30);
    if (!(await isPending(outcome))) {
      t.strictSame(await outcome, { ok: false, code: 'overloaded' });
      break;
    }
    outcomes.push(outcome);
  }
  t.equal(harness.batches.length, 4);
  const waitingBytes = (outcomes.length - 4) * createSubmission(NETWORK, 100, 30).length;
  t.ok(waitingBytes > 7 * 4096 && waitingBytes <= 8 * 4096, `${waitingBytes} bytes wait`);
  for (let position = 0; position < outcomes.length; position += 1) harness.store(position);
  t.ok((await Promise.all(outcomes)).every(({ ok }) => ok));
});

t.test(
  'under backpressure new submissions are refused at once, and what waited leaves afterwards',
  async (t) => {
    const harness = new Harness();
    for (let serial = 0; serial < 3; serial += 1) void harness.submit(serial);
    harness.ingress.backpressure(true);
    t.strictSame(await harness.submit(3), { ok: false, code: 'overloaded' });
    harness.store(0);
    harness.clock.advance(1000);
    t.strictSame(harness.counts, [1]);
    harness.ingress.backpressure(false);
    t.strictSame(harness.counts, [1, 2]);
    t.ok(await isPending(harness.submit(3)));
  },
);

t.test('backpressure ends with its epoch, and what waited leaves a little later', async (t) => {
  const harness = new Harness();
  for (let serial = 0; serial < 3; serial += 1) void harness.submit(serial);
  harness.ingress.backpressure(true);
  harness.clock.advance(1000);
  harness.store(0);
  harness.ingress.reopen();
  t.strictSame(harness.counts, [1], 'not in the midst of the change');
  harness.clock.advance(1000);
  t.strictSame(harness.counts, [1, 2]);
  t.ok(await isPending(harness.submit(3)));
});

t.test(
  'what waits under a key that the new epoch has replaced is given up, and others’ is not',
  async (t) => {
    const chain = new TestChain({ gateways: 2 });
    const clock = new ManualClock();
    const packed: PreparedBatch[] = [];
    let { state } = chain;
    const ingress = new Ingress({
      clock,
      state: () => state,
      checkSignature: rememberingCheck(),
      disseminate: (_, prepared) => packed.push(prepared),
    });
    void ingress.submit(chain.submission(0, 0, 1));
    const [rotated, other] = [chain.submission(0, 1, 1), chain.submission(1, 0, 1)].map((bytes) =>
      ingress.submit(bytes),
    );
    const publicKey = new TestChain({ gateways: 2 }).state.gateways[0]?.publicKey;
    if (publicKey === undefined || other === undefined) throw new Error('two gateways');
    state = {
      ...state,
      gateways: state.gateways.map((each, i) => (i === 0 ? { ...each, publicKey } : each)),
    };
    ingress.reopen();
    t.strictSame(await rotated, { ok: false, code: 'overloaded' });
    clock.advance(1000);
    t.match(packed, [{ submissions: [{ gateway: 0 }] }, { submissions: [{ gateway: 1 }] }]);
    t.ok(await isPending(other));
    t.equal(ingress.waitingBytes, 0);
  },
);

t.test('a payload that a new epoch has no room for is refused, and what was in it taken again', async (t) => {
  const harness = new Harness();
  const durable = harness.submit(0);
  harness.store(0);
  t.ok((await durable).ok);
  const waiting = harness.submit(1);
  t.strictSame(harness.counts, [1, 1]);
  harness.ingress.reopen();
  for (const { payload, prepared } of [...harness.batches]) harness.ingress.lost(payload, prepared);
  t.strictSame(await waiting, { ok: false, code: 'overloaded' });
  const again = [harness.submit(0), harness.submit(1)];
  harness.clock.advance(1000);
  t.strictSame(harness.counts, [1, 1, 1, 1]);
  harness.store(2);
  harness.store(3);
  t.ok((await Promise.all(again)).every(({ ok }) => ok));
});

t.test('serials: applied, gap, contiguous in flight', async (t) => {
  const harness = new Harness();
  const first = harness.submit(0, 10);
  t.strictSame(await harness.submit(11), { ok: false, code: 'serial-gap', nextSerial: 10 });
  const second = harness.submit(10, 5);
  harness.store(0);
  harness.store(1);
  t.ok((await first).ok && (await second).ok);
  harness.apply(...harness.batches.map(({ prepared }) => prepared));
  t.strictSame(await harness.submit(3), { ok: false, code: 'serial-applied', nextSerial: 15 });
  t.ok(await isPending(harness.submit(15)));
});

t.test('a retry of a submission in flight gets the same answer and is not packed twice', async (t) => {
  const harness = new Harness();
  const bytes = createSubmission(NETWORK, 0, 3);
  const outcomes = [harness.ingress.submit(bytes), harness.ingress.submit(bytes)];
  harness.store(0);
  t.strictSame(await Promise.all(outcomes), [
    { ok: true, gateway: 0, firstSerial: 0, count: 3 },
    { ok: true, gateway: 0, firstSerial: 0, count: 3 },
  ]);
  t.strictSame(harness.counts, [1]);
});

t.test('after a drop the gateway starts again from the ledger’s next serial', async (t) => {
  const harness = new Harness();
  void harness.submit(0, 10);
  harness.store(0);
  void harness.submit(10, 10);
  harness.store(1);
  const [, second] = harness.batches;
  if (second === undefined) throw new Error('two batches');
  // The first batch is lost to the ledger: the second meets a gap.
  harness.apply(second.prepared);
  t.equal(harness.state.gateways[0]?.nextSerial, 0);
  t.strictSame(await harness.submit(20), { ok: false, code: 'serial-gap', nextSerial: 0 });
  t.ok(await isPending(harness.submit(0, 10)));
});

t.test('what cannot apply is refused with its code', async (t) => {
  const harness = new Harness();
  const valid = createSubmission(NETWORK, 0, 3);
  const refusals: [Uint8Array, string][] = [
    [new Uint8Array(0), 'malformed-submission'],
    [valid.subarray(0, -1), 'malformed-submission'],
    [createSubmission(OTHER_CHAIN, 0, 3), 'bad-signature'],
    [createSubmission(NETWORK, 0, 31), 'too-large'],
    [new Uint8Array(5000), 'too-large'],
  ];
  for (const [bytes, code] of refusals) {
    t.match(await harness.ingress.submit(bytes), { ok: false, code }, code);
  }
  for (let position = 0; position < valid.length; position += 7) {
    const flipped = valid.slice();
    flipped[position] = (flipped[position] ?? 0) ^ 0x10;
    const outcome = await harness.ingress.submit(flipped);
    if (outcome.ok) t.fail(`byte ${position} flipped and accepted`);
  }
  t.strictSame(harness.counts, []);
});

t.test('draining packs what waits, refuses what comes, and ends when all is durable', async (t) => {
  const harness = new Harness();
  const outcomes = [harness.submit(0), harness.submit(1)];
  let drained = false;
  const draining = harness.ingress.drain().then(() => {
    drained = true;
  });
  t.strictSame(await harness.submit(2), { ok: false, code: 'draining' });
  t.strictSame(harness.counts, [1, 1]);
  harness.store(0);
  t.ok((await outcomes[0])?.ok);
  t.notOk(drained);
  harness.store(1);
  await draining;
  t.ok((await outcomes[1])?.ok);
});

t.test('an abandoned ingress answers everyone', async (t) => {
  const harness = new Harness();
  const outcomes = [harness.submit(0), harness.submit(1)];
  harness.ingress.abandon();
  for (const outcome of outcomes) t.strictSame(await outcome, { ok: false, code: 'overloaded' });
  t.strictSame(await harness.submit(2), { ok: false, code: 'overloaded' });
  await harness.ingress.drain();
});

t.test('what was durable when the ingress was abandoned is taken again after it reopened', async (t) => {
  const harness = new Harness();
  const first = harness.submit(0);
  harness.store(0);
  t.ok((await first).ok);
  harness.ingress.abandon();
  harness.ingress.reopen();
  const again = harness.submit(0);
  t.strictSame(harness.counts, [1, 1]);
  harness.store(1);
  t.ok((await again).ok);
});
