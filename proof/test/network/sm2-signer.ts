import { concatBytes, hash, toHex, utf8 } from '@hufu/crypto';

/**
 * SM2 signatures (GB/T 32918.2-2016) straight from the standard's formulas, over BigInt, with k derived from key
 * and message: the vectors come out the same each time, and @hufu/crypto is checked against code that shares
 * nothing with it but SM3. For test keys only: nothing here is constant-time.
 */

/** GB/T 32918.5-2017: the recommended curve. */
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const G: Point = {
  x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
/** The user id that GB/T 35276 prescribes where none is agreed on. */
const ID = '1234567812345678';

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

function inverse(value: bigint, by: bigint): bigint {
  let [r0, r1, t0, t1] = [by, mod(value, by), 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  return mod(t0, by);
}

function add(a: Point | undefined, b: Point | undefined): Point | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a.x === b.x && mod(a.y + b.y, P) === 0n) return undefined;
  const slope =
    a.x === b.x ? (3n * a.x * a.x + A) * inverse(2n * a.y, P) : (b.y - a.y) * inverse(b.x - a.x, P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

/** G, 2G, 4G, …: computed once, since every multiplication here is of G. */
const powersOfG: Point[] = [G];
for (let bit = 1; bit < 256; bit++) powersOfG.push(add(powersOfG[bit - 1], powersOfG[bit - 1]) ?? G);

function multiplyG(scalar: bigint): Point {
  let sum: Point | undefined;
  for (const [bit, power] of powersOfG.entries()) {
    if ((scalar >> BigInt(bit)) & 1n) sum = add(sum, power);
  }
  if (sum === undefined) throw new Error('the point at infinity');
  return sum;
}

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const to32Bytes = (value: bigint): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));

/** A private key 1 … n − 2 from a seed. */
export function sm2PrivateKey(seed: string): bigint {
  return mod(toBigInt(hash('sm3', utf8(seed))), N - 2n) + 1n;
}

const publicKeys = new Map<bigint, Uint8Array>();

/** 65 bytes, 0x04 ‖ x ‖ y. */
export function sm2PublicKey(privateKey: bigint): Uint8Array {
  const known = publicKeys.get(privateKey);
  if (known !== undefined) return known;
  const { x, y } = multiplyG(privateKey);
  const publicKey = concatBytes(Uint8Array.of(4), to32Bytes(x), to32Bytes(y));
  publicKeys.set(privateKey, publicKey);
  return publicKey;
}

/** DER SEQUENCE{r, s}. */
export function sm2Sign(privateKey: bigint, message: Uint8Array, id = ID): Uint8Array {
  const publicKey = sm2PublicKey(privateKey);
  const z = hash(
    'sm3',
    concatBytes(
      Uint8Array.of(0, 8 * id.length),
      utf8(id),
      ...[A, B, G.x, G.y].map(to32Bytes),
      publicKey.subarray(1),
    ),
  );
  const e = toBigInt(hash('sm3', concatBytes(z, message)));
  const k = mod(toBigInt(hash('sm3', concatBytes(to32Bytes(privateKey), message))), N - 1n) + 1n;
  const r = mod(e + multiplyG(k).x, N);
  const s = mod(inverse(1n + privateKey, N) * (k - r * privateKey), N);
  if (r === 0n || s === 0n || r + k === N) throw new Error('another k is needed');
  const body = concatBytes(derInteger(r), derInteger(s));
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}

/** DER INTEGER of a positive number: minimal, with a zero byte before a set top bit. */
export function derInteger(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const bytes = Buffer.from(even, 'hex');
  const padded = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]);
  return concatBytes(Uint8Array.of(0x02, padded.length), padded);
}

export const SM2_ORDER = N;
