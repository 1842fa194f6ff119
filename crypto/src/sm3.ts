import { HASH_BYTES, type Hasher } from './hash-name.ts';

/**
 * SM3, GB/T 32905-2016, for where there is no native one. Words live in DataViews, whose reads are typed as
 * numbers (a typed array's are `number | undefined`) and are as fast.
 */
const BLOCK_BYTES = 64;
const ROUNDS = 64;
const EXPANDED_WORDS = 68;

/** Initial value, clause 4.1. */
const INITIAL = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
];

/** A streaming SM3. */
export class Sm3 implements Hasher {
  readonly #state = new DataView(new ArrayBuffer(HASH_BYTES));
  readonly #words = new DataView(new ArrayBuffer(EXPANDED_WORDS * 4));
  readonly #pending = new Uint8Array(BLOCK_BYTES);
  #pendingBytes = 0;
  #totalBytes = 0;
  #ended = false;

  constructor() {
    INITIAL.forEach((word, i) => {
      this.#state.setInt32(4 * i, word);
    });
  }

  update(data: Uint8Array): this {
    if (this.#ended) throw new Error('digest() was already called');
    this.#totalBytes += data.length;
    this.#absorb(data);
    return this;
  }

  digest(): Uint8Array {
    if (this.#ended) throw new Error('digest() was already called');
    this.#ended = true;
    this.#absorb(padding(this.#totalBytes));
    return new Uint8Array(this.#state.buffer);
  }

  #absorb(data: Uint8Array): void {
    let offset = 0;
    if (this.#pendingBytes > 0) {
      const taken = Math.min(BLOCK_BYTES - this.#pendingBytes, data.length);
      this.#pending.set(data.subarray(0, taken), this.#pendingBytes);
      this.#pendingBytes += taken;
      offset = taken;
      if (this.#pendingBytes < BLOCK_BYTES) return;
      compress(this.#state, this.#words, viewOf(this.#pending), 0);
    }
    const view = viewOf(data);
    for (; offset + BLOCK_BYTES <= data.length; offset += BLOCK_BYTES) {
      compress(this.#state, this.#words, view, offset);
    }
    this.#pending.set(data.subarray(offset));
    this.#pendingBytes = data.length - offset;
  }
}

/** SM3 of `data`, 32 bytes. */
export function sm3(data: Uint8Array): Uint8Array {
  return new Sm3().update(data).digest();
}

/** Clause 5.2: a 1 bit, zeros, then the message's length in bits as 64 bits, up to a whole block. */
function padding(messageBytes: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES + 8 - ((messageBytes + 8) % BLOCK_BYTES));
  bytes[0] = 0x80;
  const view = viewOf(bytes);
  view.setUint32(bytes.length - 8, Math.floor(messageBytes / 0x2000_0000));
  view.setUint32(bytes.length - 4, messageBytes << 3);
  return bytes;
}

/** Compression function CF, clause 5.3.3, of the block at `offset` into `state`; `words` is scratch. */
function compress(state: DataView, words: DataView, block: DataView, offset: number): void {
  expand(words, block, offset);
  let a = state.getInt32(0);
  let b = state.getInt32(4);
  let c = state.getInt32(8);
  let d = state.getInt32(12);
  let e = state.getInt32(16);
  let f = state.getInt32(20);
  let g = state.getInt32(24);
  let h = state.getInt32(28);
  for (let j = 0; j < ROUNDS; j++) {
    const early = j < 16;
    const word = words.getInt32(4 * j);
    const a12 = rotate(a, 12);
    // Constants T, clause 4.2. `rotate` takes its count modulo 32.
    const ss1 = rotate((a12 + e + rotate(early ? 0x79cc4519 : 0x7a879d8a, j)) | 0, 7);
    const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = early ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ a12) + (word ^ words.getInt32(4 * j + 16))) | 0;
    const tt2 = (gg + h + ss1 + word) | 0;
    d = c;
    c = rotate(b, 9);
    b = a;
    a = tt1;
    h = g;
    g = rotate(f, 19);
    f = e;
    e = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17); // P0, clause 4.4
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state.setInt32(4 * i, state.getInt32(4 * i) ^ word);
  });
}

/** Message expansion, clause 5.3.2. W′j is Wj ⊕ Wj+4, taken where it is used. */
function expand(words: DataView, block: DataView, offset: number): void {
  for (let i = 0; i < BLOCK_BYTES; i += 4) words.setInt32(i, block.getInt32(offset + i));
  for (let i = BLOCK_BYTES; i < 4 * EXPANDED_WORDS; i += 4) {
    const x = words.getInt32(i - 64) ^ words.getInt32(i - 36) ^ rotate(words.getInt32(i - 12), 15);
    const p1 = x ^ rotate(x, 15) ^ rotate(x, 23); // P1, clause 4.4
    words.setInt32(i, p1 ^ rotate(words.getInt32(i - 52), 7) ^ words.getInt32(i - 24));
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
