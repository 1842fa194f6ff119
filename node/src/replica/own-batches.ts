import type { Batch } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import type { ExecutedBlock, PreparedBatch } from '../ledger/types.ts';

/** A payload of this node's, and what was read of it. */
export interface OwnPayload {
  readonly payload: Uint8Array;
  readonly prepared: PreparedBatch;
}

/**
 * Own payloads from when they are handed to the protocol until a final block refers to them: what an epoch leaves
 * unreferenced is disseminated again in the next one. The protocol's backpressure bounds how many there are.
 */
export class OwnBatches {
  readonly #byPayload = new Map<Uint8Array, OwnPayload>();
  /** Those that are durable, by the digest of their batch. */
  readonly #byDigest = new Map<string, OwnPayload>();

  add(payload: Uint8Array, prepared: PreparedBatch): void {
    this.#byPayload.set(payload, { payload, prepared });
  }

  /** The batch is durable. Undefined unless its payload is one of these. */
  stored({ payload, digest }: Batch): PreparedBatch | undefined {
    const own = this.#byPayload.get(payload);
    if (own === undefined) return undefined;
    this.#byPayload.delete(payload);
    this.#byDigest.set(toHex(digest), own);
    return own.prepared;
  }

  /** Forgets what these final blocks refer to. */
  applied(blocks: readonly ExecutedBlock[]): void {
    for (const { block } of blocks) for (const { digest } of block.refs) this.#byDigest.delete(toHex(digest));
  }

  /** Takes out all, in the order in which they were handed over. */
  takeAll(): readonly OwnPayload[] {
    const pending = [...this.#byDigest.values(), ...this.#byPayload.values()];
    this.#byPayload.clear();
    this.#byDigest.clear();
    return pending;
  }
}
