import type { Blocks, Finalization, OriginHead } from '@hufu/consensus';
import { equalBytes, hashOf } from '@hufu/crypto';
import { certificatesFromFinalization, encodeBundle } from '@hufu/proof';
import type { ExecutedBlock, LedgerState } from '../ledger/types.ts';
import { finalization as finalizationCodec } from '../wire/vote-codecs.ts';
import type { BatchBodies } from './batch-bodies.ts';
import type { BlockTable } from './block-table.ts';
import { type Database, put, type Write } from './database.ts';
import type { DigestIndex } from './digest-index/digest-index.ts';
import { type EntryReader, holdsDigest } from './entry-reader.ts';
import type { EpochTable } from './epoch-table.ts';
import { keys } from './keys.ts';
import type { LogProofs } from './log-proofs.ts';
import type { LogTiles } from './log-tiles.ts';
import { type HeadRow, head as headCodec, integer, type LogExtent } from './rows.ts';
import type { LogPosition } from './segment-scan.ts';
import type {
  BlockRecord,
  BlocksLimit,
  CertifiedBlock,
  ChainStore,
  EpochRecord,
  PathPerSuite,
  StoredEntry,
} from './types.ts';
import type { Wal } from './wal.ts';

/** Entries whose tiles may be lost in a power cut, and are then computed again: under a second's work. */
const MAX_UNSYNCED_ENTRIES = 65_536;
/** Records looked at for one search: half of the digest matches, the whole may not. */
const SPARE_CANDIDATES = 16;
const MAX_CANDIDATES = 4_096;

export interface ChainParts {
  readonly genesisBytes: Uint8Array;
  readonly database: Database;
  readonly blocks: BlockTable;
  readonly epochs: EpochTable;
  readonly bodies: BatchBodies;
  readonly entries: EntryReader;
  readonly tiles: LogTiles;
  readonly proofs: LogProofs;
  readonly index: DigestIndex;
  /** Null when it is damaged: `extent` then stays what the database says. */
  readonly wal: Wal | null;
  readonly extent: LogExtent;
}

/** Where the chain stands. */
export interface ChainTip {
  readonly state: LedgerState;
  readonly finalization: Finalization | null;
  readonly origins: readonly OriginHead[];
}

/** A tip above genesis is certified. */
type AppliedTip = ChainTip & { readonly finalization: Finalization };

/**
 * The finalized chain. A block becomes part of it by one synced write to the database; the batch bodies that this
 * refers to are durable before. Tiles and the digest index follow from the bodies: they are written in passing, and
 * what a crash takes of them is computed again.
 */
export class Chain implements ChainStore {
  readonly #parts: ChainParts;
  #tip: ChainTip;
  #tiledTo: number;
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: ChainParts, tip: ChainTip) {
    this.#parts = parts;
    this.#tip = tip;
    this.#tiledTo = tip.state.logSize;
  }

  get genesisBytes(): Uint8Array {
    return this.#parts.genesisBytes;
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

  apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void> {
    const applied = this.#queue.then(() => this.#apply(blocks, finalization));
    // A failure is the caller's to handle; the next call fails by itself, as it does not continue the chain.
    this.#queue = applied.catch(() => undefined);
    return applied;
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  async block(height: number): Promise<BlockRecord | undefined> {
    return this.#parts.blocks.record(height);
  }

  blocks(before: number | undefined, limit: number): Promise<readonly BlockRecord[]> {
    const above = this.state.tip.height + 1;
    return this.#parts.blocks.below(Math.min(before ?? above, above), limit);
  }

  async finalizedBlocks(fromHeight: number, limit: BlocksLimit): Promise<Blocks | undefined> {
    const { blocks, epochs } = this.#parts;
    const first = blocks.row(Math.max(1, fromHeight));
    if (first === undefined) return undefined;
    const lastHeight = epochs.lastHeight(epochs.epochOf(first.headerBytes)) ?? this.state.tip.height;
    return blocks.finalized(first.block.height, { ...limit, lastHeight });
  }

  async finalizationAt(height: number): Promise<Finalization | undefined> {
    return this.#parts.blocks.finalizationAt(height);
  }

  certifiedAt(height: number): Promise<CertifiedBlock | undefined> {
    return this.#parts.blocks.certifiedAt(height);
  }

  async epochs(): Promise<readonly EpochRecord[]> {
    const newest = await this.#parts.epochs.newest();
    const records = Array.from({ length: newest + 1 }, (_, epoch) => this.#parts.epochs.record(epoch));
    return records.filter((record) => record !== undefined);
  }

  async epoch(epoch: number): Promise<EpochRecord | undefined> {
    return this.#parts.epochs.record(epoch);
  }

  async entry(index: number): Promise<StoredEntry | undefined> {
    return (await this.entries(index, 1))[0];
  }

  async entries(first: number, count: number): Promise<readonly StoredEntry[]> {
    return this.#parts.entries.entries(first, Math.min(first + count, this.state.logSize));
  }

  async entryBySerial(gateway: number, serial: number): Promise<StoredEntry | undefined> {
    const index = await this.#parts.entries.indexOfSerial(gateway, serial);
    return index === undefined ? undefined : this.entry(index);
  }

  async search(digest: Uint8Array, limit: number): Promise<readonly StoredEntry[]> {
    // Threat: a gateway may anchor, as digests, values that begin like another's in order to hide it.
    for (let asked = limit + SPARE_CANDIDATES; ; asked *= 8) {
      const candidates = await this.#parts.index.find(digest, Math.min(asked, MAX_CANDIDATES));
      const found = await this.#holding(digest, candidates, limit);
      if (found.length === limit || candidates.length < asked || asked >= MAX_CANDIDATES) return found;
    }
  }

  async inclusionPath(index: number, size: number): Promise<PathPerSuite | undefined> {
    const isInRange = isUint(index) && index < size && this.#isSize(size);
    return isInRange ? this.#parts.proofs.inclusionPath(this.state, index, size) : undefined;
  }

  async consistencyPath(first: number, second: number): Promise<PathPerSuite | undefined> {
    const isInRange = isUint(first) && first <= second && this.#isSize(second);
    return isInRange ? this.#parts.proofs.consistencyPath(this.state, first, second) : undefined;
  }

  async rangeProof(first: number, count: number, size: number): Promise<PathPerSuite | undefined> {
    const isInRange =
      isUint(first) && isUint(count) && count > 0 && first + count <= size && this.#isSize(size);
    return isInRange ? this.#parts.proofs.rangeProof(this.state, first, count, size) : undefined;
  }

  async rootsAt(size: number): Promise<readonly Uint8Array[] | undefined> {
    return this.#isSize(size) ? this.#parts.proofs.rootsAt(this.state, size) : undefined;
  }

  async bundle(index: number): Promise<Uint8Array | undefined> {
    const entry = await this.entry(index);
    const certified = entry && (await this.certifiedAt(entry.height));
    if (entry === undefined || certified === undefined) return undefined;
    const { epochs } = this.#parts;
    const { record, finalization } = certified;
    const epoch = epochs.epochOf(record.headerBytes);
    const logSize = record.firstIndex + record.entryCount;
    const paths = await this.#parts.proofs.entryPath(this.state, entry, logSize);
    const named = this.state.suites.map((suite, i) => [hashOf(suite), paths[i] ?? []] as const);
    return encodeBundle({
      genesis: this.genesisBytes,
      records: [{ entry: entry.bytes, index, paths: Object.fromEntries(named) }],
      logSize,
      header: record.headerBytes,
      certificates: certificatesFromFinalization(finalization, epochs.context(epoch)),
      epochChain: epochs.stepsTo(epoch),
    });
  }

  async #holding(digest: Uint8Array, candidates: readonly number[], limit: number): Promise<StoredEntry[]> {
    const found: StoredEntry[] = [];
    for (const index of new Set(candidates)) {
      if (found.length === limit) break;
      const entry = await this.entry(index);
      if (entry !== undefined && holdsDigest(entry, digest)) found.push(entry);
    }
    return found;
  }

  #isSize(size: number): boolean {
    return isUint(size) && size <= this.state.logSize;
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
      ...this.#parts.epochs.writesFor(last, pending.position),
      put(keys.head(), headCodec, head),
    ]);
    bodies.committed(pending);
    this.#tip = tip;
    for (const { applied, digests } of blocks) {
      applied.forEach(({ firstIndex, count }, i) => {
        index.add(firstIndex, count, digests[i] ?? { bytes: new Uint8Array(0), records: new Uint32Array(0) });
      });
    }
    await wal?.prune(log);
    await index.ready();
  }

  /** A broken invariant of the caller's, before anything is written. */
  #check(blocks: readonly ExecutedBlock[], finalization: Finalization): void {
    let parent: { readonly digests: readonly Uint8Array[] } = this.state.tip;
    for (const { block, endsEpoch } of blocks) {
      if (endsEpoch && block.height !== finalization.height) {
        throw new Error(`block ${block.height} ends its epoch without a finalization of its own`);
      }
      if (!sameDigests(block.parent.digests, parent.digests)) {
        throw new Error(`block ${block.height} does not continue the chain at ${this.state.tip.height}`);
      }
      const missing = block.refs.find((ref) => !this.#parts.bodies.has(ref));
      if (missing !== undefined) {
        throw new Error(`block ${block.height}: batch ${missing.origin}/${missing.seq} is not held`);
      }
      parent = block;
    }
    if (!sameDigests(parent.digests, finalization.digests)) {
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

/** How far each origin's batches are; of the next epoch's origins when the last block ends its own. */
function originsAfter(
  origins: readonly OriginHead[],
  blocks: readonly ExecutedBlock[],
): readonly OriginHead[] {
  const last = blocks.at(-1);
  if (last?.endsEpoch) return firstOrigins(last);
  const after = [...origins];
  for (const { block } of blocks) {
    for (const { origin, seq, digest } of block.refs)
      after[origin] = { nextSeq: seq + 1, lastDigest: digest };
  }
  return after;
}

/** The last block of an epoch stands before the first batch of every origin of the next. */
function firstOrigins({ block, state }: ExecutedBlock): readonly OriginHead[] {
  const [lastDigest] = block.digests;
  if (state.next === null || lastDigest === undefined) throw new Error(`block ${block.height} ends no epoch`);
  return state.next.validators.validators.map(() => ({ nextSeq: 0, lastDigest }));
}

function sameDigests(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((digest, i) => equalBytes(digest, b[i] ?? new Uint8Array(0)));
}

function isUint(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
