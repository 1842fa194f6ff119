import type { BatchRef } from '@hufu/consensus';
import { equalBytes, toHex } from '@hufu/crypto';
import { decodeBatchPayload, decodeEntry, decodeSubmission } from '@hufu/proof';
import type { AppliedRange } from '../ledger/types.ts';
import type { BatchBodies } from './batch-bodies.ts';
import type { BlockTable } from './block-table.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { StoredEntry } from './types.ts';

/** Payloads kept in memory, so that neighbouring entries are read from disk once. */
const CACHE_BYTES = 32 * 1024 * 1024;
/** What a view of an item takes in memory beside the payload that it is a view of. */
const VIEW_BYTES = 256;

/** A run of entries that one item of a batch added, with what is needed to read it. */
export interface LocatedRange {
  readonly range: AppliedRange;
  readonly ref: BatchRef;
  readonly height: number;
  readonly timeMs: number;
}

/**
 * Entries are not stored a second time: entry i is a record of a submission of a batch, or an item of it itself, and
 * its block's applied ranges say of which.
 */
export class EntryReader {
  readonly #blocks: BlockTable;
  readonly #bodies: BatchBodies;
  readonly #payloads = new BoundedCache<readonly Uint8Array[]>(CACHE_BYTES);

  constructor(blocks: BlockTable, bodies: BatchBodies) {
    this.#blocks = blocks;
    this.#bodies = bodies;
  }

  /** Entries first … end − 1, all below the log's size. */
  async entries(first: number, end: number): Promise<StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for await (const located of this.rangesFrom(first, end)) {
      const records = await this.records(located);
      const { height, timeMs } = located;
      const { firstIndex } = located.range;
      const from = Math.max(0, first - firstIndex);
      records.slice(from, end - firstIndex).forEach((bytes, i) => {
        entries.push({ index: firstIndex + from + i, height, timeMs, bytes });
      });
    }
    return entries;
  }

  /** Applied ranges that touch entries first … end − 1, in log order; `end` is at most the log's size. */
  async *rangesFrom(first: number, end: number): AsyncGenerator<LocatedRange> {
    let height = first < end ? await this.#blocks.heightOfIndex(first) : undefined;
    for (; height !== undefined; height++) {
      const row = this.#blocks.row(height);
      if (row === undefined || row.firstIndex >= end) return;
      const { applied } = this.#blocks.outcome(height);
      for (const range of applied.slice(positionOf(applied, first))) {
        if (range.firstIndex >= end) return;
        const ref = row.block.refs[range.batch];
        if (ref === undefined) throw new Error(`block ${height} has no batch ${range.batch}`);
        yield { range, ref, height, timeMs: row.block.timeMs };
      }
    }
  }

  /** The index of a gateway's record; undefined when the serial was not applied. */
  async indexOfSerial(gateway: number, serial: number): Promise<number | undefined> {
    const height = await this.#blocks.heightOfSerial(gateway, serial);
    if (height === undefined) return undefined;
    const range = this.#blocks
      .outcome(height)
      .applied.find(
        (each) =>
          each.gateway === gateway && each.firstSerial <= serial && serial < each.firstSerial + each.count,
      );
    return range && range.firstIndex + serial - range.firstSerial;
  }

  /** The item of a batch behind a range: an encoded submission, or a governance action. */
  async item({ ref, range }: LocatedRange): Promise<Uint8Array> {
    const item = (await this.#payload(ref))[range.submission];
    if (item === undefined) throw new Error(`batch ${ref.origin}/${ref.seq} lacks an item`);
    return item;
  }

  /** The entries of a range, as hashed. */
  async records(located: LocatedRange): Promise<readonly Uint8Array[]> {
    const item = await this.item(located);
    if (located.range.gateway === null) return [item];
    const decoded = decodeSubmission(item);
    if (!decoded.ok) throw new Error(`stored submission: ${decoded.error.remark}`);
    return decoded.value.records;
  }

  async #payload(ref: BatchRef): Promise<readonly Uint8Array[]> {
    const key = toHex(ref.digest);
    const known = this.#payloads.get(key);
    if (known !== undefined) return known;
    const batch = await this.#bodies.get(ref);
    if (batch === undefined) throw new Error(`batch ${ref.origin}/${ref.seq} is not held`);
    const items = decodeBatchPayload(batch.payload);
    if (!items.ok) throw new Error(`stored batch: ${items.error.remark}`);
    this.#payloads.set(key, items.value, batch.payload.length + items.value.length * VIEW_BYTES);
    return items.value;
  }
}

/** Whether a stored entry holds this digest, under either hash. */
export function holdsDigest(entry: StoredEntry, digest: Uint8Array): boolean {
  const decoded = decodeEntry(entry.bytes);
  if (!decoded.ok) throw new Error(`stored entry ${entry.index}: ${decoded.error.remark}`);
  return Object.values(decoded.value.digests).some((each) => equalBytes(each, digest));
}

/** Position of the first range that ends after entry `first`; ranges are in log order. */
function positionOf(applied: readonly AppliedRange[], first: number): number {
  let low = 0;
  let high = applied.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = applied[middle];
    if (range !== undefined && range.firstIndex + range.count <= first) low = middle + 1;
    else high = middle;
  }
  return low;
}
