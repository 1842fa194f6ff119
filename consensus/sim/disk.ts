import { toHex } from '@hufu/crypto';
import type { Effect, LogRecord, Recovery, StoredBlock, Tip } from '../src/interface.ts';
import type { Batch, BatchRef, Finalization } from '../src/types.ts';
import type { Torn } from './mishaps.ts';
import { noise } from './prng.ts';

/** A write of the host that is not yet on the platter. */
export type Write = Extract<Effect, { type: 'persist' | 'store-batch' }>;

/** What each number that follows from the seed is for. */
const TEAR = 21;

/** What survives a crash: the writes that were synced, and whatever of the others was written by then. */
export class Disk {
  log: LogRecord[] = [];
  readonly batches = new Map<string, Batch>();
  readonly #seqs = new Set<string>();
  readonly blocks: StoredBlock[] = [];
  /** By height: the finalization of a block that has one of its own. */
  readonly finalizations = new Map<number, Finalization>();
  finalization: Finalization | null = null;
  tip: Tip;

  constructor(genesis: Tip) {
    this.tip = genesis;
  }

  write(write: Write): void {
    switch (write.type) {
      case 'persist':
        this.log.push(write.record);
        break;
      case 'store-batch': {
        const { origin, seq, digest } = write.batch;
        this.batches.set(toHex(digest), write.batch);
        this.#seqs.add(`${origin}/${seq}`);
        break;
      }
    }
  }

  /**
   * A crash amid unsynced writes. The log is one file with checksums: what is left of its tail is a prefix. Batches
   * are kept apart from it, so each may be there or not, whatever became of the log.
   */
  tear(writes: readonly Write[], torn: Torn, seed: number): void {
    if (torn === 'lost') return;
    let logged = torn === 'kept' ? writes.length : Math.floor(noise(seed, TEAR, 0, 0) * (writes.length + 1));
    for (const [index, write] of writes.entries()) {
      const isKept = torn === 'kept' || noise(seed, TEAR, 1, index) < 0.5;
      if (write.type === 'store-batch' ? isKept : logged-- > 0) this.write(write);
    }
  }

  /** Whether any batch of that number is there. */
  holdsSeq(origin: number, seq: number): boolean {
    return this.#seqs.has(`${origin}/${seq}`);
  }

  batch(ref: BatchRef): Batch | undefined {
    return this.batches.get(toHex(ref.digest));
  }

  holds(ref: BatchRef): boolean {
    return this.batches.has(toHex(ref.digest));
  }

  /** Duty 6: the finalization is there no later than the first of its blocks. */
  startApplying(finalization: Finalization): void {
    this.finalizations.set(finalization.height, finalization);
    this.finalization = finalization;
  }

  applyBlock(block: StoredBlock, endsEpoch: boolean): void {
    if (block.height !== this.tip.height + 1) throw new Error('blocks are applied in height order');
    const origins = [...this.tip.origins];
    for (const { origin, seq, digest } of block.refs) {
      origins[origin] = { nextSeq: seq + 1, lastDigest: digest };
    }
    const { view, height, digests, timeMs } = block;
    this.blocks.push(block);
    this.tip = { view, height, digests, timeMs, endsEpoch, origins };
  }

  /** Duty 10 allows to forget records below the applied tip's view. */
  prune(): void {
    this.log = this.log.filter((record) => recordView(record) >= this.tip.view);
  }

  recovery(): Recovery {
    const referenced = (batch: Batch): boolean => batch.seq < (this.tip.origins[batch.origin]?.nextSeq ?? 0);
    return {
      tip: this.tip,
      finalization: this.finalization,
      log: [...this.log],
      batches: [...this.batches.values()].filter((batch) => !referenced(batch)),
    };
  }
}

function recordView(record: LogRecord): number {
  switch (record.type) {
    case 'vote':
      return record.vote.view;
    case 'proposal':
    case 'own-proposal':
      return record.proposal.view;
    case 'certificate':
      return record.certificate.view;
  }
}
