import { readU64be, u64be } from '@hufu/crypto';

/**
 * The key spaces of the database: one leading byte, then big-endian integers, so that keys sort as their numbers
 * do. Numbers are never reused.
 */
const SPACE = {
  /** Format of this directory and the chain it belongs to. */
  meta: 1,
  /** The last applied block and what goes with it: the commit point. */
  head: 2,
  /** height → block, header, where its entries are in the log. */
  block: 3,
  /** height → what its submissions did. */
  outcome: 4,
  /** height → the finalization that certifies it directly. */
  finalization: 5,
  /** log index of a block's first entry → height. Only blocks with entries. */
  firstIndex: 6,
  /** gateway, its first serial in a block → height. */
  firstSerial: 7,
  /** gateway → its next serial. */
  gateway: 8,
  /** origin, seq, digest → where the batch is in the batch files. */
  batch: 9,
  /** epoch, from 1 → how it began. */
  epoch: 10,
  /** epoch → its last block's header, and the certificate of its own. */
  epochEnd: 11,
  /** What is not there yet of the past, in a node that began from a snapshot. */
  history: 12,
} as const;

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

function key(space: number, ...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return Buffer.concat([
    Uint8Array.of(space),
    ...parts.map((part) => (typeof part === 'number' ? u64be(part) : part)),
  ]);
}

/** First and last possible key of a range; both ends included. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lte: Uint8Array;
}

export const keys = {
  meta: (): Uint8Array => key(SPACE.meta),
  head: (): Uint8Array => key(SPACE.head),
  block: (height: number): Uint8Array => key(SPACE.block, height),
  outcome: (height: number): Uint8Array => key(SPACE.outcome, height),
  finalization: (height: number): Uint8Array => key(SPACE.finalization, height),
  firstIndex: (index: number): Uint8Array => key(SPACE.firstIndex, index),
  firstSerial: (gateway: number, serial: number): Uint8Array => key(SPACE.firstSerial, gateway, serial),
  gateway: (gateway: number): Uint8Array => key(SPACE.gateway, gateway),
  batch: (origin: number, seq: number, digest: Uint8Array): Uint8Array =>
    key(SPACE.batch, origin, seq, digest),
  epoch: (epoch: number): Uint8Array => key(SPACE.epoch, epoch),
  epochEnd: (epoch: number): Uint8Array => key(SPACE.epochEnd, epoch),
  history: (): Uint8Array => key(SPACE.history),
  /** The epoch of an epoch's key. */
  epochOf(epochKey: Uint8Array): number {
    const epoch = readU64be(epochKey, 1);
    if (epoch === undefined) throw new Error('a key without an epoch');
    return epoch;
  },
} as const;

export const ranges = {
  blocks: (from: number, to: number): KeyRange => ({ gte: keys.block(from), lte: keys.block(to) }),
  finalizations: (from: number, to: number): KeyRange => ({
    gte: keys.finalization(from),
    lte: keys.finalization(to),
  }),
  finalizationsFrom: (height: number): KeyRange => ranges.finalizations(height, MAX_INTEGER),
  firstIndexUpTo: (index: number): KeyRange => ({ gte: keys.firstIndex(0), lte: keys.firstIndex(index) }),
  firstSerialUpTo: (gateway: number, serial: number): KeyRange => ({
    gte: keys.firstSerial(gateway, 0),
    lte: keys.firstSerial(gateway, serial),
  }),
  /** Batches of an origin with one `seq`: one for each epoch, and forks. */
  batchesAt: (origin: number, seq: number): KeyRange => ({
    gte: key(SPACE.batch, origin, seq),
    lte: key(SPACE.batch, origin, seq, new Uint8Array(33).fill(0xff)),
  }),
  epochs: (): KeyRange => ({ gte: keys.epoch(0), lte: keys.epoch(MAX_INTEGER) }),
} as const;
