import { HASH_BYTES, hashLeaves, hashOf, type SuiteName, toHex } from '@hufu/crypto';
import {
  decodeBatchPayload,
  decodeSubmission,
  type Entry,
  isGovernanceItem,
  type Submission,
  type SuiteDigests,
  submissionEntries,
  submissionSignBytes,
} from '@hufu/proof';
import type {
  DigestList,
  DropReason,
  FaultySubmission,
  PreparedGovernance,
  PreparedItem,
  PreparedSubmission,
} from './types.ts';

/** What of the chain the reading of a batch depends on; it never changes. */
export interface ChainIdentity {
  readonly suites: readonly SuiteName[];
  readonly chainId: SuiteDigests;
}

/** Longer items are not compared: a payload has room for few of them, and honest ones are long and all different. */
const MAX_COMPARED_BYTES = 4_096;

/**
 * Reads a batch payload once, when it arrives, an item at a time: everything that executing it needs and that follows
 * from its bytes alone, leaf hashes included. Total: whatever is malformed becomes a submission with a reason to drop
 * it. None of the items keeps `payload` in memory. `sizeBytes` is what of it was read. Threat: anybody can repeat a
 * submission of somebody else's; equal bytes are read once, and are one object.
 */
export function* prepareItems(
  payload: Uint8Array,
  chain: ChainIdentity,
): Generator<{ readonly item: PreparedItem; readonly sizeBytes: number }> {
  const encoded = decodeBatchPayload(payload);
  if (encoded.ok) {
    const known = new Map<string, PreparedItem>();
    for (const bytes of encoded.value) {
      const key = bytes.length <= MAX_COMPARED_BYTES ? toHex(bytes) : null;
      const item = (key === null ? undefined : known.get(key)) ?? prepareItem(bytes, chain);
      if (key !== null) known.set(key, item);
      yield { item, sizeBytes: bytes.length };
    }
  } else yield { item: faulty('malformed-batch', null), sizeBytes: payload.length };
}

/** One item of a payload, read as `prepareItems` does. */
export function prepareItem(bytes: Uint8Array, chain: ChainIdentity): PreparedItem {
  return isGovernanceItem(bytes) ? prepareGovernance(bytes, chain) : prepareSubmission(bytes, chain);
}

/** An encoded governance action, not yet decoded: what it says is judged on a state. */
export function prepareGovernance(view: Uint8Array, { suites }: ChainIdentity): PreparedGovernance {
  const bytes = new Uint8Array(view);
  const leafHashes = suites.map((suite) => hashLeaves(hashOf(suite), [bytes]));
  return {
    kind: 'governance',
    ok: true,
    gateway: null,
    firstSerial: 0,
    count: 1,
    bytes,
    leafHashes,
    digests: NO_DIGESTS,
  };
}

const NO_DIGESTS: DigestList = { bytes: new Uint8Array(0), records: new Uint32Array(0) };

/** One encoded submission, read as `prepareItems` does. */
export function prepareSubmission(
  bytes: Uint8Array,
  { suites, chainId }: ChainIdentity,
): PreparedSubmission | FaultySubmission {
  const decoded = decodeSubmission(bytes);
  if (!decoded.ok) return faulty('malformed-submission', null);
  const submission = decoded.value;
  const entries = submissionEntries(submission);
  if (!entries.ok) {
    const misplaced = entries.error.code === 'submission-record-mismatch';
    return faulty(misplaced ? 'misplaced-record' : 'malformed-record', submission);
  }
  const [suite] = suites;
  const [firstChainId] = chainId;
  if (suite === undefined || firstChainId === undefined) throw new Error('a chain has at least one suite');
  const { gateway, firstSerial, records, signature } = submission;
  return {
    kind: 'submission',
    ok: true,
    gateway,
    firstSerial,
    count: records.length,
    sizeBytes: bytes.length,
    leafHashes: suites.map((each) => hashLeaves(hashOf(each), records)),
    digests: listDigests(entries.value),
    signBytes: submissionSignBytes(hashOf(suite), firstChainId, submission),
    signature: signature.slice(),
  };
}

function faulty(reason: DropReason, submission: Submission | null): FaultySubmission {
  return {
    kind: 'submission',
    ok: false,
    gateway: submission?.gateway ?? null,
    firstSerial: submission?.firstSerial ?? 0,
    count: submission?.records.length ?? 0,
    reason,
  };
}

/** Every digest of the content, packed: this is held for each pending record, so it must be small. */
function listDigests(entries: readonly Entry[]): DigestList {
  const bytes = new Uint8Array(entries.length * 2 * HASH_BYTES);
  const records = new Uint32Array(entries.length * 2);
  let count = 0;
  entries.forEach(({ digests }, record) => {
    for (const digest of [digests.sha256, digests.sm3]) {
      if (digest === undefined) continue;
      bytes.set(digest, count * HASH_BYTES);
      records[count++] = record;
    }
  });
  return { bytes: bytes.subarray(0, count * HASH_BYTES), records: records.subarray(0, count) };
}
