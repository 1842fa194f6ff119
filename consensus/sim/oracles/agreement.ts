import { equalBytes, toHex } from '@hufu/crypto';
import type { StoredBlock } from '../../src/interface.ts';
import type { BatchRef, BlockPoint } from '../../src/types.ts';
import { executeBlock } from '../execution.ts';
import { Violation } from './violation.ts';

/**
 * Agreement and validity of the one chain: whoever finalizes a height finalizes the same block there under every
 * suite; blocks link; each origin's batches come in sequence, none twice.
 */
export class Chain {
  readonly blocks: StoredBlock[] = [];
  readonly #genesis: BlockPoint;
  readonly #lastHeight: number | null;
  /** By origin and seq: the digest of the batch there. */
  readonly #batches: Uint8Array[][];

  constructor(genesis: BlockPoint, n: number, lastHeight: number | null) {
    this.#lastHeight = lastHeight;
    this.#genesis = genesis;
    this.#batches = Array.from({ length: n }, () => []);
  }

  get height(): number {
    return this.blocks.length;
  }

  holds({ origin, seq, digest }: BatchRef): boolean {
    const final = this.#batches[origin]?.[seq];
    return final !== undefined && equalBytes(final, digest);
  }

  /** Digest of a final batch; 32 zero bytes for number −1, which is before the first. */
  digestOf(origin: number, seq: number): Uint8Array {
    return this.#batches[origin]?.[seq] ?? new Uint8Array(32);
  }

  add(who: string, block: StoredBlock): void {
    if (this.#lastHeight !== null && block.height > this.#lastHeight) {
      throw new Violation('epoch', `${who} finalized block ${block.height} after the epoch's last`);
    }
    if (block.height > this.height + 1)
      throw new Violation('agreement', `${who} left a gap at ${block.height}`);
    const known = this.blocks[block.height - 1];
    if (known === undefined) this.#extend(block);
    else if (nameOf(known) !== nameOf(block)) {
      throw new Violation('agreement', `${who} finalized another block at height ${block.height}`);
    }
  }

  #extend(block: StoredBlock): void {
    const parent = this.blocks.at(-1) ?? this.#genesis;
    if (nameOf(block.parent) !== nameOf(parent))
      throw new Violation('validity', 'the parent is another block');
    if (executeBlock(block).map(toHex).join() !== block.digests.map(toHex).join()) {
      throw new Violation('validity', `block ${block.height} is not what it executes to`);
    }
    const before = this.blocks.at(-1)?.timeMs ?? 0;
    if (block.timeMs <= before) throw new Violation('validity', `time stands still at ${block.height}`);
    for (const { origin, seq, digest } of block.refs) {
      const batches = this.#batches[origin];
      // In sequence means also: none twice.
      if (batches?.length !== seq) throw new Violation('validity', `batch ${origin}/${seq} is out of order`);
      batches.push(digest);
    }
    this.blocks.push(block);
  }
}

function nameOf(point: BlockPoint): string {
  return `${point.view}/${point.height}/${point.digests.map(toHex).join()}`;
}
