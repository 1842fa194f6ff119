/** SM3, GB/T 32905-2016, on four messages at once. */
import { hashLeaves as leaves, hashPairs as pairs } from './level';
import { rotateLeft, setStateWord, setWord, stateWord, word } from './vectors';

export { digests, INPUT_BYTES, input, lengths, MAX_MESSAGES } from './level';

/** Clause 4.1. */
const initial = memory.data<u32>([
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
]);

export function hashLeaves(count: usize): void {
  leaves(count, initial, compress);
}

export function hashPairs(count: usize): void {
  pairs(count, initial, compress);
}

/** Compression function CF, clause 5.3.3. */
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
  for (let j: usize = 0; j < 64; j++) {
    const early = j < 16;
    // Constants T, clause 4.2.
    const t = i32x4.splat(rotl<u32>(early ? 0x79cc4519 : 0x7a879d8a, <u32>j));
    const a12 = rotateLeft(a, 12);
    const ss1 = rotateLeft(i32x4.add(i32x4.add(a12, e), t), 7);
    const w = word(j);
    const ff = early ? xor3(a, b, c) : majority(a, b, c);
    const gg = early ? xor3(e, f, g) : v128.bitselect(f, g, e);
    const tt1 = i32x4.add(i32x4.add(ff, d), i32x4.add(v128.xor(ss1, a12), v128.xor(w, word(j + 4))));
    const tt2 = i32x4.add(i32x4.add(gg, h), i32x4.add(ss1, w));
    d = c;
    c = rotateLeft(b, 9);
    b = a;
    a = tt1;
    h = g;
    g = rotateLeft(f, 19);
    f = e;
    e = xor3(tt2, rotateLeft(tt2, 9), rotateLeft(tt2, 17)); // P0, clause 4.4
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

/** Message expansion, clause 5.3.2. W′j is Wj ⊕ Wj+4, taken where it is used. */
function expand(): void {
  for (let j: usize = 16; j < 68; j++) {
    const x = xor3(word(j - 16), word(j - 9), rotateLeft(word(j - 3), 15));
    const p1 = xor3(x, rotateLeft(x, 15), rotateLeft(x, 23)); // P1, clause 4.4
    setWord(j, xor3(p1, rotateLeft(word(j - 13), 7), word(j - 6)));
  }
}

/** V(i+1) = ABCDEFGH ⊕ V(i), where the mask lets it. */
function mix(index: usize, value: v128, mask: v128): void {
  setStateWord(index, v128.xor(stateWord(index), v128.and(value, mask)));
}

function xor3(x: v128, y: v128, z: v128): v128 {
  return v128.xor(v128.xor(x, y), z);
}

function majority(x: v128, y: v128, z: v128): v128 {
  return v128.or(v128.and(x, y), v128.and(z, v128.or(x, y)));
}
