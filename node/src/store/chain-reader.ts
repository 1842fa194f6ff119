import type { Blocks, Finalization } from '@hufu/consensus';
import { hashOf } from '@hufu/crypto';
import { certificatesFromFinalization, encodeBundle } from '@hufu/proof';
import type { LedgerState } from '../ledger/types.ts';
import type { BlockTable } from './block-table.ts';
import type { DigestIndex } from './digest-index/digest-index.ts';
import { type EntryReader, holdsDigest } from './entry-reader.ts';
import type { EpochTable } from './epoch-table.ts';
import { headerOf } from './header-of.ts';
import type { History } from './history.ts';
import type { LogProofs } from './log-proofs.ts';
import type { LogTiles } from './log-tiles.ts';
import { StoreError } from './store-error.ts';
import type {
  BlockRecord,
  BlockRow,
  BlocksLimit,
  CertifiedBlock,
  EpochBeginning,
  EpochRecord,
  PathPerSuite,
  StoredEntry,
} from './types.ts';

/** Records looked at for one search: half of the digest matches, the whole may not. */
const SPARE_CANDIDATES = 16;
const MAX_CANDIDATES = 4_096;

export interface ReaderParts {
  readonly genesisBytes: Uint8Array;
  readonly blocks: BlockTable;
  readonly epochs: EpochTable;
  readonly entries: EntryReader;
  readonly tiles: LogTiles;
  readonly proofs: LogProofs;
  readonly index: DigestIndex;
}

/** What can be asked of the finalized chain, as far as it is there. */
export abstract class ChainReader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  abstract get state(): LedgerState;
  abstract get history(): History | null;

  get genesisBytes(): Uint8Array {
    return this.#parts.genesisBytes;
  }

  async beginning(epoch: number): Promise<EpochBeginning | undefined> {
    const { epochs, proofs } = this.#parts;
    const contents = epochs.contents(epoch);
    const end = contents && epochs.record(epoch - 1)?.end;
    if (contents === undefined || !end) return undefined;
    const header = headerOf(end);
    if (this.#lacksEdge(header.logSize)) return undefined;
    return { contents, edges: await proofs.edgesAt(this.state, header) };
  }

  async block(height: number): Promise<BlockRecord | undefined> {
    this.#needBlock(height);
    return this.#parts.blocks.record(height);
  }

  async blocks(before: number | undefined, limit: number): Promise<readonly BlockRow[]> {
    const above = Math.min(before ?? Number.POSITIVE_INFINITY, this.state.tip.height + 1);
    this.#needBlock(above - 1);
    // A page ends where the missing part begins.
    const floor = this.history !== null && above > this.history.toHeight ? this.history.toHeight : 0;
    return this.#parts.blocks.below(above, Math.min(limit, above - 1 - floor));
  }

  async finalizedBlocks(fromHeight: number, limit: BlocksLimit): Promise<Blocks | undefined> {
    const { blocks, epochs } = this.#parts;
    const first = blocks.row(Math.max(1, fromHeight));
    if (first === undefined) return undefined;
    const { height } = first.block;
    const past = this.history;
    const { tip } = past !== null && height <= past.toHeight ? past.state : this.state;
    const lastHeight = epochs.lastHeight(epochs.epochOf(first.headerBytes)) ?? tip.height;
    return blocks.finalized(height, { ...limit, lastHeight: Math.min(lastHeight, tip.height) });
  }

  async finalizationAt(height: number): Promise<Finalization | undefined> {
    this.#needBlock(height);
    return this.#parts.blocks.finalizationAt(height);
  }

  async certifiedAt(height: number): Promise<CertifiedBlock | undefined> {
    this.#needBlock(height);
    return this.#parts.blocks.certifiedAt(height);
  }

  async epochs(before: number | undefined, limit: number): Promise<readonly EpochRecord[]> {
    const { epochs } = this.#parts;
    const above = Math.min(before ?? Number.POSITIVE_INFINITY, (await epochs.newest()) + 1);
    const records = Array.from({ length: Math.min(limit, above) }, (_, i) => epochs.record(above - 1 - i));
    return records.filter((record) => record !== undefined);
  }

  async epoch(epoch: number): Promise<EpochRecord | undefined> {
    return this.#parts.epochs.record(epoch);
  }

  async entry(index: number): Promise<StoredEntry | undefined> {
    return (await this.entries(index, 1))[0];
  }

  async entries(first: number, count: number): Promise<readonly StoredEntry[]> {
    const end = Math.min(first + count, this.state.logSize);
    this.#needEntries(first, end);
    return this.#parts.entries.entries(first, end);
  }

  async entryBySerial(gateway: number, serial: number): Promise<StoredEntry | undefined> {
    const index = await this.#parts.entries.indexOfSerial(gateway, serial);
    if (index === undefined && this.history !== null) throw incomplete(`serial ${serial}`);
    return index === undefined ? undefined : this.entry(index);
  }

  async search(digest: Uint8Array, limit: number): Promise<readonly StoredEntry[]> {
    if (this.#parts.index.coveredTo < this.state.logSize) throw incomplete('the index of digests');
    // Threat: a gateway may anchor, as digests, values that begin like another's in order to hide it.
    for (let asked = limit + SPARE_CANDIDATES; ; asked *= 8) {
      const candidates = await this.#parts.index.find(digest, Math.min(asked, MAX_CANDIDATES));
      const found = await this.#holding(digest, candidates, limit);
      if (found.length === limit || candidates.length < asked || asked >= MAX_CANDIDATES) return found;
    }
  }

  async inclusionPath(index: number, size: number): Promise<PathPerSuite | undefined> {
    const isInRange = isUint(index) && index < size && this.#isSize(size);
    if (isInRange) this.#needTree(index, size);
    return isInRange ? this.#parts.proofs.inclusionPath(this.state, index, size) : undefined;
  }

  async consistencyPath(first: number, second: number): Promise<PathPerSuite | undefined> {
    const isInRange = isUint(first) && first <= second && this.#isSize(second);
    if (isInRange) this.#needTree(Math.max(0, first - 1), second);
    return isInRange ? this.#parts.proofs.consistencyPath(this.state, first, second) : undefined;
  }

  async rangeProof(first: number, count: number, size: number): Promise<PathPerSuite | undefined> {
    const isInRange =
      isUint(first) && isUint(count) && count > 0 && first + count <= size && this.#isSize(size);
    if (isInRange) this.#needTree(first, size);
    return isInRange ? this.#parts.proofs.rangeProof(this.state, first, count, size) : undefined;
  }

  async rootsAt(size: number): Promise<readonly Uint8Array[] | undefined> {
    if (!this.#isSize(size)) return undefined;
    this.#needTree(Math.max(0, size - 1), size);
    return this.#parts.proofs.rootsAt(this.state, size);
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

  /** Rejects with `history-incomplete` while the block is not there. */
  #needBlock(height: number): void {
    if (this.history?.lacksBlock(height)) throw incomplete(`block ${height}`);
  }

  #needEntries(first: number, end: number): void {
    if (this.history?.lacksEntries(first, end)) throw incomplete(`entries ${first} … ${end - 1}`);
  }

  /** A snapshot brings the log's edge at its own size, not at those that it leaves out. */
  #lacksEdge(size: number): boolean {
    const past = this.history;
    return past !== null && size > past.state.logSize && size < past.toSize;
  }

  /**
   * What a proof reads about the entries from `first` on in the log's first `size`: of a past that is there, all; else, only
   * what lies right of the edge that the snapshot brought.
   */
  #needTree(first: number, size: number): void {
    if (this.history === null || size <= this.history.state.logSize) return;
    this.#needEntries(first, size);
  }
}

function incomplete(what: string): StoreError {
  return new StoreError('history-incomplete', `${what}: this node has not fetched it yet`);
}

function isUint(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
