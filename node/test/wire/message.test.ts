import { readFileSync } from 'node:fs';
import { asEpoch, asHeight, asValidatorIndex, asView, NO_BATCH_DIGEST, type Notarize } from '@hufu/consensus';
import { ProtoWriter } from '@hufu/proof';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import t from 'tap';
import {
  decodeLogRecord,
  decodeMessage,
  encodeLogRecord,
  encodeMessage,
  MAX_MESSAGE_BYTES,
} from '../../src/wire/index.ts';
import { MAX_BLOCKS } from '../../src/wire/limits.ts';
import { logRecord, message } from './arbitraries.ts';

const schema = protobuf.parse(readFileSync(new URL('../../proto/wire.proto', import.meta.url), 'utf8')).root;

const notarize: Notarize = {
  kind: 'notarize',
  view: asView(7),
  height: asHeight(3),
  digest: new Uint8Array(32).fill(9),
  signer: asValidatorIndex(2),
  signatures: [new Uint8Array(64).fill(1)],
};

const sent = { epoch: asEpoch(0), message: notarize };

t.test('every message and log record survives encoding', async (t) => {
  fc.assert(
    fc.property(message, (value) => {
      t.strictSame(decodeMessage(encodeMessage(value)), { ok: true, value });
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(logRecord, (value) => {
      t.strictSame(decodeLogRecord(encodeLogRecord(value)), { ok: true, value });
    }),
    { numRuns: 200 },
  );
});

t.test('the longest run of blocks without certificates fits one message', async (t) => {
  const digests = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const big = Number.MAX_SAFE_INTEGER - 1;
  const point = { view: asView(big), height: asHeight(big), digests };
  const block = { ...point, parent: point, timeMs: big, refs: [] };
  const finalization = { kind: 'finalization', ...point, shares: [] } as const;
  const blocks = new Array(MAX_BLOCKS).fill(block);
  const value = { epoch: asEpoch(0), message: { kind: 'blocks', blocks, finalization } } as const;
  const bytes = encodeMessage(value);
  t.ok(bytes.length <= MAX_MESSAGE_BYTES - 32 * 1024, 'with room for the shares');
  t.ok(decodeMessage(bytes).ok);
});

t.test('the bytes are those of proto/wire.proto, as protobufjs reads and writes them', async (t) => {
  for (const [typeName, values] of [
    ['hufu.node.v1.Message', fc.sample(message.map(encodeMessage), 200)],
    ['hufu.node.v1.LogRecord', fc.sample(logRecord.map(encodeLogRecord), 100)],
  ] as const) {
    const type = schema.lookupType(typeName);
    for (const bytes of values) {
      const again = type.encode(type.decode(bytes)).finish();
      t.ok(Buffer.from(again).equals(bytes), 'no field unknown to the schema, none out of order');
      t.notOk(Object.hasOwn(type.decode(bytes), '$unknowns'));
    }
  }
});

t.test('arbitrary, cut and altered bytes give an error or a message, never a throw', async (t) => {
  let refused = 0;
  const samples = fc.sample(message.map(encodeMessage), 300);
  fc.assert(
    fc.property(fc.nat(299), fc.nat(), fc.nat(255), (sample, position, byte) => {
      const bytes = new Uint8Array(samples[sample] ?? new Uint8Array(1));
      bytes[position % bytes.length] = byte;
      for (const candidate of [bytes, bytes.subarray(0, position % bytes.length)]) {
        const decoded = decodeMessage(candidate);
        if (decoded.ok)
          t.ok(Buffer.from(encodeMessage(decoded.value)).equals(candidate), 'one encoding only');
        else refused++;
      }
    }),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      if (!decodeMessage(bytes).ok) refused++;
      decodeLogRecord(bytes);
    }),
    { numRuns: 5_000 },
  );
  t.ok(refused > 5_000);
});

t.test('a message over the size limit is refused before it is read', async (t) => {
  t.match(decodeMessage(new Uint8Array(MAX_MESSAGE_BYTES + 1)), {
    ok: false,
    error: { code: 'message-too-large' },
  });
});

const hostile: Readonly<Record<string, Uint8Array>> = {
  'nothing at all': new Uint8Array(0),
  'an unknown kind of message': Uint8Array.of(0x7a, 0),
  'a vote of kind 0': voteOf((w) => w.bytes(2, pointOf(1, 1, 1))),
  'a vote of kind 4': voteOf((w) => {
    w.uint(1, 4);
    w.bytes(2, pointOf(1, 1, 1));
  }),
  'a notarize vote over two digests': voteOf((w) => {
    w.uint(1, 1);
    w.bytes(2, pointOf(1, 1, 2));
  }),
  'a nullify vote that names a block': voteOf((w) => {
    w.uint(1, 2);
    w.bytes(2, pointOf(1, 1, 1));
  }),
  'a finalize vote over no digest': voteOf((w) => {
    w.uint(1, 3);
    w.bytes(2, pointOf(1, 1, 0));
  }),
  'a signer beyond the largest validator set': messageOf(2, (w) => {
    w.uint(1, 1);
    w.bytes(2, pointOf(1, 1, 1));
    w.bytes(
      3,
      built((share) => {
        share.uint(1, 100);
        share.bytes(2, new Uint8Array(64));
      }),
    );
  }),
  'a signature of 73 bytes': messageOf(2, (w) => {
    w.uint(1, 1);
    w.bytes(2, pointOf(1, 1, 1));
    w.bytes(
      3,
      built((share) => share.bytes(2, new Uint8Array(73))),
    );
  }),
  'a batch with a digest of 31 bytes': messageOf(4, (w) => {
    w.bytes(3, new Uint8Array(31));
    w.bytes(4, NO_BATCH_DIGEST);
    w.bytes(5, new Uint8Array(64));
    w.bytes(6, new Uint8Array(1));
  }),
  'a batch without payload': messageOf(4, (w) => {
    w.bytes(3, new Uint8Array(32));
    w.bytes(4, NO_BATCH_DIGEST);
    w.bytes(5, new Uint8Array(64));
  }),
  'acks for 101 origins': messageOf(5, (w) => {
    for (let i = 0; i < 101; i++) w.bytes(1, new Uint8Array(0));
  }),
  'a status certified by a nullification': messageOf(6, (w) => {
    w.bytes(
      2,
      built((certificate) => {
        certificate.uint(1, 2);
        certificate.bytes(2, pointOf(1, 0, 0));
      }),
    );
  }),
  'two messages in one': Uint8Array.from([...encodeMessage(sent), ...encodeMessage(sent)]),
  'a proposal again that is justified by a nullification': messageOf(12, (w) => {
    w.bytes(1, pointOf(2, 1, 1));
    w.bytes(
      2,
      built((certificate) => {
        certificate.uint(1, 2);
        certificate.bytes(2, pointOf(1, 0, 0));
      }),
    );
    w.bytes(4, new Uint8Array(64));
  }),
  'a view above 2^53 - 1': messageOf(
    7,
    (w) => w.bytes(2, new Uint8Array(32)),
    [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
  ),
};

for (const [name, bytes] of Object.entries(hostile)) {
  t.test(`refuses ${name}`, async (t) => {
    t.match(decodeMessage(bytes), { ok: false, error: { code: 'message-malformed' } });
  });
}

t.test('the vote that the hostile ones are variations of is accepted', async (t) => {
  t.strictSame(decodeMessage(encodeMessage(sent)), { ok: true, value: sent });
});

function built(write: (writer: ProtoWriter) => void, before: readonly number[] = []): Uint8Array {
  const writer = new ProtoWriter(64);
  write(writer);
  return Uint8Array.from([...before, ...writer.finish()]);
}

function messageOf(
  field: number,
  write: (writer: ProtoWriter) => void,
  before: readonly number[] = [],
): Uint8Array {
  return built((writer) => writer.bytes(field, built(write, before)));
}

function voteOf(write: (writer: ProtoWriter) => void): Uint8Array {
  return messageOf(2, (writer) => {
    write(writer);
    writer.bytes(
      3,
      built((share) => share.bytes(2, new Uint8Array(64))),
    );
  });
}

function pointOf(view: number, height: number, digestCount: number): Uint8Array {
  return built((writer) => {
    writer.uint(1, view);
    writer.uint(2, height);
    for (let i = 0; i < digestCount; i++) writer.bytes(3, new Uint8Array(32));
  });
}
