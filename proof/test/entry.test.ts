import { toHex } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { decodeEntry, type Entry, encodeEntry, MAX_ENTRY_BYTES, MAX_GATEWAY } from '../src/entry.ts';
import { MAX_TIME_MS, toLogIndex } from '../src/numbers.ts';
import { damaged, entries } from './arbitraries.ts';
import { must } from './must.ts';
import { referenceDecode, referenceEncode } from './reference-protobuf.ts';

const digest = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const largestIndex = toLogIndex(Number.MAX_SAFE_INTEGER);

const LARGEST: Entry = {
  gateway: MAX_GATEWAY,
  serial: Number.MAX_SAFE_INTEGER,
  digests: { sha256: digest(1), sm3: digest(2) },
  metadataCommitment: digest(3),
  templateDigest: digest(4),
  claimedTimeMs: MAX_TIME_MS,
  supersedes: largestIndex,
  relatesTo: largestIndex,
};

function referenceFields(entry: Entry): Record<string, unknown> {
  const { digests, ...rest } = entry;
  return { ...rest, ...digests };
}

t.test('an entry comes back as it went in', async () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const decoded = decodeEntry(encodeEntry(entry));
      return decoded.ok && toHex(encodeEntry(decoded.value)) === toHex(encodeEntry(entry));
    }),
  );
});

t.test('the fields that come back are those that went in', async (t) => {
  const decoded = decodeEntry(encodeEntry(LARGEST));
  t.strictSame(decoded, { ok: true, value: LARGEST });
  const least: Entry = {
    gateway: 0,
    serial: 0,
    digests: { sm3: digest(0) },
    claimedTimeMs: 0,
    supersedes: toLogIndex(0),
  };
  t.strictSame(decodeEntry(encodeEntry(least)), { ok: true, value: least }, 'index 0 is not "no index"');
});

t.test('protobufjs writes the same bytes and reads the same fields', async () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const bytes = encodeEntry(entry);
      // protobufjs writes implicit fields that are 0 when they are set, so they are left out as a user would.
      const given = Object.entries(referenceFields(entry)).filter(
        ([name, value]) => value !== 0 || name === 'supersedes' || name === 'relatesTo',
      );
      const evidence = Object.fromEntries(given);
      const read = referenceDecode('Entry', bytes);
      return (
        toHex(referenceEncode('Entry', { evidence })) === toHex(bytes) &&
        toHex(referenceEncode('Entry', read)) === toHex(bytes)
      );
    }),
  );
});

t.test('limits: the largest entry, and one with both digests and a commitment', async (t) => {
  t.equal(encodeEntry(LARGEST).length, MAX_ENTRY_BYTES);
  const { templateDigest: _, ...usual } = LARGEST;
  t.ok(encodeEntry(usual).length <= 160);
  const tooLong = new Uint8Array(MAX_ENTRY_BYTES + 1);
  t.match(decodeEntry(tooLong), { ok: false, error: { code: 'entry-malformed', remark: /179 bytes/ } });
});

t.test('decoding never throws and accepts canonical bytes only', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged(entries.map(encodeEntry)));
  fc.assert(
    fc.property(bytes, (input) => {
      const decoded = decodeEntry(input);
      return decoded.ok
        ? toHex(encodeEntry(decoded.value)) === toHex(input)
        : decoded.error.code === 'entry-malformed' && decoded.error.remark.length > 0;
    }),
    { numRuns: 20_000 },
  );
});

t.test('flipping any bit of an entry changes what it says or makes it malformed', async (t) => {
  const bytes = encodeEntry(LARGEST);
  const readings = new Set<string>();
  for (let i = 0; i < bytes.length * 8; i++) {
    const flipped = bytes.with(i >> 3, must(bytes[i >> 3]) ^ (1 << (i & 7)));
    const decoded = decodeEntry(flipped);
    if (decoded.ok) readings.add(toHex(encodeEntry(decoded.value)));
  }
  t.notOk(readings.has(toHex(bytes)));
});

t.test('encoding a record that breaks its rules throws', async (t) => {
  const good: Entry = { gateway: 0, serial: 0, digests: { sm3: digest(0) }, claimedTimeMs: 0 };
  const bad: readonly Partial<Entry>[] = [
    { digests: {} },
    { digests: { sm3: new Uint8Array(31) } },
    { digests: { sha256: new Uint8Array(33) } },
    { metadataCommitment: new Uint8Array(0) },
    { templateDigest: new Uint8Array(64) },
    { gateway: MAX_GATEWAY + 1 },
    { gateway: -1 },
    { gateway: 0.5 },
    { serial: -1 },
    { serial: 2 ** 53 },
    { claimedTimeMs: MAX_TIME_MS + 1 },
    { claimedTimeMs: Number.NaN },
  ];
  for (const change of bad) t.throws(() => encodeEntry({ ...good, ...change }), RangeError);
});
