import { equalBytes } from '@hufu/crypto';

/** Whether two lists of digests, one per suite, are the same. */
export function sameDigests(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((digest, i) => equalBytes(digest, b[i] ?? new Uint8Array(0)));
}
