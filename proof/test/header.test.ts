import { asHeight, asValidatorIndex, asView, type BatchRef } from '@hufu/consensus';
import { hash, toHex, utf8 } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  decodeHeader,
  encodeHeader,
  type Header,
  headerDigests,
  MAX_HEADER_BYTES,
  refsDigest,
} from '../src/header.ts';
import { MAX_TIME_MS } from '../src/numbers.ts';
import { damaged } from './arbitraries.ts';
import { testHeader, testNetwork } from './network/test-network.ts';
import { referenceEncode } from './reference-protobuf.ts';

const HEADER = testHeader(testNetwork(), [utf8('leaf')]);
const d = new Uint8Array(32).fill(1);
const refused = { ok: false, error: { code: 'header-malformed' } };
const decode = (change: Partial<Header>) => decodeHeader(encodeHeader({ ...HEADER, ...change }));

t.test('a header comes back as it went in, and protobufjs writes the same bytes', async (t) => {
  for (const header of [HEADER, { ...HEADER, nextValidatorSetDigest: [d, d] }]) {
    const bytes = encodeHeader(header);
    t.strictSame(decodeHeader(bytes), { ok: true, value: header });
    const { epoch: _, ...fields } = header;
    t.equal(toHex(referenceEncode('Header', fields)), toHex(bytes), 'epoch 0 is not on the wire');
  }
});

t.test('one digest per suite in every list, one or two suites', async (t) => {
  const one: Partial<Header> = {
    chainId: [d],
    parent: [d],
    logRoots: [d],
    stateRoot: [d],
    validatorSetDigest: [d],
  };
  t.match(decode(one), { ok: true });
  for (const list of ['chainId', 'parent', 'logRoots', 'stateRoot', 'validatorSetDigest'] as const) {
    t.match(decode({ [list]: [d] }), refused, `${list} too short`);
    t.match(decode({ [list]: [d, d, d] }), refused, `${list} too long`);
    t.match(decode({ [list]: [] }), refused, `${list} empty`);
    t.match(decode({ [list]: [d, d.subarray(1)] }), refused, `${list} with a short digest`);
  }
  t.match(decode({ nextValidatorSetDigest: [d] }), refused, 'half a next set');
  const none = Object.fromEntries(Object.keys(one).map((name) => [name, []]));
  t.match(decode(none), refused, 'no suite');
});

t.test('limits of the integers and of the size', async (t) => {
  t.match(decode({ height: asHeight(0) }), refused, 'the genesis block has no header');
  t.match(decode({ view: asView(0) }), refused);
  t.match(decode({ proposer: asValidatorIndex(99) }), { ok: true });
  t.match(decode({ proposer: asValidatorIndex(100) }), refused);
  t.match(decode({ timeMs: MAX_TIME_MS }), { ok: true });
  t.match(decode({ timeMs: MAX_TIME_MS + 1 }), refused);
  t.match(decode({ logSize: 0 }), { ok: true, value: { logSize: 0 } }, 'an empty log');
  const max = Number.MAX_SAFE_INTEGER;
  const largest: Header = {
    ...HEADER,
    height: asHeight(max),
    view: asView(max),
    timeMs: MAX_TIME_MS,
    logSize: max,
    nextValidatorSetDigest: [d, d],
  };
  t.ok(encodeHeader(largest).length <= MAX_HEADER_BYTES);
  t.match(decodeHeader(encodeHeader(largest)), { ok: true });
  t.match(decodeHeader(new Uint8Array(MAX_HEADER_BYTES + 1)), refused);
});

t.test('decoding never throws and accepts canonical bytes only', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 600 }), damaged(fc.constant(encodeHeader(HEADER))));
  fc.assert(
    fc.property(bytes, (input) => {
      const decoded = decodeHeader(input);
      return !decoded.ok || toHex(encodeHeader(decoded.value)) === toHex(input);
    }),
    { numRuns: 10_000 },
  );
});

t.test('the digest is of the bytes, under the hash of each suite in order', async (t) => {
  const bytes = encodeHeader(HEADER);
  t.strictSame(headerDigests(['sm2-sm3', 'ed25519-sha256'], bytes), [
    hash('sm3', bytes),
    hash('sha256', bytes),
  ]);
});

t.test('refsDigest tells lists of references apart', async (t) => {
  const ref = (origin: number, seq: number): BatchRef => ({
    origin: asValidatorIndex(origin),
    seq,
    digest: d,
  });
  const lists = [[], [ref(0, 0)], [ref(0, 1)], [ref(1, 0)], [ref(0, 0), ref(1, 0)], [ref(1, 0), ref(0, 0)]];
  t.equal(new Set(lists.map((refs) => toHex(refsDigest('sha256', refs)))).size, lists.length);
  const bytes = Buffer.concat([
    Buffer.from('hufu/refs/v1\0'),
    Buffer.alloc(7),
    Buffer.of(1),
    Buffer.alloc(7),
    Buffer.of(2),
    Buffer.alloc(7),
    Buffer.of(3),
    d,
  ]);
  t.equal(toHex(refsDigest('sm3', [ref(2, 3)])), toHex(hash('sm3', bytes)));
});
