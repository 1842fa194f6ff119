import fc from 'fast-check';
import t from 'tap';
import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromUtf8,
  readU64be,
  toHex,
  u64be,
  utf8,
} from '../src/index.node.ts';

t.test('u64be and readU64be hold every safe integer', async (t) => {
  for (const [value, hex] of [
    [0, '0000000000000000'],
    [0xffff_ffff, '00000000ffffffff'],
    [0x1_0000_0000, '0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  ] as const) {
    t.equal(toHex(u64be(value)), hex);
    t.equal(readU64be(u64be(value)), value);
  }
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const order = Math.sign(compareBytes(u64be(a), u64be(b)));
      return readU64be(u64be(a)) === a && order === Math.sign(a - b);
    }),
  );
});

t.test('u64be refuses what is no unsigned safe integer', async (t) => {
  for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    t.throws(() => u64be(value), RangeError);
  }
});

t.test('readU64be refuses what does not fit a number, and reading past the end', async (t) => {
  t.equal(readU64be(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0)), undefined, '2^53');
  t.equal(readU64be(new Uint8Array(8).fill(0xff)), undefined);
  t.equal(readU64be(new Uint8Array(7)), undefined);
  t.equal(readU64be(new Uint8Array(8), 1), undefined);
  t.equal(readU64be(new Uint8Array(8), -1), undefined);
  const inside = concatBytes(utf8('xx'), u64be(7), utf8('y')).subarray(1);
  t.equal(readU64be(inside, 1), 7, 'at an offset, in a view into a larger buffer');
});

t.test('bytes are compared as unsigned, a prefix before what it begins', async (t) => {
  t.ok(compareBytes(Uint8Array.of(0x7f), Uint8Array.of(0x80)) < 0);
  t.ok(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0)) < 0);
  t.ok(compareBytes(Uint8Array.of(2), Uint8Array.of(1, 9)) > 0);
  t.equal(compareBytes(new Uint8Array(0), new Uint8Array(0)), 0);
  t.notOk(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)));
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      return (
        Math.sign(compareBytes(a, b)) === Buffer.compare(a, b) &&
        equalBytes(a, b) === Buffer.from(a).equals(b)
      );
    }),
  );
});

t.test('concatBytes copies', async (t) => {
  const part = Uint8Array.of(1, 2);
  const joined = concatBytes(part, new Uint8Array(0), Uint8Array.of(3));
  part[0] = 9;
  t.equal(toHex(joined), '010203');
  t.equal(concatBytes().length, 0);
});

t.test('fromUtf8 takes well-formed UTF-8 only and keeps all of it', async (t) => {
  for (const text of ['', '虎符', '\u{1f405}', '\ufeffmarked', 'a\0b']) t.equal(fromUtf8(utf8(text)), text);
  const malformed = {
    'a lone continuation byte': [0x80],
    'an overlong slash': [0xc0, 0xaf],
    'a surrogate': [0xed, 0xa0, 0x80],
    'above U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
    truncated: [0xe8, 0x99],
  };
  for (const [name, bytes] of Object.entries(malformed))
    t.equal(fromUtf8(Uint8Array.from(bytes)), undefined, name);
});
