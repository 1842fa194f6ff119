/** SHA-256, FIPS 180-4, on four messages at once. */
import { hashLeaves as leaves, hashPairs as pairs } from './level';
import { rotateLeft, setStateWord, setWord, stateWord, word } from './vectors';

export { digests, INPUT_BYTES, input, lengths, MAX_MESSAGES } from './level';

/** Section 5.3.3. */
const initial = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Section 4.2.2. */
const constants = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

export function hashLeaves(count: usize): void {
  leaves(count, initial, compress);
}

export function hashPairs(count: usize): void {
  pairs(count, initial, compress);
}

/** Section 6.2.2. */
function compress(mask: v128): void {
  expand();
  let a = stateWord(0);
  let b = stateWord(1);
  let c = stateWord(2);
  let d = stateWord(3);
  let e = stateWord(4);
  let f = stateWord(5);
  let g = stateWord(6);
  let h = stateWord(7);
  for (let t: usize = 0; t < 64; t++) {
    const constant = v128.load32_splat(constants + t * 4);
    const choice = v128.bitselect(f, g, e);
    const majority = v128.or(v128.and(a, b), v128.and(c, v128.or(a, b)));
    // Rotations to the right by n are to the left by 32 − n.
    const sigma1 = xor3(rotateLeft(e, 26), rotateLeft(e, 21), rotateLeft(e, 7));
    const sigma0 = xor3(rotateLeft(a, 30), rotateLeft(a, 19), rotateLeft(a, 10));
    const t1 = i32x4.add(i32x4.add(i32x4.add(h, sigma1), choice), i32x4.add(constant, word(t)));
    h = g;
    g = f;
    f = e;
    e = i32x4.add(d, t1);
    d = c;
    c = b;
    b = a;
    a = i32x4.add(t1, i32x4.add(sigma0, majority));
  }
  mix(0, a, mask);
  mix(1, b, mask);
  mix(2, c, mask);
  mix(3, d, mask);
  mix(4, e, mask);
  mix(5, f, mask);
  mix(6, g, mask);
  mix(7, h, mask);
}

/** Message schedule, section 6.2.2, step 1. */
function expand(): void {
  for (let t: usize = 16; t < 64; t++) {
    const x = word(t - 15);
    const y = word(t - 2);
    const small0 = xor3(rotateLeft(x, 25), rotateLeft(x, 14), i32x4.shr_u(x, 3));
    const small1 = xor3(rotateLeft(y, 15), rotateLeft(y, 13), i32x4.shr_u(y, 10));
    setWord(t, i32x4.add(i32x4.add(small1, word(t - 7)), i32x4.add(small0, word(t - 16))));
  }
}

/** H(i) = H(i−1) + a … h, where the mask lets it. */
function mix(index: usize, value: v128, mask: v128): void {
  setStateWord(index, i32x4.add(stateWord(index), v128.and(value, mask)));
}

function xor3(x: v128, y: v128, z: v128): v128 {
  return v128.xor(v128.xor(x, y), z);
}
