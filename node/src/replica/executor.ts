import {
  type Batch,
  type BatchRef,
  type BlockId,
  type BlockInput,
  type BlockPoint,
  blockIdOf,
  type ExecutionResult,
  type State,
  type StoredBlock,
} from '@hufu/consensus';
import { equalBytes, toHex } from '@hufu/crypto';
import type { ExecutedBlock, LedgerState, PreparedBatch } from '../ledger/types.ts';
import { SerialQueue } from '../store/serial-queue.ts';
import type { BatchStore, ChainStore } from '../store/types.ts';
import type { PacedLedger } from './paced-ledger.ts';
import { PreparedBatches } from './prepared-batches.ts';

/** Memory that batches prepared ahead may take; beyond it one is read and prepared again when needed. */
const PREPARED_BYTES = 128 * 1024 * 1024;
/** Payloads that wait to be prepared; what comes on top is read and prepared when needed. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** What of the core's state tells which blocks and batches it may still come back to. */
interface CoreBlocks {
  readonly tip: Pick<State['tip'], 'height'>;
  readonly blocks: Pick<State['blocks'], 'has'>;
  readonly origins: State['origins'];
}

/** Runs blocks through the ledger rules and keeps what unfinalized ones gave, so that forks can be extended. */
export class Executor {
  readonly #chain: ChainStore;
  readonly #batches: BatchStore;
  /** Executed blocks not yet applied, by the first digest of their header. */
  readonly #executed = new Map<BlockId, ExecutedBlock>();
  readonly #ledger: PacedLedger;
  readonly #prepared: PreparedBatches;
  /** Batches being prepared, by digest. */
  readonly #preparing = new Map<string, Promise<PreparedBatch>>();
  readonly #ahead = new SerialQueue();
  #waitingBytes = 0;

  constructor(
    chain: ChainStore,
    batches: BatchStore,
    ledger: PacedLedger,
    preparedBytes: number = PREPARED_BYTES,
  ) {
    this.#chain = chain;
    this.#batches = batches;
    this.#ledger = ledger;
    this.#prepared = new PreparedBatches(preparedBytes);
  }

  /** As `prepareAhead`, for a batch whose submissions were read and checked before it was packed. */
  adopt(batch: Batch, prepared: PreparedBatch): void {
    this.#prepared.add(batch, prepared);
  }

  /**
   * Does a batch's part of execution that depends on its bytes alone, ahead of the vote that waits for it. One batch at a
   * time: what a block waits for goes beside it.
   */
  async prepareAhead(batch: Batch): Promise<void> {
    const { length } = batch.payload;
    if (this.#waitingBytes + length > MAX_WAITING_BYTES) return;
    this.#waitingBytes += length;
    try {
      await this.#ahead.run(() => this.#prepare(batch, async () => batch));
    } finally {
      this.#waitingBytes -= length;
    }
  }

  /**
   * Executes a block whose parent was executed here or applied, and whose batches are all stored. `onResult` is called
   * in the moment in which the result is kept, so that `forgetAllBut` never meets one that the core has yet to hear of.
   * What it prepares is kept for the blocks of later views: they refer to the same batches, and go on where it is.
   */
  async execute(input: BlockInput, onResult: (result: ExecutionResult) => void): Promise<void> {
    // At once: later the parent may be forgotten.
    const state = this.#stateAfter(input.parent);
    if (state === undefined) return onResult({ ok: false, reason: 'parent-not-executed' });
    this.#prepared.hold(input.refs);
    const batches: PreparedBatch[] = [];
    for (const ref of input.refs) batches.push(await this.#load(ref));
    const applied = await this.#ledger.apply(state, { input, batches });
    if (!applied.ok) return onResult({ ok: false, reason: applied.error.code });
    const { block, endsEpoch } = applied.value;
    const { digests } = block;
    this.#executed.set(keyOf(digests), applied.value);
    onResult({ ok: true, digests, endsEpoch });
  }

  /** How many executed blocks are held. */
  get heldBlocks(): number {
    return this.#executed.size;
  }

  /**
   * Forgets what the core has forgotten: blocks above its tip that it names no more, as those of views long nullified, and
   * their batches. So the core's limits for each origin bound what is held of them.
   */
  forgetAllBut({ tip, blocks, origins }: CoreBlocks): void {
    for (const [key, { block }] of this.#executed) {
      if (block.height > tip.height && !blocks.has(key)) this.#executed.delete(key);
    }
    this.#prepared.release((ref) => isAboveTip(origins, ref));
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

  #load(ref: BatchRef): Promise<PreparedBatch> {
    return this.#prepare(ref, async () => {
      const batch = await this.#batches.get(ref);
      if (batch === undefined) throw new Error(`batch ${ref.origin}/${ref.seq} was stored and is missing`);
      return batch;
    });
  }

  /** Whoever asks while it is under way waits for the same. */
  #prepare(ref: BatchRef, read: () => Promise<Batch>): Promise<PreparedBatch> {
    const known = this.#prepared.get(ref);
    if (known !== undefined) return Promise.resolve(known);
    const key = toHex(ref.digest);
    const preparing =
      this.#preparing.get(key) ?? this.#read(ref, read).finally(() => this.#preparing.delete(key));
    this.#preparing.set(key, preparing);
    return preparing;
  }

  async #read(ref: BatchRef, read: () => Promise<Batch>): Promise<PreparedBatch> {
    const { payload } = await read();
    const prepared = await this.#ledger.prepare(payload, this.#chain.state);
    this.#prepared.add(ref, prepared);
    return prepared;
  }
}

/** Whether the core holds the batch for a block to come. */
function isAboveTip(origins: State['origins'], { origin, seq, digest }: BatchRef): boolean {
  const { chain = [], forks } = origins[origin] ?? {};
  const inChain = chain[seq - (chain[0]?.ref.seq ?? 0)];
  return (
    (inChain !== undefined && equalBytes(inChain.ref.digest, digest)) || forks?.has(toHex(digest)) === true
  );
}

function keyOf(digests: readonly Uint8Array[]): BlockId {
  const [first] = digests;
  if (first === undefined) throw new Error('a header has at least one digest');
  return blockIdOf(first);
}
