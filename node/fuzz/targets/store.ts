import { crc32 } from 'node:zlib';
import { asHeight, asView } from '@hufu/consensus';
import fc from 'fast-check';
import { Violation } from '../../sim/oracles/violation.ts';
import { encodeFrame, FRAME_HEADER_BYTES, parseFrame } from '../../src/store/frame.ts';
import {
  batchLocation,
  block,
  epoch,
  epochEnd,
  head,
  history,
  integer,
  meta,
  outcome,
} from '../../src/store/rows.ts';
import { batch as batchCodec } from '../../src/wire/block-codecs.ts';
import { type Codec, decode, encode } from '../../src/wire/nested.ts';
import { finalization as finalizationCodec } from '../../src/wire/vote-codecs.ts';
import { batch, finalization, storedBlock } from '../../test/wire/arbitraries.ts';
import { decoder, type Target } from '../target.ts';

/** Rows have no limit of their own: they are as long as what they hold. */
const MAX_ROW_BYTES = 262_144;
const SAMPLES = { numRuns: 30, seed: 1 } as const;

const DIGEST = new Uint8Array(32).fill(7);
const POINT = { view: asView(9), height: asHeight(8), digests: [DIGEST, DIGEST] };
const POSITION = { segment: 1, offset: 20, nextSequence: 3 };
/** 2^8 + 2^2 + 1 entries: three peaks. */
const FRONTIER = { size: 261, peaks: [8, 2, 0].map((level) => ({ level, hash: DIGEST })) };
const SERIALS = [0, 11, 300];
const RANGE = { gateway: 1, firstSerial: 7, count: 9, firstIndex: 261, batch: 1, submission: 3 };
const DROPPED = { ...RANGE, reason: 'serial-gap', submissions: 2 } as const;
const FINALIZATIONS = fc.sample(finalization, SAMPLES);

function row<T>(name: string, codec: Codec<T>, ...values: readonly T[]): Target {
  return decoder({
    name: `row-${name}`,
    seeds: values.map((value) => encode(codec, value)),
    maxBytes: MAX_ROW_BYTES,
    share: 20,
    decode: (bytes) => decode(codec, bytes),
    encode: (value) => encode(codec, value),
  });
}

const ROWS: readonly Target[] = [
  row('integer', integer, 0, 300),
  row('meta', meta, { format: 4, chainId: DIGEST }),
  row('head', head, {
    point: POINT,
    timeMs: 1_000,
    origins: [{ nextSeq: 4, lastDigest: DIGEST }],
    frontiers: [FRONTIER, FRONTIER],
    log: { first: 1, last: 70 },
    batches: POSITION,
    tiledTo: 256,
  }),
  row(
    'block',
    block,
    ...fc.sample(storedBlock, SAMPLES).map((each) => ({
      block: each,
      headerBytes: DIGEST,
      firstIndex: 261,
      entryCount: 9,
    })),
  ),
  row('outcome', outcome, {
    applied: [RANGE, { ...RANGE, gateway: null }],
    dropped: [DROPPED, { ...DROPPED, gateway: null, submissions: 1 }],
  }),
  row('epoch', epoch, { firstHeight: 9, document: DIGEST, batches: POSITION, serials: SERIALS }),
  row('epoch-end', epochEnd, ...FINALIZATIONS.map((each) => ({ headerBytes: DIGEST, finalization: each }))),
  row('history', history, {
    point: POINT,
    timeMs: 1_000,
    frontiers: [FRONTIER, FRONTIER],
    serials: SERIALS,
    tiledTo: 256,
    toHeight: 70,
    toSize: 3_000,
    edges: [[DIGEST, new Uint8Array(0)], [DIGEST]],
  }),
  row('finalization', finalizationCodec, ...FINALIZATIONS),
  row('batch', batchCodec, ...fc.sample(batch, SAMPLES)),
  row('batch-location', batchLocation, { segment: 1, offset: 20, size: 300, crc: 0xffff_ffff }),
];

/** A frame with the checksums of its table and header, where there is room for them. */
function sealed(bytes: Uint8Array): Uint8Array {
  const frame = Buffer.from(bytes);
  if (frame.length < FRAME_HEADER_BYTES) return frame;
  const table = frame.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + 8 * frame.readUInt32BE(12));
  frame.writeUInt32BE(crc32(table), 20);
  frame.writeUInt32BE(crc32(frame.subarray(0, 24)), 24);
  return new Uint8Array(frame);
}

/** A frame of the append-only files is written again just so, whatever follows it. */
const segmentFrame: Target = {
  name: 'segment-frame',
  seeds: [[], [DIGEST], [new Uint8Array(0), DIGEST, Uint8Array.of(1)]].map((items, i) =>
    Buffer.concat(encodeFrame(i + 1, items).parts),
  ),
  maxBytes: 65_536,
  share: 50,
  seal: sealed,
  accepts(bytes) {
    if (bytes.length === 0) return false;
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const frame = parseFrame(file, 0);
    if (frame.kind !== 'frame') return false;
    const items = frame.places.map(({ offset, size }) => bytes.subarray(offset, offset + size));
    const again = Buffer.concat(encodeFrame(frame.sequence, items).parts);
    if (!again.equals(bytes.subarray(0, frame.sizeBytes)))
      throw new Violation('one encoding', 'a frame is written otherwise');
    return true;
  },
};

export const STORE_TARGETS: readonly Target[] = [...ROWS, segmentFrame];
