/**
 * One entry of the digest index: the first 16 bytes of a digest and the log index (u64, big-endian) of a record
 * that holds it, so that entries sort as bytes. Half a digest is enough to find candidates: whoever looks up
 * compares the whole digest with the record itself.
 */
export const KEY_BYTES = 16;
export const ENTRY_BYTES = 24;

/** Log index of the entry at `offset`. */
export function indexAt(entries: Buffer, offset: number): number {
  return Number(entries.readBigUInt64BE(offset + KEY_BYTES));
}

export function writeEntry(entries: Buffer, offset: number, digest: Uint8Array, index: number): void {
  entries.set(digest.subarray(0, KEY_BYTES), offset);
  entries.writeUInt32BE(Math.floor(index / 2 ** 32), offset + KEY_BYTES);
  entries.writeUInt32BE(index % 2 ** 32, offset + KEY_BYTES + 4);
}

/** Order of two entries as bytes. */
export function compareEntries(a: Buffer, aOffset: number, b: Buffer, bOffset: number): number {
  return a.compare(b, bOffset, bOffset + ENTRY_BYTES, aOffset, aOffset + ENTRY_BYTES);
}
