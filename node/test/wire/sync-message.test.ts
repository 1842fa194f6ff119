import { asEpoch, asHeight, asValidatorIndex, asView, MAX_VALIDATORS } from '@hufu/consensus';
import { MAX_HEADER_BYTES, MAX_VALIDATOR_SET_BYTES, ProtoWriter } from '@hufu/proof';
import fc from 'fast-check';
import t from 'tap';
import {
  type AnyMessage,
  decodeMessage,
  type EpochEnd,
  encodeMessage,
  isSyncMessage,
  MAX_EDGE_BYTES,
  MAX_EPOCH_ENDS,
  MAX_MESSAGE_BYTES,
  MAX_PATH_HASHES,
  MAX_SIGNATURE_BYTES,
  MAX_STATE_LEAF_BYTES,
  MAX_STATE_LEAVES,
  MAX_SUITES,
  MAX_TILE_LEVELS,
  type SyncMessage,
} from '../../src/wire/index.ts';
import { finalization, syncMessage } from './arbitraries.ts';

const epoch = asEpoch(3);

function bytesOf(message: AnyMessage): Uint8Array {
  return encodeMessage({ epoch, message });
}

function times<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}

const hash = new Uint8Array(32).fill(5);

/** As large as the wire lets an epoch's end be: each of its parts at its limit. */
const largestEnd: EpochEnd = {
  headerBytes: new Uint8Array(MAX_HEADER_BYTES),
  finalization: {
    kind: 'finalization',
    view: asView(Number.MAX_SAFE_INTEGER),
    height: asHeight(Number.MAX_SAFE_INTEGER),
    digests: times(2, hash),
    shares: times(MAX_VALIDATORS, {
      signer: asValidatorIndex(MAX_VALIDATORS - 1),
      signatures: times(2, new Uint8Array(MAX_SIGNATURE_BYTES)),
    }),
  },
  validatorSet: new Uint8Array(MAX_VALIDATOR_SET_BYTES),
};
const largest = {
  epochs: { kind: 'epochs', from: epoch, ends: times(MAX_EPOCH_ENDS, largestEnd) },
  snapshot: {
    kind: 'snapshot',
    epoch,
    leafCount: MAX_STATE_LEAVES,
    edges: times(MAX_SUITES, times(MAX_TILE_LEVELS, new Uint8Array(MAX_EDGE_BYTES))),
  },
  question: { kind: 'fetch-state-chunk', epoch, first: MAX_STATE_LEAVES - 1 },
  chunk: {
    kind: 'state-chunk',
    epoch,
    first: MAX_STATE_LEAVES - 1,
    leaves: [new Uint8Array(MAX_STATE_LEAF_BYTES)],
    paths: times(MAX_SUITES, times(MAX_PATH_HASHES, hash)),
  },
} as const satisfies Record<string, SyncMessage>;

for (const [name, message] of Object.entries(largest)) {
  t.test(`${name}: everything at its limit is accepted, and fits into a message`, async (t) => {
    const bytes = bytesOf(message);
    t.ok(bytes.length <= MAX_MESSAGE_BYTES);
    const decoded = decodeMessage(bytes);
    t.ok(decoded.ok && Buffer.from(encodeMessage(decoded.value)).equals(bytes));
  });
}

const { epochs, snapshot, question, chunk } = largest;
const hostile: Readonly<Record<string, SyncMessage>> = {
  'an end more than fit': {
    ...epochs,
    ends: times(MAX_EPOCH_ENDS + 1, { ...largestEnd, validatorSet: hash }),
  },
  'an end without header': { ...epochs, ends: [{ ...largestEnd, headerBytes: new Uint8Array(0) }] },
  'a header that is too long': {
    ...epochs,
    ends: [{ ...largestEnd, headerBytes: new Uint8Array(MAX_HEADER_BYTES + 1) }],
  },
  'an end without validators': { ...epochs, ends: [{ ...largestEnd, validatorSet: new Uint8Array(0) }] },
  'a validator set that is too long': {
    ...epochs,
    ends: [{ ...largestEnd, validatorSet: new Uint8Array(MAX_VALIDATOR_SET_BYTES + 1) }],
  },
  'a snapshot of no leaves': { ...snapshot, leafCount: 0 },
  'a snapshot of too many leaves': { ...snapshot, leafCount: MAX_STATE_LEAVES + 1 },
  'a tile that is complete': { ...snapshot, edges: [[new Uint8Array(MAX_EDGE_BYTES + 32)]] },
  'a tile of no whole hashes': { ...snapshot, edges: [[new Uint8Array(33)]] },
  'a level more than a log can have': { ...snapshot, edges: [times(MAX_TILE_LEVELS + 1, hash)] },
  'the edges of a suite more': { ...snapshot, edges: times(MAX_SUITES + 1, []) },
  'a question for a leaf beyond all': { ...question, first: MAX_STATE_LEAVES },
  'a chunk from beyond all': { ...chunk, first: MAX_STATE_LEAVES },
  'a chunk that ends beyond all': { ...chunk, leaves: [hash, hash] },
  'a chunk of no leaves': { ...chunk, leaves: [] },
  'a chunk with an empty leaf': { ...chunk, leaves: [new Uint8Array(0)] },
  'a leaf that is too long': { ...chunk, leaves: [new Uint8Array(MAX_STATE_LEAF_BYTES + 1)] },
  'a path that is too long': { ...chunk, paths: [times(MAX_PATH_HASHES + 1, hash)] },
  'a path that is not of hashes': { ...chunk, paths: [[hash.slice(1)]] },
  'the path of a suite more': { ...chunk, paths: times(MAX_SUITES + 1, []) },
};

for (const [name, message] of Object.entries(hostile)) {
  t.test(`refuses ${name}`, async (t) => {
    const bytes = bytesOf(message);
    t.ok(bytes.length <= MAX_MESSAGE_BYTES, 'not for its size');
    t.match(decodeMessage(bytes), { ok: false, error: { code: 'message-malformed' } });
  });
}

t.test('refuses an end that is certified by a nullification', async (t) => {
  const certificate = built((writer) => {
    writer.uint(1, 2);
    writer.bytes(
      2,
      built((point) => point.uint(1, 7)),
    );
  });
  const end = built((writer) => {
    writer.bytes(1, hash);
    writer.bytes(2, certificate);
    writer.bytes(3, hash);
  });
  const bytes = built((message) =>
    message.bytes(
      13,
      built((sync) =>
        sync.bytes(
          2,
          built((answer) => answer.bytes(2, end)),
        ),
      ),
    ),
  );
  t.match(decodeMessage(bytes), { ok: false, error: { remark: /not a finalization/ } });
});

t.test('refuses a sync message of no kind, of an unknown kind, and of two', async (t) => {
  const syncOf = (write: (writer: ProtoWriter) => void) => built((writer) => writer.bytes(13, built(write)));
  const nothing = new Uint8Array(0);
  t.match(decodeMessage(syncOf(() => {})), { ok: false });
  t.match(decodeMessage(syncOf((writer) => writer.bytes(7, nothing))), { ok: false });
  t.match(
    decodeMessage(
      syncOf((writer) => {
        writer.bytes(1, nothing);
        writer.bytes(3, nothing);
      }),
    ),
    { ok: false },
  );
  t.strictSame(
    decodeMessage(syncOf((writer) => writer.bytes(1, nothing))),
    { ok: true, value: { epoch: 0, message: { kind: 'fetch-epochs', from: 0 } } },
    'one is accepted',
  );
});

t.test('every cut of a sync message is refused, every flipped byte too or another message', async (t) => {
  const samples = fc.sample(syncMessage, 60).map(bytesOf);
  for (const bytes of samples) {
    for (let at = 0; at < bytes.length; at++) {
      // What is cut is the epoch of the envelope at the least, unless only that is gone: then it is epoch 0.
      const cut = decodeMessage(bytes.slice(0, at));
      if (cut.ok && (cut.value.epoch !== 0 || at !== bytes.length - 2))
        t.fail(`cut at ${at} of ${bytes.length}`);
      const altered = bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8)));
      const decoded = decodeMessage(altered);
      if (decoded.ok && !Buffer.from(encodeMessage(decoded.value)).equals(altered))
        t.fail(`byte ${at} flipped`);
    }
  }
});

t.test('sync messages are told from those of the protocol', async () => {
  fc.assert(fc.property(syncMessage, isSyncMessage));
  fc.assert(fc.property(finalization, (message) => !isSyncMessage(message)));
});

function built(write: (writer: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter(64);
  write(writer);
  return writer.finish();
}
