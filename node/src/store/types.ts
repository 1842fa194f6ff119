import type {
  Batch,
  BatchRef,
  Blocks,
  Epoch,
  Finalization,
  HeaderDigests,
  Recovery,
  StoredBlock,
} from '@hufu/consensus';
import type { Frontier } from '@hufu/proof';
import type { StateContents } from '../ledger/index.ts';
import type { AppliedRange, DroppedGroup, ExecutedBlock, LedgerState, NextEpoch } from '../ledger/types.ts';
import type { LoggedRecord } from '../wire/index.ts';
import type { PartCondition } from './damage.ts';
import type { LogEdge } from './log-edge.ts';

/**
 * Durable storage of one node. Rules the host may rely on:
 *
 * - A promise that resolves means the data survives a power cut.
 * - After a crash at any byte, `openStore` finds the last applied block and everything appended before a
 *   promise resolved; what was not yet promised may be there or not.
 * - If the write-ahead log or anything else promised is missing or damaged, `condition` says so: the node must
 *   then start as an observer and sign nothing.
 */
export interface Store {
  readonly condition: StoreCondition;
  /** What reading has shown of the parts so far. Damage found here spoils answers, not votes: the node goes on. */
  readonly parts: readonly PartCondition[];
  readonly log: WriteAheadLog;
  readonly batches: BatchStore;
  readonly chain: ChainStore;
  /**
   * What `init` of the consensus core needs: ask when the store was opened, before anything is written, and again when a
   * block that ends an epoch was applied. That block is then the next epoch's genesis, and the log is empty.
   */
  recovery(): Promise<Recovery>;
  /** Bytes on disk by part, for metrics. */
  sizes(): Promise<StoreSizes>;
  /** Waits for what is under way, then closes all files. */
  close(): Promise<void>;
}

export type StoreCondition =
  /** Nothing was there: a new node, or one whose data directory is new. */
  | { readonly kind: 'fresh' }
  /** `tornBytes`: what a crash left half-written, and never promised, at the ends of the files. */
  | { readonly kind: 'sound'; readonly tornBytes: number }
  | { readonly kind: 'damaged'; readonly findings: readonly string[] };

export interface StoreSizes {
  readonly logBytes: number;
  readonly batchBytes: number;
  readonly tileBytes: number;
  readonly indexBytes: number;
  readonly databaseBytes: number;
}

/**
 * Consensus write-ahead log. Concurrent appends share one write and one fdatasync. When the store is damaged it
 * keeps nothing: the node then signs nothing that it would have to remember.
 */
export interface WriteAheadLog {
  append(records: readonly LoggedRecord[]): Promise<void>;
}

/** Batch bodies, durable before they are acknowledged. */
export interface BatchStore {
  /** Batches already held are not written again. */
  put(batches: readonly Batch[]): Promise<void>;
  has(ref: BatchRef): boolean;
  get(ref: BatchRef): Promise<Batch | undefined>;
}

/** Bounds on one answer to a peer that catches up. */
export interface BlocksLimit {
  readonly maxBlocks: number;
}

/** A finalized block as kept, without what became of its items: those may be very many. */
export interface BlockRow {
  readonly block: StoredBlock;
  readonly headerBytes: Uint8Array;
  readonly firstIndex: number;
  readonly entryCount: number;
}

/** All that is kept of a finalized block. */
export interface BlockRecord extends BlockRow {
  readonly applied: readonly AppliedRange[];
  readonly dropped: readonly DroppedGroup[];
}

/** One entry of the log with the block that holds it. `bytes` is the leaf, exactly as hashed. */
export interface StoredEntry {
  readonly index: number;
  readonly height: number;
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

/** A certified block: its header and certificate prove every entry below `logSize`. */
export interface CertifiedBlock {
  readonly record: BlockRow;
  readonly finalization: Finalization;
}

/** The last block of an epoch, made final by a certificate of its own. */
export interface EpochEnd {
  readonly height: number;
  readonly digests: HeaderDigests;
  readonly headerBytes: Uint8Array;
  readonly finalization: Finalization;
}

/** An epoch that has begun, or is to begin with the next block. */
export interface EpochRecord extends NextEpoch {
  readonly epoch: Epoch;
  readonly firstHeight: number;
  /** Its last block, whose header names the next validators; null while the epoch goes on. */
  readonly end: EpochEnd | null;
}

/** One epoch of a snapshot: the state that it began with, and the last block of the epoch before. */
export interface SnapshotEpoch {
  readonly contents: StateContents;
  readonly end: EpochEnd;
}

/**
 * All that a node needs to go on from the beginning of an epoch without having executed what came before. Whoever makes
 * one has checked every part of it against certified headers.
 */
export interface Snapshot {
  /** From the one after this node's own on; it goes on in the last. */
  readonly epochs: readonly SnapshotEpoch[];
  /** The log's right edge where the last of them begins, one per suite, and what follows from it. */
  readonly edges: readonly LogEdge[];
  readonly frontiers: readonly Frontier[];
}

/** What a peer needs to begin in an epoch. */
export interface EpochBeginning {
  readonly contents: StateContents;
  readonly edges: readonly LogEdge[];
}

/** What a node that began from a snapshot still lacks of the past: blocks after `state` and up to `toHeight`. */
export interface HistoryStore {
  /** After the last block of the past that is there. */
  readonly state: LedgerState;
  readonly toHeight: number;
  /** Entries up to that block. */
  readonly toSize: number;
  /** As `ChainStore.apply`, of the blocks that come next; with the last one the history is complete. */
  apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void>;
}

/** Hashes per suite, in the genesis's suite order. */
export type PathPerSuite = readonly (readonly Uint8Array[])[];

/**
 * What is handed out was checked: entries by their batch's checksum, proofs against finalized roots. A read that finds
 * other bytes on disk rejects with a StoreError, `tiles-damaged` or `batches-damaged`; one of the past that a snapshot left
 * out and is not there yet, with `history-incomplete`.
 */
export interface ChainStore {
  readonly genesisBytes: Uint8Array;
  /** The state after the last applied block. */
  readonly state: LedgerState;
  /** The last applied block's certificate; null at genesis. */
  readonly finalization: Finalization | null;

  /**
   * Makes finalized blocks durable, in height order, the last certified by `finalization`. Calls are queued;
   * on resolution everything below is readable. Throws on a block that does not continue the chain, and on one that
   * ends an epoch and is not the last.
   */
  apply(blocks: readonly ExecutedBlock[], finalization: Finalization): Promise<void>;

  /** What is missing of the past; null when nothing is. */
  readonly history: HistoryStore | null;
  /**
   * Goes on from the snapshot, whose last epoch begins above the tip; what lies between becomes the history to be fetched.
   * Throws when the history is incomplete already.
   */
  beginFrom(snapshot: Snapshot): Promise<void>;
  /**
   * Adds to the index of digests some of the entries that came while the past before them was missing, and says whether
   * there are more. Without it they are added when the store is opened again; searches are `history-incomplete` until then.
   */
  indexMore(): Promise<boolean>;
  /**
   * How an epoch after the first began; undefined when it has not, or when this part of the past is missing. Rejects with the
   * StoreError `tiles-damaged`.
   */
  beginning(epoch: number): Promise<EpochBeginning | undefined>;

  block(height: number): Promise<BlockRecord | undefined>;
  /** Newest first, at most `limit`, heights below `before` (from the tip when undefined). */
  blocks(before: number | undefined, limit: number): Promise<readonly BlockRow[]>;
  /**
   * Duty 9 of the consensus host: what to send a peer that asks for blocks; undefined when there is nothing. Ends with
   * an epoch at the latest: the blocks after it are certified by others.
   */
  finalizedBlocks(fromHeight: number, limit: BlocksLimit): Promise<Blocks | undefined>;
  /** The certificate of exactly this height, when it was certified directly. */
  finalizationAt(height: number): Promise<Finalization | undefined>;
  /** The first directly certified block at or above `height`, which is of the same epoch. */
  certifiedAt(height: number): Promise<CertifiedBlock | undefined>;
  /** The newest `limit` epochs below `before`, or of all that have begun; newest first. */
  epochs(before: number | undefined, limit: number): Promise<readonly EpochRecord[]>;
  epoch(epoch: number): Promise<EpochRecord | undefined>;

  entry(index: number): Promise<StoredEntry | undefined>;
  /** At most `count` entries from `first` on, fewer at the log's end. */
  entries(first: number, count: number): Promise<readonly StoredEntry[]>;
  entryBySerial(gateway: number, serial: number): Promise<StoredEntry | undefined>;
  /** Entries holding this digest (either hash, 32 bytes), newest first, at most `limit`. */
  search(digest: Uint8Array, limit: number): Promise<readonly StoredEntry[]>;

  /** RFC 9162 inclusion path of `index` in the log's first `size` entries. Undefined: out of range. */
  inclusionPath(index: number, size: number): Promise<PathPerSuite | undefined>;
  consistencyPath(first: number, second: number): Promise<PathPerSuite | undefined>;
  rangeProof(first: number, count: number, size: number): Promise<PathPerSuite | undefined>;
  /** Root of the log's first `size` entries, per suite. */
  rootsAt(size: number): Promise<readonly Uint8Array[] | undefined>;
  /** The bytes of a `*.hufu.json` for one entry, or undefined when there is no such entry. */
  bundle(index: number): Promise<Uint8Array | undefined>;
}
