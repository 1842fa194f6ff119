import { asHeight, asValidatorIndex, asView, type BlockInput } from '@hufu/consensus';
import { concatBytes, hashLeaves, hashOf } from '@hufu/crypto';
import {
  appendLeaves,
  DEFAULT_PARAMETERS,
  decodeHeader,
  EMPTY_FRONTIER,
  encodeBatchPayload,
  encodeEntry,
  headerDigests,
  MAX_BATCH_ITEMS,
  root,
} from '@hufu/proof';
import fc from 'fast-check';
import t from 'tap';
import {
  applyBlock,
  type ExecutedBlock,
  type LedgerState,
  stateRoots,
  verifySubmission,
} from '../../src/ledger/index.ts';
import { prepareBatch } from '../support/prepare-batch.ts';
import { recordOf, TestChain } from '../support/test-chain.ts';

const chain = new TestChain({ parameters: { maxSubmissionRecords: 50, maxSubmissionBytes: 8_192 } });
const genesis = chain.state;

function inputOf({ tip }: LedgerState, batches: number): BlockInput {
  return {
    view: asView(tip.view + 1),
    height: asHeight(tip.height + 1),
    parent: tip,
    timeMs: tip.timeMs + 1,
    refs: Array.from({ length: batches }, (_, seq) => ({
      origin: asValidatorIndex(0),
      seq,
      digest: new Uint8Array(32),
    })),
  };
}

/** Executes one block, with a batch for each payload, on `state`. */
function apply(state: LedgerState, payloads: readonly Uint8Array[], changed: Partial<BlockInput> = {}) {
  const input = { ...inputOf(state, payloads.length), ...changed };
  const batches = payloads.map((payload) => prepareBatch(payload, state));
  return applyBlock(state, { input, batches }, verifySubmission);
}

function applied(state: LedgerState, ...submissions: readonly Uint8Array[]): ExecutedBlock {
  const result = apply(state, [encodeBatchPayload(submissions)]);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

function reasons({ dropped }: ExecutedBlock): readonly string[] {
  return dropped.map(({ reason }) => reason);
}

/** Where the only item of a group is. */
function at(batch: number, submission: number) {
  return { batch, submission, submissions: 1 };
}

const unregistered = new TestChain({ gateways: 3 });

t.test('rule of serials: a submission applies at its gateway’s next serial only', async (t) => {
  const first = applied(
    genesis,
    chain.submission(0, 0, 3),
    chain.submission(1, 0, 2),
    chain.submission(0, 3, 4),
  );
  t.strictSame(first.applied, [
    { gateway: 0, firstSerial: 0, count: 3, firstIndex: 0, batch: 0, submission: 0 },
    { gateway: 1, firstSerial: 0, count: 2, firstIndex: 3, batch: 0, submission: 1 },
    { gateway: 0, firstSerial: 3, count: 4, firstIndex: 5, batch: 0, submission: 2 },
  ]);
  t.strictSame(first.dropped, []);
  t.equal(first.entryCount, 9);
  t.strictSame(
    first.state.gateways.map(({ nextSerial }) => nextSerial),
    [7, 2],
  );

  const second = applied(
    first.state,
    chain.submission(0, 0, 3),
    chain.submission(0, 8, 1),
    chain.submission(0, 7, 1),
  );
  t.strictSame(second.dropped, [
    { gateway: 0, firstSerial: 0, count: 3, reason: 'serial-applied', ...at(0, 0) },
    { gateway: 0, firstSerial: 8, count: 1, reason: 'serial-gap', ...at(0, 1) },
  ]);
  t.equal(second.firstIndex, 9);
  t.equal(second.applied.length, 1);
});

t.test('a submission that overlaps what is applied is dropped whole', async (t) => {
  const first = applied(genesis, chain.submission(0, 0, 3));
  const second = applied(first.state, chain.submission(0, 2, 5));
  t.strictSame(reasons(second), ['serial-applied']);
  t.equal(second.state.logSize, 3);
});

t.test('the same submission twice in one block applies once', async (t) => {
  const submission = chain.submission(0, 0, 2);
  const block = applied(genesis, submission, submission);
  t.equal(block.applied.length, 1);
  t.strictSame(reasons(block), ['serial-applied']);
});

const misplaced = [encodeEntry(recordOf(0, 0)), encodeEntry(recordOf(0, 2))];
const foreign = [encodeEntry(recordOf(1, 0))];
const hostile: Readonly<Record<string, { readonly reason: string; readonly submission: Uint8Array }>> = {
  'bytes that are no submission': { reason: 'malformed-submission', submission: new Uint8Array(40).fill(7) },
  'a record that is no entry': {
    reason: 'malformed-record',
    submission: chain.submissionOf(0, 0, [new Uint8Array(12).fill(1)]),
  },
  'a record with another serial than its place': {
    reason: 'misplaced-record',
    submission: chain.submissionOf(0, 0, misplaced),
  },
  'a record of another gateway': {
    reason: 'misplaced-record',
    submission: chain.submissionOf(0, 0, foreign),
  },
  'more records than the chain allows': { reason: 'over-limit', submission: chain.submission(0, 0, 51) },
  'a gateway that is not registered': {
    reason: 'unknown-gateway',
    submission: unregistered.submission(2, 0, 1),
  },
  'a submission signed by another gateway': {
    reason: 'bad-signature',
    submission: chain.submission(0, 0, 1, 1),
  },
  'a submission signed for another chain': {
    reason: 'bad-signature',
    submission: unregistered.submission(0, 0, 1),
  },
  // The signature is looked at before the serial.
  'a forged submission with an old serial': {
    reason: 'bad-signature',
    submission: chain.submission(1, 9, 1, 0),
  },
};

for (const [name, { reason, submission }] of Object.entries(hostile)) {
  t.test(`drops ${name} (${reason}), and keeps its neighbours`, async (t) => {
    const block = applied(genesis, chain.submission(0, 0, 1), submission, chain.submission(1, 0, 1));
    t.strictSame(reasons(block), [reason]);
    t.match(block.dropped, [{ batch: 0, submission: 1 }]);
    t.equal(block.entryCount, 2);
  });
}

t.test('drops a batch that is no list of submissions as one', async (t) => {
  const result = apply(genesis, [
    new Uint8Array(9).fill(0xff),
    encodeBatchPayload([chain.submission(0, 0, 1)]),
  ]);
  if (!result.ok) throw new Error(result.error.code);
  t.strictSame(result.value.dropped, [
    { gateway: null, firstSerial: 0, count: 0, reason: 'malformed-batch', ...at(0, 0) },
  ]);
  t.match(result.value.applied, [{ batch: 1, submission: 0, firstIndex: 0 }]);
});

t.test('a batch with an item too many is dropped as one, whatever its items are', async (t) => {
  const valid = chain.submission(0, 0, 1);
  const junk = (count: number) => Array.from({ length: count }, () => new Uint8Array(1));
  const full = applied(genesis, valid, ...junk(MAX_BATCH_ITEMS - 1));
  t.equal(full.entryCount, 1);
  t.match(full.dropped, [{ reason: 'malformed-submission', submissions: MAX_BATCH_ITEMS - 1 }]);
  const more = applied(genesis, valid, ...junk(MAX_BATCH_ITEMS));
  t.equal(more.entryCount, 0);
  t.strictSame(more.dropped, [
    { gateway: null, firstSerial: 0, count: 0, reason: 'malformed-batch', ...at(0, 0) },
  ]);
});

t.test(
  'of each gateway and reason what is dropped is one group, with the lowest serial and all records',
  async (t) => {
    const result = apply(genesis, [
      encodeBatchPayload([
        new Uint8Array(1),
        chain.submission(1, 9, 2),
        unregistered.submission(2, 3, 1),
        chain.submission(0, 0, 1),
        chain.submission(1, 12, 3),
      ]),
      encodeBatchPayload([new Uint8Array(2), chain.submission(1, 7, 4), chain.submission(0, 7, 4)]),
    ]);
    if (!result.ok) throw new Error(result.error.code);
    const first = { batch: 0, firstSerial: 0, count: 0 };
    t.strictSame(result.value.dropped, [
      { ...first, gateway: null, reason: 'malformed-submission', submission: 0, submissions: 2 },
      { gateway: 1, firstSerial: 7, count: 9, reason: 'serial-gap', batch: 0, submission: 1, submissions: 3 },
      { gateway: null, firstSerial: 3, count: 1, reason: 'unknown-gateway', ...at(0, 2) },
      { gateway: 0, firstSerial: 7, count: 4, reason: 'serial-gap', ...at(1, 2) },
    ]);
  },
);

t.test('gateways that are not registered are one group, however many are named', async (t) => {
  const items = Array.from({ length: 200 }, (_, i) => {
    const gateway = genesis.gateways.length + i;
    return chain.submissionOf(gateway, 0, [encodeEntry(recordOf(gateway, 0))], 0);
  });
  t.match(applied(genesis, ...items).dropped, [
    { gateway: null, reason: 'unknown-gateway', count: 200, submissions: 200 },
  ]);
});

t.test('a block may apply as many items as its batches have room for', async (t) => {
  const { submissions } = prepareBatch(encodeBatchPayload([chain.submission(0, 0, 1)]), genesis);
  const [one] = submissions;
  if (one?.kind !== 'submission' || !one.ok) throw new Error('a submission');
  const batches = Array.from({ length: DEFAULT_PARAMETERS.maxBlockBatches }, (_, batch) => ({
    submissions: Array.from({ length: MAX_BATCH_ITEMS }, (_, item) => ({
      ...one,
      firstSerial: batch * MAX_BATCH_ITEMS + item,
    })),
  }));
  const block = applyBlock(genesis, { input: inputOf(genesis, batches.length), batches }, () => true);
  if (!block.ok) throw new Error(block.error.code);
  t.equal(block.value.entryCount, DEFAULT_PARAMETERS.maxBlockBatches * MAX_BATCH_ITEMS);
});

t.test('the header commits to the log after the block, under both hashes', async (t) => {
  const records = [0, 1, 2].map((serial) => encodeEntry(recordOf(0, serial)));
  const block = applied(genesis, chain.submission(0, 0, 3));
  for (const [i, suite] of genesis.suites.entries()) {
    const name = hashOf(suite);
    t.strictSame(block.header.logRoots[i], root(name, appendLeaves(name, EMPTY_FRONTIER, records).frontier));
    t.strictSame(block.nodes[i]?.[0]?.hashes, hashLeaves(name, records));
  }
  t.equal(block.header.logSize, 3);
  t.strictSame(block.header.stateRoot, stateRoots(block.state));
  t.notSame(block.header.stateRoot, stateRoots(genesis));
  t.strictSame(decodeHeader(block.headerBytes), { ok: true, value: block.header });
  t.strictSame(block.block.digests, headerDigests(genesis.suites, block.headerBytes));
  t.strictSame(block.state.tip.digests, block.block.digests);
  t.equal(block.header.proposer, 1, 'leader of view 1');
});

t.test('the digests found by search are those of the applied records', async (t) => {
  const block = applied(genesis, chain.submission(0, 5, 2), chain.submission(0, 0, 2));
  t.equal(block.digests.length, 1, 'nothing of what was dropped');
  const { sha256, sm3 } = recordOf(0, 1).digests;
  if (sha256 === undefined || sm3 === undefined) throw new Error('both digests');
  t.strictSame(block.digests[0]?.bytes.slice(64), concatBytes(sha256, sm3));
  t.strictSame([...(block.digests[0]?.records ?? [])], [0, 0, 1, 1]);
});

const tip = applied(genesis, chain.submission(0, 0, 1)).state;
const wrongBlocks: Readonly<Record<string, Partial<BlockInput>>> = {
  'parent-mismatch': { parent: genesis.tip },
  'height-not-next': { height: asHeight(3) },
  'view-not-after-parent': { view: asView(1) },
  'time-not-after-parent': { timeMs: tip.tip.timeMs },
  'batch-count-mismatch': { refs: [{ origin: asValidatorIndex(0), seq: 0, digest: new Uint8Array(32) }] },
};

for (const [code, changed] of Object.entries(wrongBlocks)) {
  t.test(`executes nothing: ${code}`, async (t) => {
    t.match(apply(tip, [], changed), { ok: false, error: { code } });
  });
}

t.test(
  'execution is a function: the same block gives the same bytes, and leaves the state as it was',
  async (t) => {
    const before = structuredClone({ ...genesis });
    const submissions = [chain.submission(0, 0, 3), chain.submission(1, 0, 2)];
    t.strictSame(applied(genesis, ...submissions).headerBytes, applied(genesis, ...submissions).headerBytes);
    t.strictSame(structuredClone({ ...genesis }), before);
  },
);

t.test('however submissions are cut, repeated and mixed, every serial lands once and in order', async (t) => {
  const pieces = fc.array(
    fc.record({ gateway: fc.nat(1), firstSerial: fc.nat(8), count: fc.integer({ min: 1, max: 4 }) }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 3 }), (blocks) => {
      let state = genesis;
      const serials: number[][] = [[], []];
      for (const block of blocks) {
        if (block.length === 0) continue;
        const result = applied(
          state,
          ...block.map((p) => chain.submission(p.gateway, p.firstSerial, p.count)),
        );
        for (const { gateway, firstSerial, count } of result.applied) {
          for (let i = 0; i < count; i++) serials[gateway ?? -1]?.push(firstSerial + i);
        }
        const dropped = result.dropped.reduce((sum, { submissions }) => sum + submissions, 0);
        t.equal(result.applied.length + dropped, block.length);
        t.equal(result.state.logSize, serials.flat().length);
        state = result.state;
      }
      for (const [gateway, list] of serials.entries()) {
        t.strictSame(
          list,
          Array.from({ length: state.gateways[gateway]?.nextSerial ?? -1 }, (_, i) => i),
        );
      }
    }),
    { numRuns: 40 },
  );
});
