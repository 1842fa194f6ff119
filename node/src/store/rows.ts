import type { BlockPoint, Finalization, OriginHead } from '@hufu/consensus';
import { HASH_BYTES } from '@hufu/crypto';
import type { Frontier, Peak } from '@hufu/proof';
import { type AppliedRange, DROP_REASONS, type DroppedGroup } from '../ledger/types.ts';
import { storedBlock } from '../wire/block-codecs.ts';
import { type Codec, readAll, readNested, writeAll, writeNested } from '../wire/nested.ts';
import { blockPoint, readDigest } from '../wire/point-codecs.ts';
import { finalization } from '../wire/vote-codecs.ts';
import type { LogEdge } from './log-edge.ts';
import type { ItemLocation, LogPosition } from './segment-scan.ts';
import type { BlockRow } from './types.ts';

/** What the database keeps under each key (keys.ts). Encoded as messages are: canonical protobuf. */

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
const MAX_UINT32 = 0xffff_ffff;
/** Rows were written by this program: their lists are as long as they are. */
const UNBOUNDED = MAX_INTEGER;

/** A bare integer. */
export const integer: Codec<number> = {
  write: (writer, value) => writer.uint(1, value),
  read: (reader) => reader.uint(1, MAX_INTEGER),
};

export interface MetaRow {
  /** Version of everything in the directory. */
  readonly format: number;
  /** The chain's id under its first suite. */
  readonly chainId: Uint8Array;
}

export const meta: Codec<MetaRow> = {
  write(writer, row) {
    writer.uint(1, row.format);
    writer.bytes(2, row.chainId);
  },
  read: (reader) => ({ format: reader.uint(1, MAX_INTEGER), chainId: readDigest(reader, 2) }),
};

/** Frames of the write-ahead log that there must be: from `first` or earlier to `last` or later. */
export interface LogExtent {
  readonly first: number;
  readonly last: number;
}

export interface HeadRow {
  readonly point: BlockPoint;
  readonly timeMs: number;
  readonly origins: readonly OriginHead[];
  /** One per suite. */
  readonly frontiers: readonly Frontier[];
  readonly log: LogExtent;
  /** Batches below are in the database; those above are found by reading the batch files. */
  readonly batches: LogPosition;
  /** The tiles of this many entries are durable; the others are computed again after a crash. */
  readonly tiledTo: number;
}

const originHead: Codec<OriginHead> = {
  write(writer, head) {
    writer.uint(1, head.nextSeq);
    writer.bytes(2, head.lastDigest);
  },
  read: (reader) => ({ nextSeq: reader.uint(1, MAX_INTEGER), lastDigest: readDigest(reader, 2) }),
};

/** Levels follow from the size, so the hashes are enough. */
const frontier: Codec<Frontier> = {
  write(writer, { size, peaks }) {
    writer.uint(1, size);
    writer.repeatedBytes(
      2,
      peaks.map((peak) => peak.hash),
    );
  },
  read(reader) {
    const size = reader.uint(1, MAX_INTEGER);
    const levels = peakLevels(size);
    const hashes = reader.repeatedBytes(2, HASH_BYTES, HASH_BYTES, levels.length);
    if (hashes.length !== levels.length) reader.fail('field 2: not one hash per peak');
    const peaks: Peak[] = hashes.map((hash, i) => ({ level: levels[i] ?? 0, hash }));
    return { size, peaks };
  },
};

/** Levels of the complete subtrees that a log of `size` falls into, largest first: the 1 bits of `size`. */
function peakLevels(size: number): number[] {
  const levels: number[] = [];
  for (let rest = size, level = 0; rest > 0; rest = Math.floor(rest / 2), level++) {
    if (rest % 2 === 1) levels.unshift(level);
  }
  return levels;
}

const logExtent: Codec<LogExtent> = {
  write(writer, extent) {
    writer.uint(1, extent.first);
    writer.uint(2, extent.last);
  },
  read: (reader) => ({ first: reader.uint(1, MAX_INTEGER), last: reader.uint(2, MAX_INTEGER) }),
};

const logPosition: Codec<LogPosition> = {
  write(writer, position) {
    writer.uint(1, position.segment);
    writer.uint(2, position.offset);
    writer.uint(3, position.nextSequence);
  },
  read: (reader) => ({
    segment: reader.uint(1, MAX_INTEGER),
    offset: reader.uint(2, MAX_INTEGER),
    nextSequence: reader.uint(3, MAX_INTEGER),
  }),
};

export const head: Codec<HeadRow> = {
  write(writer, row) {
    writeNested(writer, 1, blockPoint, row.point);
    writer.uint(2, row.timeMs);
    writeAll(writer, 3, originHead, row.origins);
    writeAll(writer, 4, frontier, row.frontiers);
    writeNested(writer, 5, logExtent, row.log);
    writeNested(writer, 6, logPosition, row.batches);
    writer.uint(7, row.tiledTo);
  },
  read: (reader) => ({
    point: readNested(reader, 1, blockPoint),
    timeMs: reader.uint(2, MAX_INTEGER),
    origins: readAll(reader, 3, originHead, UNBOUNDED),
    frontiers: readAll(reader, 4, frontier, UNBOUNDED),
    log: readNested(reader, 5, logExtent),
    batches: readNested(reader, 6, logPosition),
    tiledTo: reader.uint(7, MAX_INTEGER),
  }),
};

export const block: Codec<BlockRow> = {
  write(writer, row) {
    writeNested(writer, 1, storedBlock, row.block);
    writer.bytes(2, row.headerBytes);
    writer.uint(3, row.firstIndex);
    writer.uint(4, row.entryCount);
  },
  read: (reader) => ({
    block: readNested(reader, 1, storedBlock),
    headerBytes: reader.requiredBytes(2, 1, UNBOUNDED),
    firstIndex: reader.uint(3, MAX_INTEGER),
    entryCount: reader.uint(4, MAX_INTEGER),
  }),
};

export interface OutcomeRow {
  readonly applied: readonly AppliedRange[];
  readonly dropped: readonly DroppedGroup[];
}

const appliedRange: Codec<AppliedRange> = {
  write(writer, range) {
    if (range.gateway !== null) writer.optionalUint(1, range.gateway);
    writer.uint(2, range.firstSerial);
    writer.uint(3, range.count);
    writer.uint(4, range.firstIndex);
    writer.uint(5, range.batch);
    writer.uint(6, range.submission);
  },
  read: (reader) => ({
    gateway: reader.optionalUint(1, MAX_INTEGER) ?? null,
    firstSerial: reader.uint(2, MAX_INTEGER),
    count: reader.uint(3, MAX_INTEGER),
    firstIndex: reader.uint(4, MAX_INTEGER),
    batch: reader.uint(5, MAX_INTEGER),
    submission: reader.uint(6, MAX_INTEGER),
  }),
};

/** The reason is kept as its position in DROP_REASONS; of how many there are, those beside the first. */
const droppedGroup: Codec<DroppedGroup> = {
  write(writer, row) {
    if (row.gateway !== null) writer.optionalUint(1, row.gateway);
    writer.uint(2, row.firstSerial);
    writer.uint(3, row.count);
    writer.uint(4, DROP_REASONS.indexOf(row.reason));
    writer.uint(5, row.batch);
    writer.uint(6, row.submission);
    writer.uint(7, row.submissions - 1);
  },
  read(reader) {
    const gateway = reader.optionalUint(1, MAX_INTEGER) ?? null;
    const firstSerial = reader.uint(2, MAX_INTEGER);
    const count = reader.uint(3, MAX_INTEGER);
    const reason = DROP_REASONS[reader.uint(4, DROP_REASONS.length - 1)] ?? 'malformed-batch';
    const batch = reader.uint(5, MAX_INTEGER);
    const submission = reader.uint(6, MAX_INTEGER);
    const submissions = 1 + reader.uint(7, MAX_UINT32);
    return { gateway, firstSerial, count, reason, batch, submission, submissions };
  },
};

/** Encoded size of what happened to an item, mostly. A block may apply a quarter of a million of them. */
const RANGE_BYTES = 32;

export const outcome: Codec<OutcomeRow> = {
  write(writer, row) {
    writeAll(writer, 1, appliedRange, row.applied, RANGE_BYTES);
    writeAll(writer, 2, droppedGroup, row.dropped, RANGE_BYTES);
  },
  read: (reader) => ({
    applied: readAll(reader, 1, appliedRange, UNBOUNDED),
    dropped: readAll(reader, 2, droppedGroup, UNBOUNDED),
  }),
};

export interface EpochRow {
  readonly firstHeight: number;
  /** The governance document that it began with. */
  readonly document: Uint8Array;
  /** Its batches are in the batch files from here on. */
  readonly batches: LogPosition;
  /** Every gateway's next serial when it began, by index. */
  readonly serials: readonly number[];
}

export const epoch: Codec<EpochRow> = {
  write(writer, row) {
    writer.uint(1, row.firstHeight);
    writer.bytes(2, row.document);
    writeNested(writer, 3, logPosition, row.batches);
    writeAll(writer, 4, integer, row.serials);
  },
  read: (reader) => ({
    firstHeight: reader.uint(1, MAX_INTEGER),
    document: reader.requiredBytes(2, 1, UNBOUNDED),
    batches: readNested(reader, 3, logPosition),
    serials: readAll(reader, 4, integer, UNBOUNDED),
  }),
};

export interface EpochEndRow {
  readonly headerBytes: Uint8Array;
  readonly finalization: Finalization;
}

export const epochEnd: Codec<EpochEndRow> = {
  write(writer, row) {
    writer.bytes(1, row.headerBytes);
    writeNested(writer, 2, finalization, row.finalization);
  },
  read: (reader) => ({
    headerBytes: reader.requiredBytes(1, 1, UNBOUNDED),
    finalization: readNested(reader, 2, finalization),
  }),
};

/** Blocks after `point` and up to `toHeight`, and entries below `toSize`, are not there yet. */
export interface HistoryRow {
  /** The last block that is, or the genesis. */
  readonly point: BlockPoint;
  readonly timeMs: number;
  /** One per suite. */
  readonly frontiers: readonly Frontier[];
  /** Every gateway's next serial after it, by index. */
  readonly serials: readonly number[];
  /** As in HeadRow, of the entries up to `point`. */
  readonly tiledTo: number;
  readonly toHeight: number;
  readonly toSize: number;
  /** The log's right edge at `toSize`, one per suite. */
  readonly edges: readonly LogEdge[];
}

const edge: Codec<LogEdge> = {
  write: (writer, levels) => writer.repeatedBytes(1, levels),
  read: (reader) => reader.repeatedBytes(1, 0, UNBOUNDED, UNBOUNDED),
};

export const history: Codec<HistoryRow> = {
  write(writer, row) {
    writeNested(writer, 1, blockPoint, row.point);
    writer.uint(2, row.timeMs);
    writeAll(writer, 3, frontier, row.frontiers);
    writeAll(writer, 4, integer, row.serials);
    writer.uint(5, row.tiledTo);
    writer.uint(6, row.toHeight);
    writer.uint(7, row.toSize);
    writeAll(writer, 8, edge, row.edges);
  },
  read: (reader) => ({
    point: readNested(reader, 1, blockPoint),
    timeMs: reader.uint(2, MAX_INTEGER),
    frontiers: readAll(reader, 3, frontier, UNBOUNDED),
    serials: readAll(reader, 4, integer, UNBOUNDED),
    tiledTo: reader.uint(5, MAX_INTEGER),
    toHeight: reader.uint(6, MAX_INTEGER),
    toSize: reader.uint(7, MAX_INTEGER),
    edges: readAll(reader, 8, edge, UNBOUNDED),
  }),
};

/** Where a batch body is. Its own fields are read from there. */
export const batchLocation: Codec<ItemLocation> = {
  write(writer, location) {
    writer.uint(1, location.segment);
    writer.uint(2, location.offset);
    writer.uint(3, location.size);
    writer.uint(4, location.crc);
  },
  read: (reader) => ({
    segment: reader.uint(1, MAX_INTEGER),
    offset: reader.uint(2, MAX_INTEGER),
    size: reader.uint(3, MAX_UINT32),
    crc: reader.uint(4, MAX_UINT32),
  }),
};
