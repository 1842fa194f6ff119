import type { BatchRef } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import type { PreparedBatch, PreparedItem } from '../ledger/types.ts';
import { BoundedCache } from '../store/bounded-cache.ts';

/** What items take in memory, at most, as measured: one that can never apply, any other, and each record of it. */
const FAULTY_BYTES = 96;
const ITEM_BYTES = 2_304;
const RECORD_BYTES = 160;

/**
 * Prepared batches by digest. Threat: what a batch takes in memory has little to do with how long its payload is, so
 * that is what it weighs here.
 */
export class PreparedBatches {
  readonly #cache: BoundedCache<PreparedBatch>;

  constructor(maxBytes: number) {
    this.#cache = new BoundedCache(maxBytes);
  }

  get({ digest }: BatchRef): PreparedBatch | undefined {
    return this.#cache.get(toHex(digest));
  }

  add({ digest }: BatchRef, prepared: PreparedBatch): void {
    this.#cache.set(toHex(digest), prepared, memoryBytes(prepared));
  }

  delete({ digest }: BatchRef): void {
    this.#cache.delete(toHex(digest));
  }
}

/** What a prepared batch takes in memory, in bytes, at most. */
export function memoryBytes({ submissions }: PreparedBatch): number {
  return submissions.reduce((sum, item) => sum + itemBytes(item), 0);
}

function itemBytes(item: PreparedItem): number {
  if (!item.ok) return FAULTY_BYTES;
  return ITEM_BYTES + item.count * RECORD_BYTES + (item.kind === 'governance' ? item.bytes.length : 0);
}
