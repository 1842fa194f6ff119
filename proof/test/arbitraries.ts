import fc from 'fast-check';
import { type Entry, MAX_GATEWAY, MAX_TIME_MS, toLogIndex } from '../src/index.ts';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const logIndex = fc.maxSafeNat().map(toLogIndex);

/** Any record that the type's rules allow. */
export const entries: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.record({
      gateway: fc.nat(MAX_GATEWAY),
      serial: fc.maxSafeNat(),
      claimedTimeMs: fc.nat(MAX_TIME_MS),
    }),
    fc.oneof(
      fc.record({ sha256: digest }),
      fc.record({ sm3: digest }),
      fc.record({ sha256: digest, sm3: digest }),
    ),
    fc.record(
      { metadataCommitment: digest, templateDigest: digest, supersedes: logIndex, relatesTo: logIndex },
      { requiredKeys: [] },
    ),
  )
  .map(([required, digests, optional]) => ({ ...required, digests, ...optional }));

/** Bytes that were well-formed until one was changed, put in or left out. */
export function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(bytes, fc.nat(), fc.nat(255), fc.constantFrom('change', 'insert', 'remove', 'cut'))
    .map(([original, at, value, how]) => {
      const array = [...original];
      const where = at % (array.length + 1);
      if (how === 'change') array[where] = value;
      else if (how === 'insert') array.splice(where, 0, value);
      else if (how === 'remove') array.splice(where, 1);
      else array.length = where;
      return Uint8Array.from(array);
    });
}
