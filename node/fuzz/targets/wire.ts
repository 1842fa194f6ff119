import { asEpoch } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import { MAX_BATCH_PAYLOAD_BYTES, ProtoReader, ProtoWriter, parseGenesis } from '@hufu/proof';
import fc from 'fast-check';
import { Violation } from '../../sim/oracles/violation.ts';
import {
  chunkFrom,
  genesisState,
  isChunkOf,
  parseStateLeaves,
  prepareItems,
  stateLeaves,
  stateRoots,
} from '../../src/ledger/index.ts';
import { FrameDecoder, framePrefix } from '../../src/p2p/frames.ts';
import {
  type AnyMessage,
  decodeLogRecord,
  decodeMessage,
  encodeLogRecord,
  encodeMessage,
  MAX_MESSAGE_BYTES,
  MAX_STATE_LEAF_BYTES,
  MAX_STATE_LEAVES,
} from '../../src/wire/index.ts';
import { logRecord, message } from '../../test/wire/arbitraries.ts';
import { must, testdataFile, unwrapped } from '../corpus.ts';
import { decoder, type Target } from '../target.ts';
import { BATCH_PAYLOADS } from './proof.ts';

/** Seeds are the same in every run. */
const SAMPLES = { numRuns: 300, seed: 1 } as const;
const MESSAGES = fc.sample(message, SAMPLES).map(encodeMessage);

const STATE = genesisState(unwrapped(parseGenesis(testdataFile('example/genesis.json'))));
const { suites, chainId } = STATE;
const LEAVES = stateLeaves(STATE);
const CHUNKED = { suites, leafCount: LEAVES.length, stateRoot: stateRoots(STATE) };

const LEAF_FIELD = 1;

function encodeLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  const writer = new ProtoWriter(4_096);
  writer.repeatedBytes(LEAF_FIELD, leaves);
  return writer.finish();
}

function sent(body: AnyMessage): Uint8Array {
  return encodeMessage({ epoch: asEpoch(1), message: body });
}

function received(bytes: Uint8Array): AnyMessage | undefined {
  const decoded = decodeMessage(bytes);
  return decoded.ok ? decoded.value.message : undefined;
}

/** A peer's leaves pass only where they stand in the state. */
const stateChunk: Target = {
  name: 'state-chunk',
  seeds: LEAVES.map((_, first) =>
    sent({ kind: 'state-chunk', epoch: asEpoch(1), ...must(chunkFrom(LEAVES, suites, first)) }),
  ),
  maxBytes: MAX_MESSAGE_BYTES,
  share: 30,
  accepts(bytes) {
    const chunk = received(bytes);
    if (chunk?.kind !== 'state-chunk' || !isChunkOf(chunk, CHUNKED)) return false;
    const { first, leaves } = chunk;
    if (leaves.some((leaf, i) => Buffer.compare(leaf, must(LEAVES[first + i])) !== 0))
      throw new Violation('truth', 'another leaf than the state has');
    return true;
  },
};

/** Every item of a batch becomes something that applies or a reason to drop it. */
const batchItems: Target = {
  name: 'batch-items',
  seeds: BATCH_PAYLOADS,
  maxBytes: MAX_BATCH_PAYLOAD_BYTES,
  share: 10,
  accepts(bytes) {
    let accepted = false;
    for (const { item, sizeBytes } of prepareItems(bytes, { suites, chainId })) {
      accepted ||= item.ok;
      if (sizeBytes > bytes.length) throw new Violation('result', `${sizeBytes} of ${bytes.length} bytes`);
    }
    return accepted;
  },
};

const MAX_FRAME_BYTES = 1_000;

function framesIn(chunks: readonly Uint8Array[]): readonly Uint8Array[] | undefined {
  const stream = new FrameDecoder(MAX_FRAME_BYTES);
  const frames: Uint8Array[] = [];
  for (const chunk of chunks) {
    const result = stream.push(chunk);
    if (!result.ok) return undefined;
    frames.push(...result.frames);
  }
  return frames;
}

/** A stream gives the same frames however it is cut. */
const peerFrames: Target = {
  name: 'peer-frames',
  seeds: [[0], [1], [300, 0, 3], [MAX_FRAME_BYTES], [MAX_FRAME_BYTES + 1]].map((sizes) =>
    Buffer.concat(sizes.flatMap((size) => [framePrefix(size), new Uint8Array(size).fill(size)])),
  ),
  maxBytes: 65_536,
  share: 20,
  accepts(bytes) {
    const whole = framesIn([bytes]);
    const cut = framesIn(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)));
    const text = (frames: typeof whole) => frames?.map(toHex).join();
    if (text(whole) !== text(cut)) throw new Violation('stream', 'other frames when it comes byte by byte');
    return whole !== undefined && whole.length > 0;
  },
};

export const WIRE_TARGETS: readonly Target[] = [
  decoder({
    name: 'message',
    seeds: MESSAGES,
    maxBytes: MAX_MESSAGE_BYTES,
    share: 150,
    decode: decodeMessage,
    encode: encodeMessage,
  }),
  decoder({
    name: 'log-record',
    seeds: fc.sample(logRecord, SAMPLES).map(encodeLogRecord),
    maxBytes: MAX_MESSAGE_BYTES,
    share: 100,
    decode: decodeLogRecord,
    encode: encodeLogRecord,
  }),
  decoder({
    name: 'state-leaves',
    seeds: [encodeLeaves(LEAVES), encodeLeaves(LEAVES.toReversed())],
    maxBytes: 262_144,
    share: 20,
    decode(bytes) {
      const reader = new ProtoReader(bytes);
      const leaves = reader.repeatedBytes(LEAF_FIELD, 0, MAX_STATE_LEAF_BYTES, MAX_STATE_LEAVES);
      return reader.done() ? parseStateLeaves(leaves, suites) : { ok: false, error: 'no leaves' };
    },
    encode: (contents) => encodeLeaves(stateLeaves({ suites, ...contents })),
  }),
  stateChunk,
  batchItems,
  peerFrames,
];
