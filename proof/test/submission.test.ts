import { concatBytes, hash, toHex, utf8 } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { encodeEntry, MAX_ENTRY_BYTES } from '../src/entry.ts';
import {
  decodeBatchPayload,
  decodeSubmission,
  encodeBatchPayload,
  encodeSubmission,
  MAX_BATCH_ITEMS,
  MAX_BATCH_PAYLOAD_BYTES,
  MAX_SUBMISSION_BYTES,
  MAX_SUBMISSION_RECORDS,
  type Submission,
  submissionEntries,
  submissionSignBytes,
} from '../src/submission.ts';
import { damaged, entries } from './arbitraries.ts';
import { testRecord } from './network/test-bundle.ts';
import { referenceEncode } from './reference-protobuf.ts';

const record = (i: number): Uint8Array => encodeEntry(testRecord(i));

const SUBMISSION: Submission = {
  gateway: 0,
  firstSerial: 7,
  records: [record(7), record(8), record(9)],
  signature: new Uint8Array(64).fill(9),
};

const submissions: fc.Arbitrary<Submission> = fc.record({
  gateway: fc.nat(0xffff),
  firstSerial: fc.nat(2 ** 32),
  records: fc.array(entries.map(encodeEntry), { minLength: 1, maxLength: 4 }),
  signature: fc.uint8Array({ minLength: 8, maxLength: 72 }),
});

t.test('a submission comes back as it went in, and protobufjs writes the same bytes', async () => {
  fc.assert(
    fc.property(submissions, (submission) => {
      const bytes = encodeSubmission(submission);
      const decoded = decodeSubmission(bytes);
      const { gateway, firstSerial, records, signature } = submission;
      const fields = {
        ...(gateway > 0 && { gateway }),
        ...(firstSerial > 0 && { firstSerial }),
        records,
        signature,
      };
      return (
        decoded.ok &&
        toHex(encodeSubmission(decoded.value)) === toHex(bytes) &&
        toHex(referenceEncode('Submission', fields)) === toHex(bytes)
      );
    }),
  );
});

t.test('decoding never throws and accepts canonical bytes only', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged(submissions.map(encodeSubmission)));
  fc.assert(
    fc.property(bytes, (input) => {
      const submission = decodeSubmission(input);
      const batch = decodeBatchPayload(input);
      return (
        (!submission.ok || toHex(encodeSubmission(submission.value)) === toHex(input)) &&
        (!batch.ok || toHex(encodeBatchPayload(batch.value)) === toHex(input))
      );
    }),
    { numRuns: 10_000 },
  );
});

t.test('limits of a submission', async (t) => {
  const code = { ok: false, error: { code: 'submission-malformed' } };
  const decode = (change: Partial<Submission>) =>
    decodeSubmission(encodeSubmission({ ...SUBMISSION, ...change }));
  t.match(decode({}), { ok: true });
  t.match(decode({ records: [] }), code, 'no record');
  t.match(
    decode({ records: [new Uint8Array(MAX_ENTRY_BYTES + 1)] }),
    code,
    'a record above the largest entry',
  );
  t.match(decode({ records: [new Uint8Array(0)] }), code, 'an empty record');
  t.match(decode({ signature: new Uint8Array(0) }), code, 'no signature');
  t.match(decode({ signature: new Uint8Array(73) }), code, 'a signature above the largest');
  t.match(decode({ gateway: 0x1_0000 }), code, 'a gateway beyond the registry');
  const one = new Uint8Array(1);
  t.match(decode({ records: Array.from({ length: MAX_SUBMISSION_RECORDS }, () => one) }), { ok: true });
  t.match(decode({ records: Array.from({ length: MAX_SUBMISSION_RECORDS + 1 }, () => one) }), code);
  t.match(decode({ firstSerial: Number.MAX_SAFE_INTEGER - 3 }), { ok: true }, 'the last serials');
  t.match(decode({ firstSerial: Number.MAX_SAFE_INTEGER }), code, 'serials that round');
  t.match(decode({ firstSerial: Number.MAX_SAFE_INTEGER - 2 }), code, 'no next serial');
  t.match(decodeSubmission(new Uint8Array(MAX_SUBMISSION_BYTES + 1)), code, 'too many bytes');
});

t.test('limits of a batch payload', async (t) => {
  const code = { ok: false, error: { code: 'batch-malformed' } };
  const submission = encodeSubmission(SUBMISSION);
  t.strictSame(decodeBatchPayload(encodeBatchPayload([submission, submission])), {
    ok: true,
    value: [submission, submission],
  });
  t.match(decodeBatchPayload(new Uint8Array(0)), code, 'no submission');
  t.match(decodeBatchPayload(encodeBatchPayload([new Uint8Array(0)])), code, 'an empty submission');
  t.match(decodeBatchPayload(encodeBatchPayload([new Uint8Array(MAX_SUBMISSION_BYTES + 1)])), code);
  t.match(decodeBatchPayload(new Uint8Array(MAX_BATCH_PAYLOAD_BYTES + 1)), code, 'too many bytes');
  const items = (count: number) => Array.from({ length: count }, () => new Uint8Array(1));
  t.match(decodeBatchPayload(encodeBatchPayload(items(MAX_BATCH_ITEMS))), { ok: true }, 'full');
  t.match(decodeBatchPayload(encodeBatchPayload(items(MAX_BATCH_ITEMS + 1))), code, 'one item too many');
  t.match(
    decodeBatchPayload(encodeBatchPayload([utf8('no submission at all')])),
    { ok: true },
    'it is not decoded',
  );
});

t.test('records bear the gateway and the serials that the submission gives them', async (t) => {
  const entriesOf = (change: Partial<Submission>) => submissionEntries({ ...SUBMISSION, ...change });
  t.match(entriesOf({}), { ok: true, value: [{ serial: 7 }, { serial: 8 }, { serial: 9 }] });
  const mismatch = { ok: false, error: { code: 'submission-record-mismatch' } };
  t.match(entriesOf({ gateway: 1 }), mismatch, 'another gateway');
  t.match(entriesOf({ firstSerial: 6 }), mismatch, 'another first serial');
  t.match(entriesOf({ records: [record(7), record(9)] }), mismatch, 'a gap');
  t.match(entriesOf({ records: [record(7), record(7)] }), mismatch, 'a repeated serial');
  t.match(entriesOf({ records: [record(8), record(7)] }), mismatch, 'another order');
  t.match(entriesOf({ records: [utf8('no entry')] }), { ok: false, error: { code: 'entry-malformed' } });
});

t.test(
  'sign-bytes: hufu/submission/v1, chain, gateway, first serial, count, digest of the records',
  async (t) => {
    const chainId = new Uint8Array(32).fill(7);
    const u64 = (value: number): Uint8Array => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(BigInt(value));
      return bytes;
    };
    const prefixed = SUBMISSION.records.flatMap((bytes) => [u64(bytes.length), bytes]);
    for (const name of ['sha256', 'sm3'] as const) {
      const expected = concatBytes(
        utf8('hufu/submission/v1\0'),
        chainId,
        u64(0),
        u64(7),
        u64(3),
        hash(name, concatBytes(...prefixed)),
      );
      t.equal(toHex(submissionSignBytes(name, chainId, SUBMISSION)), toHex(expected));
    }
    const [first = utf8(''), second = utf8('')] = SUBMISSION.records;
    const joined = { ...SUBMISSION, records: [concatBytes(first, second)] };
    const shifted = {
      ...SUBMISSION,
      records: [first.subarray(0, -1), concatBytes(first.subarray(-1), second)],
    };
    const digestsOf = [SUBMISSION, joined, shifted].map((s) => toHex(submissionSignBytes('sm3', chainId, s)));
    t.equal(new Set(digestsOf).size, 3, 'the same bytes cut otherwise are signed otherwise');
  },
);
