import { type HashName, hash, ok, signBytes, u64be } from '@hufu/crypto';
import { ProtoReader, ProtoWriter } from './canonical-protobuf.ts';
import { decodeEntry, type Entry, MAX_ENTRY_BYTES, MAX_GATEWAY } from './entry.ts';
import { MAX_SIGNATURE_BYTES, MAX_UINT, MIN_SIGNATURE_BYTES } from './numbers.ts';
import { type Decoded, refuse } from './problems.ts';

/** What a gateway signs: its records from `firstSerial` on, each an encoded entry. */
export interface UnsignedSubmission {
  readonly gateway: number;
  readonly firstSerial: number;
  readonly records: readonly Uint8Array[];
}

/** What a gateway sends. The signature is by its registered key, under its registered suite. */
export interface Submission extends UnsignedSubmission {
  readonly signature: Uint8Array;
}

/** Bounds of every chain; a genesis may set lower ones (`maxSubmissionRecords`, `maxSubmissionBytes`). */
export const MAX_SUBMISSION_RECORDS = 10_000;
export const MAX_SUBMISSION_BYTES = 1_048_576;
export const MAX_BATCH_PAYLOAD_BYTES = 4_194_304;
/**
 * Items of a batch payload. Threat: an item needs three bytes, and whatever it is, it costs each node time and memory
 * that its bytes do not show.
 */
export const MAX_BATCH_ITEMS = 4_096;

const FIELD = { gateway: 1, firstSerial: 2, records: 3, signature: 4 } as const;
const SUBMISSIONS = 1;

/**
 * The bytes that the gateway signs (docs/spec/sign-bytes.md). `hashName` and `chainId` (32 bytes) are those of
 * the chain's first suite, whatever the gateway's own suite is.
 */
export function submissionSignBytes(
  hashName: HashName,
  chainId: Uint8Array,
  submission: UnsignedSubmission,
): Uint8Array {
  const { gateway, firstSerial, records } = submission;
  return signBytes('submission', [
    chainId,
    u64be(gateway),
    u64be(firstSerial),
    u64be(records.length),
    hash(hashName, lengthPrefixed(records)),
  ]);
}

/** Each record after its length as u64be, so that no two lists have the same bytes. */
function lengthPrefixed(records: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(records.reduce((sum, record) => sum + 8 + record.length, 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const record of records) {
    // The upper four bytes stay zero: a record is far below 4 GiB.
    view.setUint32(at + 4, record.length);
    joined.set(record, at + 8);
    at += 8 + record.length;
  }
  return joined;
}

/** The submission's canonical bytes (docs/spec/submission.md). */
export function encodeSubmission(submission: Submission): Uint8Array {
  const recordBytes = submission.records.reduce((sum, record) => sum + record.length + 3, 0);
  const writer = new ProtoWriter(recordBytes + 128);
  writer.uint(FIELD.gateway, submission.gateway);
  writer.uint(FIELD.firstSerial, submission.firstSerial);
  writer.repeatedBytes(FIELD.records, submission.records);
  writer.bytes(FIELD.signature, submission.signature);
  return writer.finish();
}

/**
 * The submission in `bytes`, its records still encoded and, like the signature, views into `bytes`.
 * Error: 'submission-malformed'.
 */
export function decodeSubmission(bytes: Uint8Array): Decoded<Submission> {
  if (bytes.length > MAX_SUBMISSION_BYTES) return refuse('submission-malformed', `${bytes.length} bytes`);
  const reader = new ProtoReader(bytes);
  const gateway = reader.uint(FIELD.gateway, MAX_GATEWAY);
  const firstSerial = reader.uint(FIELD.firstSerial, MAX_UINT);
  const records = reader.repeatedBytes(FIELD.records, 1, MAX_ENTRY_BYTES, MAX_SUBMISSION_RECORDS);
  const signature = reader.requiredBytes(FIELD.signature, MIN_SIGNATURE_BYTES, MAX_SIGNATURE_BYTES);
  if (records.length === 0) reader.fail('no record');
  // The serial after the last must be one too. Not firstSerial + length, which would round beyond 2^53.
  if (records.length > MAX_UINT - firstSerial) reader.fail('serials above 2^53 - 1');
  if (!reader.done()) return refuse('submission-malformed', reader.reason ?? '');
  return ok({ gateway, firstSerial, records, signature });
}

/**
 * The submission's entries, when each is canonical and bears the submission's gateway and, in order, the
 * serials from `firstSerial` on. Errors: 'entry-malformed', 'submission-record-mismatch'.
 */
export function submissionEntries(submission: UnsignedSubmission): Decoded<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const record of submission.records) {
    const decoded = decodeEntry(record);
    if (!decoded.ok) return decoded;
    const { gateway, serial } = decoded.value;
    if (gateway !== submission.gateway || serial !== submission.firstSerial + entries.length) {
      return refuse(
        'submission-record-mismatch',
        `record ${entries.length}: gateway ${gateway}, serial ${serial}`,
      );
    }
    entries.push(decoded.value);
  }
  return ok(entries);
}

/**
 * What one batch carries: encoded submissions, in the order in which they are applied. More than MAX_BATCH_ITEMS no
 * ledger applies.
 */
export function encodeBatchPayload(submissions: readonly Uint8Array[]): Uint8Array {
  const writer = new ProtoWriter(submissions.reduce((sum, bytes) => sum + bytes.length + 5, 16));
  writer.repeatedBytes(SUBMISSIONS, submissions);
  return writer.finish();
}

/**
 * The encoded submissions in a batch payload, 1 … MAX_BATCH_ITEMS, as views into `bytes`. They are not decoded: a
 * malformed one is dropped by itself. Reads no further than the first item too many. Error: 'batch-malformed'.
 */
export function decodeBatchPayload(bytes: Uint8Array): Decoded<readonly Uint8Array[]> {
  if (bytes.length > MAX_BATCH_PAYLOAD_BYTES) return refuse('batch-malformed', `${bytes.length} bytes`);
  const reader = new ProtoReader(bytes);
  const submissions = reader.repeatedBytes(SUBMISSIONS, 1, MAX_SUBMISSION_BYTES, MAX_BATCH_ITEMS);
  if (submissions.length === 0) reader.fail('no submission');
  if (!reader.done()) return refuse('batch-malformed', reader.reason ?? '');
  return ok(submissions);
}
