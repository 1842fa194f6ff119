import type { BatchRef } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import type { PreparedBatch, PreparedItem } from '../ledger/types.ts';
import { BoundedCache } from '../store/bounded-cache.ts';

/** What items take in memory, at most, as measured: one that can never apply, any other, and each record of it. */
const FAULTY_BYTES = 96;
const ITEM_BYTES = 2_304;
const RECORD_BYTES = 160;
/** Of an item that came before in the batch, only another mention. */
const MENTION_BYTES = 16;

interface Held {
  readonly ref: BatchRef;
  /** Undefined until it is prepared. */
  readonly prepared: PreparedBatch | undefined;
}

/**
 * Prepared batches by digest. Threat: what a batch takes in memory has little to do with how long its payload is, so
 * that is what it weighs here. And: a block may refer to more than `maxBytes`. Were some of it given up for the rest, every
 * execution would verify all signatures again, no view would be long enough for that, and nothing would be final any more.
 * So what an execution needs is held until it is released; only the rest is bounded.
 */
export class PreparedBatches {
  readonly #held = new Map<string, Held>();
  readonly #rest: BoundedCache<PreparedBatch>;

  constructor(maxBytes: number) {
    this.#rest = new BoundedCache(maxBytes);
  }

  get({ digest }: BatchRef): PreparedBatch | undefined {
    const key = toHex(digest);
    return this.#held.get(key)?.prepared ?? this.#rest.get(key);
  }

  add(ref: BatchRef, prepared: PreparedBatch): void {
    const key = toHex(ref.digest);
    const held = this.#held.get(key);
    if (held === undefined) this.#rest.set(key, prepared, memoryBytes(prepared));
    else this.#held.set(key, { ...held, prepared });
  }

  /** Gives none of these up, prepared already or later, before `release`. */
  hold(refs: readonly BatchRef[]): void {
    for (const { origin, seq, digest } of refs) {
      const key = toHex(digest);
      if (this.#held.has(key)) continue;
      this.#held.set(key, { ref: { origin, seq, digest }, prepared: this.#rest.get(key) });
      this.#rest.delete(key);
    }
  }

  /** Forgets what is held and not to be kept. */
  release(isKept: (ref: BatchRef) => boolean): void {
    for (const [key, { ref }] of this.#held) if (!isKept(ref)) this.#held.delete(key);
  }

  delete({ digest }: BatchRef): void {
    const key = toHex(digest);
    this.#held.delete(key);
    this.#rest.delete(key);
  }
}

/** What a prepared batch takes in memory, in bytes, at most. */
export function memoryBytes({ submissions }: PreparedBatch): number {
  const different = new Set(submissions);
  let sum = submissions.length * MENTION_BYTES;
  for (const item of different) sum += itemBytes(item);
  return sum;
}

function itemBytes(item: PreparedItem): number {
  if (!item.ok) return FAULTY_BYTES;
  return ITEM_BYTES + item.count * RECORD_BYTES + (item.kind === 'governance' ? item.bytes.length : 0);
}
