/**
 * One Merkle level in one call: RFC 9162, section 2.1.1, leaves H(0x00 ‖ leaf) and nodes H(0x01 ‖ l ‖ r), for
 * either hash. The caller fills `input` (and `lengths`), calls, and reads `digests`.
 */
import { loadBlocks, setState, setWord, storeDigests, word } from './vectors';

const LANES: usize = 4;
const BLOCK_BYTES: usize = 64;
const PAIR_BYTES: usize = 64;
const DIGEST_BYTES: usize = 32;
const U32_BYTES: usize = 4;
/** The byte 0x80 and the 64-bit length that end a message (FIPS 180-4, section 5.1.1; GB/T 32905, clause 5.2). */
const PADDING_BYTES: usize = 9;

/** Most leaves or pairs in a call; a multiple of the lanes. */
export const MAX_MESSAGES: usize = 1024;
/**
 * Room for leaves: each takes a slot of whole blocks that holds its prefix, itself and its padding. Three blocks
 * hold an evidence entry of average size.
 */
export const INPUT_BYTES: usize = MAX_MESSAGES * 3 * BLOCK_BYTES;

/** One block before, since `hashPairs` reads a byte early; four after, for the lanes that fill up the last four. */
const inputArea = memory.data(BLOCK_BYTES + INPUT_BYTES + LANES * BLOCK_BYTES, 16);
/** Leaves, each one byte after its slot's start; or pairs, one after the other. */
export const input: usize = inputArea + BLOCK_BYTES;
/** Bytes of each leaf, u32. */
export const lengths: usize = memory.data(MAX_MESSAGES * U32_BYTES, 16);
/** 32 bytes for each message. */
export const digests: usize = memory.data(MAX_MESSAGES * DIGEST_BYTES, 16);

/** Of the four messages in work: where each one's slot starts, and its blocks. u32 each. */
const slots = memory.data(LANES * U32_BYTES, 16);
const blockCounts = memory.data(LANES * U32_BYTES, 16);

/** Takes the block in words 0 … 15 into the state of those lanes where `mask` is all ones. */
export type Compress = (mask: v128) => void;

/** Hashes `count` leaves. */
export function hashLeaves(count: usize, initial: usize, compress: Compress): void {
  for (let i = count; i % LANES !== 0; i++) store<u32>(lengths + i * U32_BYTES, 0);
  let slot = input;
  for (let first: usize = 0; first < count; first += LANES) {
    let mostBlocks: usize = 0;
    for (let lane: usize = 0; lane < LANES; lane++) {
      const blocks = pad(slot, load<u32>(lengths + (first + lane) * U32_BYTES));
      store<u32>(slots + lane * U32_BYTES, <u32>slot);
      store<u32>(blockCounts + lane * U32_BYTES, <u32>blocks);
      mostBlocks = max(mostBlocks, blocks);
      slot += blocks * BLOCK_BYTES;
    }
    setState(initial);
    for (let block: usize = 0; block < mostBlocks; block++) {
      loadBlocks(blockOf(0, block), blockOf(1, block), blockOf(2, block), blockOf(3, block));
      compress(i32x4.lt_u(i32x4.splat(<i32>block), v128.load(blockCounts)));
    }
    storeDigests(digests + first * DIGEST_BYTES);
  }
}

/** Makes the leaf in `slot` a whole message: prefix before, padding after. Returns its number of blocks. */
function pad(slot: usize, lengthBytes: usize): usize {
  const messageBytes: usize = 1 + lengthBytes;
  const slotBytes: usize = (messageBytes + PADDING_BYTES + BLOCK_BYTES - 1) & ~(BLOCK_BYTES - 1);
  store<u8>(slot, 0x00);
  store<u8>(slot + messageBytes, 0x80);
  memory.fill(slot + messageBytes + 1, 0, slotBytes - messageBytes - 1);
  store<u64>(slot + slotBytes - 8, bswap<u64>(<u64>messageBytes * 8));
  return slotBytes / BLOCK_BYTES;
}

/** Where a lane's block is; for a lane that has ended, its first block, which the mask then keeps out. */
function blockOf(lane: usize, block: usize): usize {
  const within = block < load<u32>(blockCounts + lane * U32_BYTES);
  return <usize>load<u32>(slots + lane * U32_BYTES) + (within ? block * BLOCK_BYTES : 0);
}

/** Hashes `count` pairs. A message is 65 bytes: all but its last byte in the first block, that in the second. */
export function hashPairs(count: usize, initial: usize, compress: Compress): void {
  const every = i32x4.splat(-1);
  for (let first: usize = 0; first < count; first += LANES) {
    const pair = input + first * PAIR_BYTES;
    setState(initial);
    // Starts one byte early: that byte is then overwritten by the prefix.
    loadBlocks(pair - 1, pair + 63, pair + 127, pair + 191);
    setWord(0, v128.or(v128.and(word(0), i32x4.splat(0x00ffffff)), i32x4.splat(0x01000000)));
    compress(every);
    setWord(0, i32x4(lastWord(pair), lastWord(pair + 64), lastWord(pair + 128), lastWord(pair + 192)));
    for (let i: usize = 1; i < 15; i++) setWord(i, i32x4.splat(0));
    setWord(15, i32x4.splat(8 * (1 + <i32>PAIR_BYTES)));
    compress(every);
    storeDigests(digests + first * DIGEST_BYTES);
  }
}

/** First word of a pair's second block: its last byte, then 0x80. */
function lastWord(pair: usize): i32 {
  return ((<i32>load<u8>(pair + 63)) << 24) | 0x00800000;
}
