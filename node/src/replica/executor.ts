import {
  type Batch,
  type BatchRef,
  type BlockInput,
  type BlockPoint,
  blockIdOf,
  type ExecutionResult,
  type StoredBlock,
} from '@hufu/consensus';
import { equalBytes, toHex } from '@hufu/crypto';
import { applyBlock, prepareBatch, rememberingCheck } from '../ledger/index.ts';
import type { ExecutedBlock, LedgerState, PreparedBatch } from '../ledger/types.ts';
import type { BatchStore, ChainStore } from '../store/types.ts';

/** Payload bytes of prepared batches kept in memory; beyond it a batch is read and prepared again when needed. */
const PREPARED_BYTES = 128 * 1024 * 1024;

/** Runs blocks through the ledger rules and keeps what unfinalized ones gave, so that forks can be extended. */
export class Executor {
  readonly #chain: ChainStore;
  readonly #batches: BatchStore;
  /** Executed blocks not yet applied, by the first digest of their header. */
  readonly #executed = new Map<string, ExecutedBlock>();
  readonly #prepared = new PreparedBatches();
  /** The ledger's signature check; each submission object is verified once. */
  readonly checkSignature = rememberingCheck();

  constructor(chain: ChainStore, batches: BatchStore) {
    this.#chain = chain;
    this.#batches = batches;
  }

  /** As `prepare`, for a batch whose submissions were read and checked before it was packed. */
  adopt(batch: Batch, prepared: PreparedBatch): void {
    this.#prepared.add(batch, prepared, batch.payload.length);
  }

  /** Does a batch's part of execution that depends on its bytes alone, ahead of the vote that waits for it. */
  prepare(batch: Batch): PreparedBatch {
    const known = this.#prepared.get(batch);
    if (known !== undefined) return known;
    const { state } = this.#chain;
    const prepared = prepareBatch(batch.payload, state);
    for (const submission of prepared.submissions) {
      const gateway = state.gateways[submission.gateway ?? -1];
      if (submission.kind === 'governance' || !submission.ok || gateway === undefined) continue;
      this.checkSignature(gateway, submission);
    }
    this.#prepared.add(batch, prepared, batch.payload.length);
    return prepared;
  }

  /** Executes a block whose parent was executed here or applied, and whose batches are all stored. */
  async execute(input: BlockInput): Promise<ExecutionResult> {
    const batches = await Promise.all(input.refs.map((ref) => this.#load(ref)));
    const state = this.#stateAfter(input.parent);
    if (state === undefined) return { ok: false, reason: 'parent-not-executed' };
    const applied = applyBlock(state, { input, batches }, this.checkSignature);
    if (!applied.ok) return { ok: false, reason: applied.error.code };
    const { block, endsEpoch } = applied.value;
    const { digests } = block;
    this.#executed.set(keyOf(digests), applied.value);
    return { ok: true, digests, endsEpoch };
  }

  /** The results of blocks that became final, in the given order. Throws for one that was never executed. */
  results(blocks: readonly StoredBlock[]): readonly ExecutedBlock[] {
    return blocks.map((block) => {
      const executed = this.#executed.get(keyOf(block.digests));
      if (executed === undefined) throw new Error(`block ${block.height} is final but was not executed`);
      return executed;
    });
  }

  /** Forgets what no later block can build on, once `blocks` are applied. */
  applied(blocks: readonly ExecutedBlock[]): void {
    const height = blocks.at(-1)?.block.height ?? 0;
    for (const [key, { block }] of this.#executed) {
      if (block.height <= height) this.#executed.delete(key);
    }
    for (const { block } of blocks) for (const ref of block.refs) this.#prepared.delete(ref);
  }

  #stateAfter(parent: BlockPoint): LedgerState | undefined {
    const { state } = this.#chain;
    const executed = this.#executed.get(keyOf(parent.digests));
    if (executed !== undefined) return executed.state;
    const [own] = state.tip.digests;
    const [wanted] = parent.digests;
    return own !== undefined && wanted !== undefined && equalBytes(own, wanted) ? state : undefined;
  }

  async #load(ref: BatchRef): Promise<PreparedBatch> {
    const known = this.#prepared.get(ref);
    if (known !== undefined) return known;
    const batch = await this.#batches.get(ref);
    if (batch === undefined) throw new Error(`batch ${ref.origin}/${ref.seq} was stored and is missing`);
    return this.prepare(batch);
  }
}

function keyOf(digests: readonly Uint8Array[]): string {
  const [first] = digests;
  if (first === undefined) throw new Error('a header has at least one digest');
  return blockIdOf(first);
}

/** Prepared batches by digest, the oldest dropped beyond PREPARED_BYTES. */
class PreparedBatches {
  readonly #byDigest = new Map<string, { readonly prepared: PreparedBatch; readonly sizeBytes: number }>();
  #sizeBytes = 0;

  get({ digest }: BatchRef): PreparedBatch | undefined {
    return this.#byDigest.get(toHex(digest))?.prepared;
  }

  add(ref: BatchRef, prepared: PreparedBatch, sizeBytes: number): void {
    this.#byDigest.set(toHex(ref.digest), { prepared, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const key of this.#byDigest.keys()) {
      if (this.#sizeBytes <= PREPARED_BYTES) break;
      this.#drop(key);
    }
  }

  delete({ digest }: BatchRef): void {
    this.#drop(toHex(digest));
  }

  #drop(key: string): void {
    const entry = this.#byDigest.get(key);
    if (entry === undefined) return;
    this.#byDigest.delete(key);
    this.#sizeBytes -= entry.sizeBytes;
  }
}
