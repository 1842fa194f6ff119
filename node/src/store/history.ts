import type { Finalization } from '@hufu/consensus';
import { gatewayStates } from '../ledger/index.ts';
import type { ExecutedBlock, LedgerState } from '../ledger/types.ts';
import { finalization as finalizationCodec } from '../wire/vote-codecs.ts';
import type { BatchBodies } from './batch-bodies.ts';
import type { BlockTable } from './block-table.ts';
import { type Database, put, type Write } from './database.ts';
import type { DigestIndex } from './digest-index/digest-index.ts';
import type { EpochTable } from './epoch-table.ts';
import { headerOf } from './header-of.ts';
import { indexDigests } from './index-digests.ts';
import { keys } from './keys.ts';
import type { LogEdge } from './log-edge.ts';
import type { LogTiles } from './log-tiles.ts';
import { type HistoryRow, history as historyCodec } from './rows.ts';
import type { SerialQueue } from './serial-queue.ts';
import type { HistoryStore } from './types.ts';

/** As for the chain: what a power cut may take of the tiles is soon computed again. */
const MAX_UNSYNCED_ENTRIES = 65_536;

/** What of the past a snapshot left out. */
export interface MissingPast {
  readonly toHeight: number;
  readonly toSize: number;
  readonly edges: readonly LogEdge[];
}

export interface HistoryParts {
  readonly database: Database;
  readonly blocks: BlockTable;
  readonly bodies: BatchBodies;
  readonly tiles: LogTiles;
  readonly index: DigestIndex;
  /** The chain's: one commit at a time. */
  readonly queue: SerialQueue;
  /** The history is complete. */
  readonly onComplete: () => void;
}

/**
 * The past of a node that began from a snapshot, as far as it is there. It grows from its own tip, block by block, until
 * it reaches the snapshot; what is committed of it is never needed to go on with the chain.
 */
export class History implements HistoryStore {
  readonly #parts: HistoryParts;
  readonly #missing: MissingPast;
  #state: LedgerState;
  #tiledTo: number;

  constructor(parts: HistoryParts, missing: MissingPast, state: LedgerState) {
    this.#parts = parts;
    this.#missing = missing;
    this.#state = state;
    this.#tiledTo = state.logSize;
  }

  get state(): LedgerState {
    return this.#state;
  }

  get toHeight(): number {
    return this.#missing.toHeight;
  }

  get toSize(): number {
    return this.#missing.toSize;
  }

  /** Whether the block is not there yet. */
  lacksBlock(height: number): boolean {
    return height > this.#state.tip.height && height <= this.#missing.toHeight;
  }

  /** Whether any of the entries first … end − 1 is not there yet. */
  lacksEntries(first: number, end: number): boolean {
    return end > this.#state.logSize && first < this.#missing.toSize;
  }

  async apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void> {
    const { queue, onComplete } = this.#parts;
    await queue.run(() => this.#apply(blocks, finalization));
    if (this.#state.tip.height === this.toHeight) onComplete();
  }

  async #apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void> {
    const { database, bodies, tiles, index } = this.#parts;
    const last = blocks.at(-1);
    if (last === undefined) return;
    if (blocks[0]?.block.height !== this.#state.tip.height + 1 || last.block.height > this.toHeight) {
      throw new Error(`block ${last.block.height} does not continue the history`);
    }
    for (const { nodes } of blocks) await tiles.append(nodes);
    const isComplete = last.block.height === this.toHeight;
    if (isComplete || last.state.logSize - this.#tiledTo > MAX_UNSYNCED_ENTRIES) {
      await tiles.sync();
      this.#tiledTo = last.state.logSize;
    }
    const pending = bodies.pendingIndex();
    const row = rowOf(last.state, this.#missing, this.#tiledTo);
    const progress: Write = isComplete
      ? { type: 'del', key: keys.history() }
      : put(keys.history(), historyCodec, row);
    await database.commit([
      ...pending.writes,
      ...blocks.flatMap((block) => this.#parts.blocks.writesFor(block)),
      put(keys.finalization(finalization.height), finalizationCodec, finalization),
      progress,
    ]);
    bodies.committed(pending);
    this.#state = last.state;
    indexDigests(index, blocks);
    await index.ready();
  }
}

/** The state that a row of the history stands for; `start` is that at genesis. */
export function restoreHistory(
  row: HistoryRow,
  start: LedgerState,
  blocks: BlockTable,
  epochs: EpochTable,
): LedgerState {
  const { point, timeMs, frontiers, serials } = row;
  const headerBytes = blocks.row(point.height)?.headerBytes;
  if (headerBytes === undefined) return start;
  const { epoch } = headerOf({ height: point.height, headerBytes });
  const { registry, validators, validatorSetDigest } = epochs.participants(epoch);
  return {
    ...start,
    epoch,
    epochFirstHeight: epochs.beginning(epoch)?.firstHeight ?? 1,
    registry,
    validators,
    validatorSetDigest,
    next: epochs.lastHeight(epoch) === point.height ? epochs.participants(epoch + 1) : null,
    tip: { ...point, timeMs },
    logSize: frontiers[0]?.size ?? 0,
    frontiers,
    gateways: gatewayStates(registry.gateways, (index) => serials[index]),
  };
}

/** What the database keeps of a past of which the blocks up to `state` are there. */
export function rowOf(state: LedgerState, missing: MissingPast, tiledTo: number): HistoryRow {
  const { tip, frontiers, gateways } = state;
  const { timeMs, ...point } = tip;
  const { toHeight, toSize, edges } = missing;
  const serials = gateways.map(({ nextSerial }) => nextSerial);
  return { point, timeMs, frontiers, serials, tiledTo, toHeight, toSize, edges };
}
