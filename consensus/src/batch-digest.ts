import { concatBytes, HASH_BYTES, type HashName, hash, u64be, utf8 } from '@hufu/crypto';
import type { Batch } from './types.ts';

/** `prev` of an origin's batch 0. */
export const NO_BATCH_DIGEST: Uint8Array = new Uint8Array(HASH_BYTES);

/**
 * Digest of a batch under the first suite's hash:
 * H(utf8("hufu/batch/v1") ‖ 0 ‖ u64 origin ‖ u64 seq ‖ prev ‖ H(payload)).
 * Throws RangeError for a negative or unsafe origin or seq: check untrusted numbers first.
 */
export function batchDigest(
  hashName: HashName,
  batch: Pick<Batch, 'origin' | 'seq' | 'prev' | 'payload'>,
): Uint8Array {
  return hash(
    hashName,
    concatBytes(
      utf8('hufu/batch/v1'),
      Uint8Array.of(0),
      u64be(batch.origin),
      u64be(batch.seq),
      batch.prev,
      hash(hashName, batch.payload),
    ),
  );
}
