import { asHeight, asValidatorIndex, asView } from '@hufu/consensus';
import { encodeBatchPayload, encodeEntry, encodeSubmission, MAX_BATCH_ITEMS } from '@hufu/proof';
import t from 'tap';
import {
  applyBlock,
  BatchSettler,
  type ExecutedBlock,
  MAX_BAD_SIGNATURES,
  type PreparedBatch,
  rememberingCheck,
  type SignatureCheck,
  verifySubmission,
} from '../../src/ledger/index.ts';
import { actionOf } from '../support/governance.ts';
import { prepareBatch } from '../support/prepare-batch.ts';
import { recordOf, TestChain } from '../support/test-chain.ts';

const chain = new TestChain({ parameters: { maxSubmissionRecords: 4 } });
const { state } = chain;

/** Of gateway 0, with a signature that nobody made; cheap to make in numbers. */
function forged(serial: number): Uint8Array {
  const records = [encodeEntry(recordOf(0, serial))];
  return encodeSubmission({ gateway: 0, firstSerial: serial, records, signature: new Uint8Array(64) });
}

function forgedOnes(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, serial) => forged(serial));
}

/** Executes one block of prepared batches, and counts how often it asks for a signature. */
function applyPrepared(batches: readonly PreparedBatch[]): ExecutedBlock & { readonly asked: number } {
  let asked = 0;
  const isSigned: SignatureCheck = (gateway, submission) => {
    asked += 1;
    return verifySubmission(gateway, submission);
  };
  const refs = batches.map((_, seq) => ({ origin: asValidatorIndex(0), seq, digest: new Uint8Array(32) }));
  const { tip } = state;
  const input = { view: asView(1), height: asHeight(1), parent: tip, timeMs: tip.timeMs + 1, refs };
  const block = applyBlock(state, { input, batches }, isSigned);
  if (!block.ok) throw new Error(block.error.code);
  return { ...block.value, asked };
}

/** The same, with a batch for each list of items. */
function apply(...batches: readonly (readonly Uint8Array[])[]): ReturnType<typeof applyPrepared> {
  return applyPrepared(batches.map((items) => prepareBatch(encodeBatchPayload(items), state)));
}

t.test('the 16th bad signature of a batch is the last that is looked at', async (t) => {
  const [good, other] = [chain.submission(0, 0, 1), chain.submission(1, 0, 2)];
  const almost = apply([...forgedOnes(MAX_BAD_SIGNATURES - 1), good, other]);
  t.equal(almost.entryCount, 3);
  t.match(almost.dropped, [{ reason: 'bad-signature', submissions: MAX_BAD_SIGNATURES - 1 }]);
  const full = apply([...forgedOnes(MAX_BAD_SIGNATURES), good, other, forged(7)]);
  t.equal(full.entryCount, 0);
  t.equal(full.asked, MAX_BAD_SIGNATURES);
  t.strictSame(
    full.dropped.map(({ gateway, reason, submission, submissions }) => [
      gateway,
      reason,
      submission,
      submissions,
    ]),
    [
      [0, 'bad-signature', 0, MAX_BAD_SIGNATURES],
      [0, 'signature-surplus', MAX_BAD_SIGNATURES, 2],
      [1, 'signature-surplus', MAX_BAD_SIGNATURES + 1, 1],
    ],
  );
});

t.test('what was signed before the 16th bad one of its batch applies', async (t) => {
  const block = apply([chain.submission(0, 0, 1), ...forgedOnes(MAX_BAD_SIGNATURES + 1)]);
  t.match(block.applied, [{ gateway: 0, count: 1 }]);
});

t.test('hostile: a batch full of false signatures costs 16 checks, and a block of two 32', async (t) => {
  const lies = forgedOnes(MAX_BATCH_ITEMS);
  t.equal(apply(lies).asked, MAX_BAD_SIGNATURES);
  const block = apply(lies, lies);
  t.equal(block.asked, 2 * MAX_BAD_SIGNATURES);
  t.match(block.dropped, [
    { reason: 'bad-signature', submissions: 2 * MAX_BAD_SIGNATURES },
    { reason: 'signature-surplus', submissions: 2 * (MAX_BATCH_ITEMS - MAX_BAD_SIGNATURES) },
  ]);
});

t.test('each batch has its own allowance', async (t) => {
  const block = apply(forgedOnes(MAX_BAD_SIGNATURES), [chain.submission(0, 0, 1)]);
  t.match(block.applied, [{ batch: 1, submission: 0 }]);
});

t.test('other reasons use nothing of it', async (t) => {
  const many = (item: Uint8Array) => Array.from({ length: 2 * MAX_BAD_SIGNATURES }, () => item);
  const block = apply([
    ...many(new Uint8Array(3)),
    ...many(chain.submission(0, 0, 5)),
    ...many(chain.submissionOf(2, 0, [encodeEntry(recordOf(2, 0))], 0)),
    ...many(chain.submission(0, 3, 1)),
    chain.submission(0, 0, 1),
    ...many(chain.submission(0, 0, 1)),
    chain.submission(0, 1, 1),
  ]);
  t.equal(block.entryCount, 2);
  t.strictSame(
    block.dropped.map(({ reason }) => reason),
    ['malformed-submission', 'over-limit', 'unknown-gateway', 'serial-gap', 'serial-applied'],
  );
});

t.test('after it is used up, what needs no check of a signature is decided as ever', async (t) => {
  const block = apply([
    ...forgedOnes(MAX_BAD_SIGNATURES),
    new Uint8Array(3),
    chain.submission(0, 0, 5),
    chain.submissionOf(2, 0, [encodeEntry(recordOf(2, 0))], 0),
    actionOf(chain, {}),
  ]);
  t.strictSame(
    block.dropped.map(({ reason }) => reason),
    ['bad-signature', 'malformed-submission', 'over-limit', 'unknown-gateway'],
  );
  t.equal(block.endsEpoch, true, 'a governance action applies');
});

t.test('a repeated item counts wherever it stands, and settles to one object for each reason', async (t) => {
  let asked = 0;
  const check = rememberingCheck((...of) => {
    asked += 1;
    return verifySubmission(...of);
  });
  const copies = Array.from({ length: MAX_BAD_SIGNATURES + 4 }, () => forged(0));
  const { submissions } = prepareBatch(encodeBatchPayload(copies), state);
  const settler = new BatchSettler(state, check);
  const settled = submissions.map((item) => settler.settle(item));
  t.strictSame(
    settled.map((item) => item.ok || item.reason),
    copies.map((_, i) => (i < MAX_BAD_SIGNATURES ? 'bad-signature' : 'signature-surplus')),
  );
  t.equal(new Set(settled).size, 2);
  t.equal(asked, 1);
});

t.test('what was settled as badly signed uses up the allowance like what is checked', async (t) => {
  const items = [...forgedOnes(MAX_BAD_SIGNATURES + 2), chain.submission(0, 0, 1)];
  const { submissions } = prepareBatch(encodeBatchPayload(items), state);
  const whole = applyPrepared([{ submissions }]);
  for (const settled of [1, MAX_BAD_SIGNATURES, MAX_BAD_SIGNATURES + 1, submissions.length]) {
    const settler = new BatchSettler(state, verifySubmission);
    const some = submissions.map((item, i) => (i < settled ? settler.settle(item) : item));
    const block = applyPrepared([{ submissions: some }]);
    t.strictSame(block.dropped, whole.dropped);
    t.strictSame(block.headerBytes, whole.headerBytes);
    t.equal(block.asked, Math.max(0, MAX_BAD_SIGNATURES - settled));
  }
});
