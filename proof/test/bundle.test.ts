import { utf8 } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { encodeBundle, MAX_BUNDLE_BYTES, MAX_BUNDLE_RECORDS, parseBundle } from '../src/bundle.ts';
import { damaged } from './arbitraries.ts';
import { must } from './must.ts';
import { testCase } from './network/test-bundle.ts';

const { bundle } = testCase();
const BYTES = encodeBundle(bundle);
const TEXT = new TextDecoder().decode(BYTES);

const code = (bytes: Uint8Array): string => {
  const parsed = parseBundle(bytes);
  return parsed.ok ? 'accepted' : parsed.error.code;
};
const text = (from: string | RegExp, to: string): string => {
  const changed = TEXT.replace(from, to);
  return changed === TEXT ? 'nothing was changed' : code(utf8(changed));
};

t.test('a bundle comes back as it went in', async (t) => {
  t.strictSame(parseBundle(BYTES), { ok: true, value: bundle }, 'and no member more');
  t.match(TEXT, /^\{\n {2}"format": "hufu-bundle\/1",\n/);
});

t.test('one serialisation only', async (t) => {
  t.equal(text(/\n$/, ''), 'bundle-not-canonical', 'no final newline');
  t.equal(text(/$/, '\n'), 'bundle-not-canonical', 'two of them');
  t.equal(text(/^/, ' '), 'bundle-not-canonical', 'a space before');
  t.equal(text(/^/, '\uFEFF'), 'bundle-not-json', 'a byte order mark');
  t.equal(text('"index": 5', '"index":5'), 'bundle-not-canonical', 'a space less');
  t.equal(text('"index": 5', '"index": 5.0'), 'bundle-not-canonical', 'a fraction');
  t.equal(text('"index": 5', '"index": 5e0'), 'bundle-not-canonical', 'an exponent');
  t.equal(text('"epoch": 0', '"epoch": -0'), 'bundle-not-canonical', 'minus zero');
  t.equal(text('"index": 5', '"index": 4,\n      "index": 5'), 'bundle-not-canonical', 'a member twice');
  t.equal(text('"index"', '"\\u0069ndex"'), 'bundle-not-canonical', 'an escape');
  t.equal(text('hufu-bundle/1', 'hufu-bundle\\/1'), 'bundle-not-canonical', 'an escaped slash');
  t.equal(code(utf8(TEXT.replaceAll('\n', '\r\n'))), 'bundle-not-canonical', 'other line ends');
  t.equal(code(utf8(JSON.stringify(JSON.parse(TEXT)))), 'bundle-not-canonical', 'no indentation');
});

t.test('a closed schema with strict values', async (t) => {
  t.equal(text('"records"', '"recordz"'), 'bundle-malformed');
  t.equal(text('"index": 5', '"index": 5,\n      "note": 1'), 'bundle-malformed', 'an unknown member');
  t.equal(text('"index": 5', '"index": "5"'), 'bundle-malformed');
  t.equal(text('"index": 5', '"index": -5'), 'bundle-malformed');
  t.equal(text('"index": 5', '"index": 9007199254740992'), 'bundle-malformed');
  t.equal(text('"logSize": 11', '"logSize": 0'), 'bundle-malformed', 'nothing is in an empty log');
  t.equal(text('"sm3": [', '"md5": ['), 'bundle-malformed', 'a path of an unknown hash');
  t.equal(text('"epochChain": []', '"epochChain": [1]'), 'bundle-malformed');
  t.equal(text(/"entry": "(.)/, '"entry": " $1'), 'bundle-malformed', 'a space in base64');
  t.equal(text('hufu-bundle/1', 'hufu-bundle/2'), 'bundle-unknown-format');
  t.equal(code(utf8('{"a":1}')), 'bundle-malformed');
  for (const other of ['', '{', 'null x', '<xml/>']) t.equal(code(utf8(other)), 'bundle-not-json', other);
  for (const other of ['null', '[]', '7', '"text"']) t.equal(code(utf8(other)), 'bundle-malformed', other);
  t.equal(code(Uint8Array.of(0xff, 0xfe)), 'bundle-not-json', 'no UTF-8');
});

t.test('records in ascending order of index, each once', async (t) => {
  const { bundle: two } = testCase({ indices: [3, 5] });
  t.equal(code(encodeBundle(two)), 'accepted');
  t.equal(code(encodeBundle({ ...two, records: two.records.toReversed() })), 'bundle-malformed');
  const record = must(two.records[0]);
  t.equal(code(encodeBundle({ ...two, records: [record, record] })), 'bundle-malformed');
});

t.test('limits', async (t) => {
  t.equal(code(new Uint8Array(MAX_BUNDLE_BYTES + 1)), 'bundle-too-large');
  t.equal(code(new Uint8Array(MAX_BUNDLE_BYTES)), 'bundle-not-json');
  const record = must(bundle.records[0]);
  const records = (count: number) => Array.from({ length: count }, (_, index) => ({ ...record, index }));
  t.equal(code(encodeBundle({ ...bundle, records: records(MAX_BUNDLE_RECORDS) })), 'accepted');
  t.equal(code(encodeBundle({ ...bundle, records: records(MAX_BUNDLE_RECORDS + 1) })), 'bundle-malformed');
  t.equal(code(encodeBundle({ ...bundle, records: [] })), 'bundle-malformed');
  const path = (length: number) => ({ sha256: Array.from({ length }, () => new Uint8Array(32)) });
  t.equal(code(encodeBundle({ ...bundle, records: [{ ...record, paths: path(53) }] })), 'accepted');
  t.equal(code(encodeBundle({ ...bundle, records: [{ ...record, paths: path(54) }] })), 'bundle-malformed');
  t.equal(code(encodeBundle({ ...bundle, records: [{ ...record, paths: {} }] })), 'bundle-malformed');
  const largest = Array.from({ length: 40 }, () => new Uint8Array(32).fill(255));
  const full = records(MAX_BUNDLE_RECORDS).map((r) => ({ ...r, paths: { sha256: largest, sm3: largest } }));
  t.equal(code(encodeBundle({ ...bundle, records: full })), 'accepted', '1,000 records of a log of 2^40');
});

t.test('deep nesting and huge numbers do not throw', async (t) => {
  t.equal(code(utf8('['.repeat(1_000_000))), 'bundle-not-json');
  t.equal(code(utf8('['.repeat(100_000) + ']'.repeat(100_000))), 'bundle-malformed');
  t.equal(code(utf8(`{"format":${'9'.repeat(100_000)}}`)), 'bundle-unknown-format');
  t.equal(text('"index": 5', `"index": ${'5'.repeat(100_000)}`), 'bundle-malformed');
  t.equal(code(utf8('{"__proto__":{"format":"hufu-bundle/1"}}')), 'bundle-malformed');
});

t.test('a foreign name comes out short and printable', async (t) => {
  const name = `\u001b[31m\u202e${'x'.repeat(100_000)}`;
  const parsed = parseBundle(utf8(JSON.stringify({ [name]: 1 })));
  t.match(parsed, { ok: false, error: { remark: `document: unknown member "?[31m?${'x'.repeat(34)}…"` } });
});

t.test('parsing never throws and accepts one serialisation only', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.json().map(utf8), damaged(fc.constant(BYTES)));
  fc.assert(
    fc.property(bytes, (input) => {
      const parsed = parseBundle(input);
      return !parsed.ok || Buffer.from(encodeBundle(parsed.value)).equals(input);
    }),
    { numRuns: 2_000 },
  );
});
