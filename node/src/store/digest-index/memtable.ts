import { HASH_BYTES } from '@hufu/crypto';
import type { DigestList } from '../../ledger/types.ts';
import { compareEntries, copyEntry, ENTRY_BYTES, indexAt, KEY_BYTES, wordsOf, writeEntry } from './entry.ts';

/** Room for the rest of the record that fills the table: a record is never split over two. */
const SPARE_ENTRIES = 16;

/**
 * Digests of the newest records, in the order of arrival; nothing is sorted or hashed on the way in. A lookup
 * scans it, natively, in well under a millisecond.
 */
export class Memtable {
  /** First log index covered, and the one after the last. */
  readonly from: number;
  #to: number;
  #count = 0;
  readonly #capacity: number;
  readonly #entries: Buffer;

  /** `capacity` is at most 2^17, the slots that sorting has room for, less the spare ones. */
  constructor(from: number, capacity: number) {
    this.from = from;
    this.#to = from;
    this.#capacity = capacity;
    this.#entries = Buffer.allocUnsafe((capacity + SPARE_ENTRIES) * ENTRY_BYTES);
  }

  get to(): number {
    return this.#to;
  }

  get isFull(): boolean {
    return this.#count >= this.#capacity;
  }

  /**
   * Takes the digests of the records from `position` in `list` on, whose first record has log index `firstIndex`,
   * as long as there is room. Answers the position of the first digest not taken.
   */
  add(firstIndex: number, list: DigestList, position: number): number {
    for (let i = position; i < list.records.length; i++) {
      const index = firstIndex + (list.records[i] ?? 0);
      if (this.isFull && index >= this.#to) return i;
      const digest = list.bytes.subarray(i * HASH_BYTES, i * HASH_BYTES + KEY_BYTES);
      writeEntry(this.#entries, this.#count * ENTRY_BYTES, digest, index);
      this.#count++;
      this.#to = index + 1;
    }
    return list.records.length;
  }

  /** Says that all records below `index` were given: those without a digest leave no other trace. */
  extendTo(index: number): void {
    this.#to = Math.max(this.#to, index);
  }

  /** Log indexes under this key, newest first, at most `limit`. */
  find(key: Uint8Array, limit: number): number[] {
    const found: number[] = [];
    const filled = this.#entries.subarray(0, this.#count * ENTRY_BYTES);
    let at = filled.lastIndexOf(key);
    while (at >= 0 && found.length < limit) {
      if (at % ENTRY_BYTES === 0) found.push(indexAt(filled, at));
      at = at === 0 ? -1 : filled.lastIndexOf(key, at - 1);
    }
    return found;
  }

  /** The entries in order, packed. */
  sorted(): Buffer {
    const order = sortedSlots(this.#entries, this.#count);
    const sorted = Buffer.allocUnsafe(this.#count * ENTRY_BYTES);
    const from = wordsOf(this.#entries);
    const to = wordsOf(sorted);
    for (let i = 0; i < order.length; i++) copyEntry(from, order[i] ?? 0, to, i);
    return sorted;
  }
}

const SLOT_SPAN = 2 ** 17;
/** Bits of the key that, with 17 bits of slot, make an integer that a double holds exactly. */
const PREFIX_SPAN = 2 ** 36;

/**
 * Slots in the order of their entries. Doubles sort natively, twenty times as fast as with a comparison in
 * JavaScript; only runs of equal 36-bit prefixes, rare unless a digest repeats, are compared further.
 */
function sortedSlots(entries: Buffer, count: number): Uint32Array {
  const packed = new Float64Array(count);
  for (let slot = 0; slot < count; slot++) {
    const at = slot * ENTRY_BYTES;
    const prefix = entries.readUInt32BE(at) * 16 + (entries.readUInt8(at + 4) >> 4);
    packed[slot] = prefix * SLOT_SPAN + slot;
  }
  packed.sort();
  // Not Uint32Array.from, which takes longer than the sorting.
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = (packed[i] ?? 0) % SLOT_SPAN;
  const prefix = (i: number): number => Math.floor((packed[i] ?? PREFIX_SPAN * SLOT_SPAN) / SLOT_SPAN);
  for (let start = 0; start < count; ) {
    let end = start + 1;
    while (end < count && prefix(end) === prefix(start)) end++;
    if (end - start > 1) {
      order
        .subarray(start, end)
        .sort((a, b) => compareEntries(entries, a * ENTRY_BYTES, entries, b * ENTRY_BYTES));
    }
    start = end;
  }
  return order;
}
