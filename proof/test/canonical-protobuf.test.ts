import fc from 'fast-check';
import t from 'tap';
import { bytesFieldSize, ProtoReader, ProtoWriter, varintSize } from '../src/canonical-protobuf.ts';
import { hexBytes } from './network/test-network.ts';

const uint = (hex: string, max = Number.MAX_SAFE_INTEGER): number | string => {
  const reader = new ProtoReader(hexBytes(hex));
  const value = reader.uint(1, max);
  return reader.done() ? value : (reader.reason ?? '');
};

t.test('varints: minimal, at most 2^53 − 1, no default on the wire', async (t) => {
  t.equal(uint(''), 0);
  t.equal(uint('0801'), 1);
  t.equal(uint('08ac02'), 300, 'the example of the protobuf documentation');
  t.equal(uint('08ffffffffffffff0f'), Number.MAX_SAFE_INTEGER);
  t.match(uint('08808080808080801000'), /2\^53/);
  t.match(uint('088080808080808010'), /2\^53/, '2^53');
  t.match(uint('08ffffffffffffffffff01'), /2\^53/, '2^64 − 1');
  t.match(uint('0800'), /default/);
  t.match(uint('088100'), /minimal/);
  t.match(uint('08'), /truncated/);
  t.match(uint('0880'), /truncated/);
  t.match(uint('0802', 1), /above 1/);
});

t.test('only the fields asked for, in order, once', async (t) => {
  t.match(uint('1001'), /unknown/, 'another field');
  t.match(uint('08010801'), /unknown/, 'the field twice');
  t.match(uint('10010801'), /unknown/, 'another field before');
  t.match(uint('0d01000000'), /unknown/, 'another wire type');
  t.match(uint('0801ff'), /unknown/, 'trailing bytes');
});

t.test('bytes: within their bounds and within the input', async (t) => {
  const read = (hex: string): string | undefined => {
    const reader = new ProtoReader(hexBytes(hex));
    reader.optionalBytes(2, 1, 3);
    reader.done();
    return reader.reason;
  };
  t.equal(read(''), undefined);
  t.equal(read('1203010203'), undefined);
  t.match(read('1200'), /0 bytes/);
  t.match(read('120401020304'), /4 bytes/);
  t.match(read('12030102'), /truncated/);
  t.match(read('12'), /truncated/);
  t.match(read('128300010203'), /minimal/);
  t.match(read('12ffffffffffffff0f'), /9007199254740991 bytes/, 'a length beyond any input');
});

t.test('repeated bytes stop at their greatest number', async (t) => {
  const reader = new ProtoReader(hexBytes('0a01010a01020a0103'));
  reader.repeatedBytes(1, 1, 1, 2);
  t.match(reader.reason, /more than 2/);
  t.notOk(reader.done());
});

t.test('strings are well-formed UTF-8', async (t) => {
  const reader = new ProtoReader(hexBytes('0a02c328'));
  t.equal(reader.requiredString(1, 8), '');
  t.match(reader.reason, /UTF-8/);
});

t.test('a nested message that must be the rest is the rest', async (t) => {
  const enter = (hex: string): string | undefined => {
    const reader = new ProtoReader(hexBytes(hex));
    reader.enterRest(1);
    reader.uint(1, 9);
    reader.done();
    return reader.reason;
  };
  t.equal(enter('0a020801'), undefined);
  t.match(enter('0a0208010801'), /not the rest/);
  t.match(enter('0a030801'), /not the rest/);
  t.match(enter('1a020801'), /missing/);
});

t.test('after a refusal nothing more is read, and the first reason stays', async (t) => {
  const reader = new ProtoReader(hexBytes('08001001'));
  reader.uint(1, 9);
  const first = reader.reason;
  t.equal(reader.uint(2, 9), 0);
  t.strictSame(reader.repeatedBytes(3, 1, 1, 1), []);
  reader.fail('another');
  t.equal(reader.reason, first);
  t.notOk(reader.done());
});

t.test('views are plain Uint8Arrays into the input, of a Buffer too', async (t) => {
  const input = Buffer.from('ffff0a020102', 'hex').subarray(2);
  const bytes = new ProtoReader(input).requiredBytes(1, 1, 9);
  t.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  t.equal(bytes.buffer, input.buffer);
  t.strictSame([...bytes], [1, 2]);
});

t.test('whatever is written is read back, and has the size foretold', async () => {
  const value = fc.maxSafeNat();
  fc.assert(
    fc.property(value, value, fc.uint8Array({ minLength: 1, maxLength: 300 }), (a, b, bytes) => {
      const writer = new ProtoWriter(0);
      writer.uint(1, a);
      writer.optionalUint(2, b);
      writer.bytes(3, bytes);
      const written = writer.finish();
      const reader = new ProtoReader(written);
      const same =
        reader.uint(1, a) === a &&
        reader.optionalUint(2, b) === b &&
        Buffer.from(reader.requiredBytes(3, 1, 300)).equals(bytes) &&
        reader.done();
      const size = (a === 0 ? 0 : 1 + varintSize(a)) + 1 + varintSize(b) + bytesFieldSize(bytes.length);
      return same && written.length === size;
    }),
  );
});

t.test('a number that is no safe integer is a broken invariant', async (t) => {
  for (const bad of [-1, 0.5, 2 ** 53, Number.NaN]) {
    t.throws(() => new ProtoWriter(0).optionalUint(1, bad), RangeError);
  }
});
