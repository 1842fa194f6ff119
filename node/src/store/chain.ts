import type { Finalization } from '@hufu/consensus';
import { equalDigests } from '@hufu/proof';
import { enterEpoch, type KnownBeginning, stateBefore } from '../ledger/index.ts';
import type { ExecutedBlock, LedgerState } from '../ledger/types.ts';
import { finalization as finalizationCodec } from '../wire/vote-codecs.ts';
import type { BatchBodies } from './batch-bodies.ts';
import { ChainReader, type ReaderParts } from './chain-reader.ts';
import { type AppliedTip, type ChainTip, firstOrigins, originsAfter } from './chain-tip.ts';
import { type Database, put, type Write } from './database.ts';
import { headerOf } from './header-of.ts';
import { History, type MissingPast, rowOf } from './history.ts';
import { indexDigests } from './index-digests.ts';
import { keys } from './keys.ts';
import { replayDigests } from './replay.ts';
import { type HeadRow, head as headCodec, history as historyCodec, integer, type LogExtent } from './rows.ts';
import type { LogPosition } from './segment-scan.ts';
import { SerialQueue } from './serial-queue.ts';
import type { ChainStore, Snapshot } from './types.ts';
import type { Wal } from './wal.ts';

/** Entries whose tiles may be lost in a power cut, and are then computed again: under a second's work. */
const MAX_UNSYNCED_ENTRIES = 65_536;
/** Entries added to the digest index at once, while blocks wait. */
const INDEX_PIECE_ENTRIES = 16_384;

export interface ChainParts extends ReaderParts {
  readonly database: Database;
  readonly bodies: BatchBodies;
  /** Null when it is damaged: `extent` then stays what the database says. */
  readonly wal: Wal | null;
  readonly extent: LogExtent;
}

/** A past that is missing in part, as the store was opened with. */
export interface OpenedHistory {
  readonly missing: MissingPast;
  readonly state: LedgerState;
}

/**
 * The finalized chain. A block becomes part of it by one synced write to the database; the batch bodies that this
 * refers to are durable before. Tiles and the digest index follow from the bodies: they are written in passing, and
 * what a crash takes of them is computed again.
 */
export class Chain extends ChainReader implements ChainStore {
  readonly #parts: ChainParts;
  readonly #queue = new SerialQueue();
  #tip: ChainTip;
  #tiledTo: number;
  #history: History | null;

  constructor(parts: ChainParts, tip: ChainTip, history: OpenedHistory | undefined) {
    super(parts);
    this.#parts = parts;
    this.#tip = tip;
    this.#tiledTo = tip.state.logSize;
    this.#history = history === undefined ? null : this.#historyFrom(history);
  }

  get state(): LedgerState {
    return this.#tip.state;
  }

  get finalization(): Finalization | null {
    return this.#tip.finalization;
  }

  get tip(): ChainTip {
    return this.#tip;
  }

  get history(): History | null {
    return this.#history;
  }

  apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void> {
    return this.#queue.run(() => this.#apply(blocks, finalization));
  }

  beginFrom(snapshot: Snapshot): Promise<void> {
    return this.#queue.run(() => this.#beginFrom(snapshot));
  }

  indexMore(): Promise<boolean> {
    return this.#queue.run(async () => {
      const { index, entries } = this.#parts;
      if (this.#history !== null) return false;
      const end = Math.min(index.coveredTo + INDEX_PIECE_ENTRIES, this.state.logSize);
      await replayDigests(this.state, entries, index, end);
      return index.coveredTo < this.state.logSize;
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#queue.settled();
  }

  async #apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void> {
    const { tiles, bodies, database, index, wal, extent } = this.#parts;
    const last = blocks.at(-1);
    if (last === undefined) return;
    this.#check(blocks, finalization);
    for (const { nodes } of blocks) await tiles.append(nodes);
    if (last.state.logSize - this.#tiledTo > MAX_UNSYNCED_ENTRIES) {
      await tiles.sync();
      this.#tiledTo = last.state.logSize;
    }
    const pending = bodies.pendingIndex();
    const log = wal?.extentFor(last.block.view) ?? extent;
    const tip = { state: last.state, finalization, origins: originsAfter(this.#tip.origins, blocks) };
    const head = this.#headRow(tip, log, pending.position);
    await database.commit([
      ...pending.writes,
      ...this.#writes(blocks, tip),
      ...this.#parts.epochs.writesFor(last, finalization, pending.position),
      put(keys.head(), headCodec, head),
    ]);
    bodies.committed(pending);
    // An index that lacks some of the past takes these later, from the blocks.
    const isIndexed = index.coveredTo === this.state.logSize;
    this.#tip = tip;
    if (isIndexed) indexDigests(index, blocks);
    await wal?.prune(log);
    await index.ready();
  }

  async #beginFrom({ epochs: begun, edges, frontiers }: Snapshot): Promise<void> {
    const { tiles, bodies, database, epochs, wal, extent } = this.#parts;
    const { state: past } = this;
    const last = begun.at(-1);
    if (last === undefined || this.#history !== null || last.end.height <= past.tip.height) {
      throw new Error('a snapshot that does not lead further');
    }
    const state = stateBefore(past, {
      ending: endingBefore(begun, past),
      header: headerOf(last.end),
      digests: last.end.digests,
      frontiers,
      next: last.contents,
    });
    const missing = { toHeight: state.tip.height, toSize: state.logSize, edges };
    await tiles.writeEdges(state.logSize, edges);
    await tiles.sync();
    const pending = bodies.pendingIndex();
    const log = wal?.extentFor(state.tip.view) ?? extent;
    const { finalization } = last.end;
    const tip = { state, finalization, origins: firstOrigins(state) };
    const tiledTo = this.#tiledTo;
    this.#tiledTo = state.logSize;
    await database.commit([
      ...pending.writes,
      ...epochs.writesForSnapshot(begun, pending.position),
      ...state.gateways.map(({ index, nextSerial }) => put(keys.gateway(index), integer, nextSerial)),
      put(keys.finalization(finalization.height), finalizationCodec, finalization),
      put(keys.history(), historyCodec, rowOf(past, missing, tiledTo)),
      put(keys.head(), headCodec, this.#headRow(tip, log, pending.position)),
    ]);
    bodies.committed(pending);
    this.#history = this.#historyFrom({ missing, state: past });
    this.#tip = tip;
    await wal?.prune(log);
  }

  #historyFrom({ missing, state }: OpenedHistory): History {
    const { database, blocks, bodies, tiles, index } = this.#parts;
    const onComplete = (): void => {
      this.#history = null;
    };
    const parts = { database, blocks, bodies, tiles, index, queue: this.#queue, onComplete };
    return new History(parts, missing, state);
  }

  /** A broken invariant of the caller's, before anything is written. */
  #check(blocks: readonly ExecutedBlock[], finalization: Finalization): void {
    let parent: { readonly digests: readonly Uint8Array[] } = this.state.tip;
    for (const { block, endsEpoch } of blocks) {
      if (endsEpoch && block.height !== finalization.height) {
        throw new Error(`block ${block.height} ends its epoch without a finalization of its own`);
      }
      if (!equalDigests(block.parent.digests, parent.digests)) {
        throw new Error(`block ${block.height} does not continue the chain at ${this.state.tip.height}`);
      }
      const missing = block.refs.find((ref) => !this.#parts.bodies.has(ref));
      if (missing !== undefined) {
        throw new Error(`block ${block.height}: batch ${missing.origin}/${missing.seq} is not held`);
      }
      parent = block;
    }
    if (!equalDigests(parent.digests, finalization.digests)) {
      throw new Error(`the finalization of ${finalization.height} is not the last block's`);
    }
  }

  #writes(blocks: readonly ExecutedBlock[], { state, finalization }: AppliedTip): readonly Write[] {
    const before = this.state.gateways;
    const changed = state.gateways.filter((gateway, i) => gateway.nextSerial !== before[i]?.nextSerial);
    return [
      ...blocks.flatMap((block) => this.#parts.blocks.writesFor(block)),
      ...changed.map(({ index, nextSerial }) => put(keys.gateway(index), integer, nextSerial)),
      put(keys.finalization(finalization.height), finalizationCodec, finalization),
    ];
  }

  #headRow({ state, origins }: AppliedTip, log: LogExtent, batches: LogPosition): HeadRow {
    const { timeMs, ...point } = state.tip;
    return { point, timeMs, origins, frontiers: state.frontiers, log, batches, tiledTo: this.#tiledTo };
  }
}

/** The epoch before the last one of a snapshot: another of the snapshot, or this node's own. */
function endingBefore(begun: Snapshot['epochs'], past: LedgerState): KnownBeginning['ending'] {
  const before = begun.at(-2);
  if (before === undefined) {
    const { epoch, epochFirstHeight: firstHeight, registry } = enterEpoch(past);
    return { epoch, firstHeight, registry };
  }
  const { epoch, registry } = before.contents;
  return { epoch, firstHeight: before.end.height + 1, registry };
}
