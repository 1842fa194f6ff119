import fc from 'fast-check';
import t from 'tap';
import { CURVE } from '../../src/sm2/curve.ts';
import { parseSignature } from '../../src/sm2/signature.ts';

/** DER INTEGER of a positive value, written apart from the code under test. */
function integer(value: bigint): Buffer {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
  return Buffer.concat([Buffer.of(2, bytes.length), bytes]);
}

function sequence(r: bigint, s: bigint): Buffer {
  const content = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

const scalar = fc.oneof(
  fc.bigInt(1n, CURVE.n - 1n),
  fc.bigInt(1n, 1n << 16n),
  fc.constantFrom(1n, CURVE.n - 1n),
);

t.test('every r and s in range is read', async () => {
  fc.assert(
    fc.property(scalar, scalar, (r, s) => {
      const signature = parseSignature(sequence(r, s));
      return signature?.r === r && signature.s === s;
    }),
  );
});

t.test('whatever is read has that one spelling (X.690, clause 10)', async () => {
  const edited = fc
    .tuple(scalar, scalar, fc.nat(80), fc.nat(255), fc.constantFrom('set', 'insert', 'delete'))
    .map(([r, s, at, byte, edit]) => {
      const der = [...sequence(r, s)];
      der.splice(at % der.length, edit === 'insert' ? 0 : 1, ...(edit === 'delete' ? [] : [byte]));
      return Uint8Array.from(der);
    });
  fc.assert(
    fc.property(edited, (der) => {
      const signature = parseSignature(der);
      return signature === undefined || sequence(signature.r, signature.s).equals(der);
    }),
    { numRuns: 20_000 },
  );
});

t.test('r and s outside 1 … n−1 are refused (GB/T 32918.2-2016, clause 7.1, steps B1 and B2)', async (t) => {
  for (const bad of [0n, CURVE.n, CURVE.n + 1n, (1n << 256n) - 1n, 1n << 256n]) {
    t.equal(parseSignature(sequence(bad, 1n)), undefined);
    t.equal(parseSignature(sequence(1n, bad)), undefined);
  }
});

t.test('every truncation is refused', async (t) => {
  const der = sequence(CURVE.n - 1n, CURVE.n - 2n);
  for (let length = 0; length < der.length; length++)
    t.equal(parseSignature(der.subarray(0, length)), undefined);
});
