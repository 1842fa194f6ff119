/** Four messages at once: lane i of every vector belongs to message i. */

const WORD_BYTES: usize = 4;
const VECTOR_BYTES: usize = 16;

/** The 68 expanded message words of SM3, or the 64 of SHA-256. The first 16 are the block itself. */
const words = memory.data(68 * VECTOR_BYTES, 16);
/** The eight state words. */
const state = memory.data(8 * VECTOR_BYTES, 16);

export function word(index: usize): v128 {
  return v128.load(words + index * VECTOR_BYTES);
}

export function setWord(index: usize, value: v128): void {
  v128.store(words + index * VECTOR_BYTES, value);
}

export function stateWord(index: usize): v128 {
  return v128.load(state + index * VECTOR_BYTES);
}

export function setStateWord(index: usize, value: v128): void {
  v128.store(state + index * VECTOR_BYTES, value);
}

/** Sets every lane's state to the eight 32-bit words at `initial`. */
export function setState(initial: usize): void {
  for (let i: usize = 0; i < 8; i++) setStateWord(i, v128.load32_splat(initial + i * WORD_BYTES));
}

/** Fills words 0 … 15 from the 64-byte blocks at `a`, `b`, `c`, `d`, lane 0 … 3, big-endian, unaligned. */
export function loadBlocks(a: usize, b: usize, c: usize, d: usize): void {
  for (let offset: usize = 0; offset < 64; offset += VECTOR_BYTES) {
    transpose(v128.load(a + offset), v128.load(b + offset), v128.load(c + offset), v128.load(d + offset));
    const index = offset / WORD_BYTES;
    setWord(index, swapBytes(row0));
    setWord(index + 1, swapBytes(row1));
    setWord(index + 2, swapBytes(row2));
    setWord(index + 3, swapBytes(row3));
  }
}

/** Writes the four lanes' digests to `to`, 32 bytes each, big-endian, lane 0 first. */
export function storeDigests(to: usize): void {
  for (let half: usize = 0; half < 2; half++) {
    transpose(stateWord(4 * half), stateWord(4 * half + 1), stateWord(4 * half + 2), stateWord(4 * half + 3));
    const start = to + half * VECTOR_BYTES;
    v128.store(start, swapBytes(row0));
    v128.store(start + 32, swapBytes(row1));
    v128.store(start + 64, swapBytes(row2));
    v128.store(start + 96, swapBytes(row3));
  }
}

/** Rotates each lane left; `bits` is a constant where this is inlined. */
export function rotateLeft(value: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(value, bits), i32x4.shr_u(value, 32 - bits));
}

/** What `transpose` gives. AssemblyScript returns one value only. */
let row0 = i32x4.splat(0);
let row1 = i32x4.splat(0);
let row2 = i32x4.splat(0);
let row3 = i32x4.splat(0);

/** Transposes the 4×4 matrix of 32-bit words whose rows are `a`, `b`, `c`, `d`. */
function transpose(a: v128, b: v128, c: v128, d: v128): void {
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  row0 = v128.shuffle<i64>(abLow, cdLow, 0, 2);
  row1 = v128.shuffle<i64>(abLow, cdLow, 1, 3);
  row2 = v128.shuffle<i64>(abHigh, cdHigh, 0, 2);
  row3 = v128.shuffle<i64>(abHigh, cdHigh, 1, 3);
}

/** Reverses the bytes of each 32-bit lane. */
function swapBytes(value: v128): v128 {
  return v128.shuffle<i8>(value, value, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}
