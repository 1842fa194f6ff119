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

/** Four-byte words of an entry. */
const ENTRY_WORDS = ENTRY_BYTES / 4;

/** The same memory as words. Buffers of packed entries begin at a multiple of 8, as all that Node allocates do. */
export function wordsOf(entries: Buffer): Uint32Array {
  return new Uint32Array(entries.buffer, entries.byteOffset, entries.length / 4);
}

/** Copies entry `source` of one list to place `target` of another. A loop of words is five times `Buffer.copy`. */
export function copyEntry(from: Uint32Array, source: number, to: Uint32Array, target: number): void {
  for (let word = 0; word < ENTRY_WORDS; word++) {
    to[target * ENTRY_WORDS + word] = from[source * ENTRY_WORDS + word] ?? 0;
  }
}
