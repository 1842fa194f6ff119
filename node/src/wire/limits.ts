import { HASH_BYTES } from '@hufu/crypto';
import { MAX_BATCH_PAYLOAD_BYTES } from '@hufu/proof';

/**
 * Bounds on what is read from a peer or from disk, checked while reading, before anything is kept. Where a
 * genesis parameter bounds the same thing, this is the most that a genesis may allow.
 */

/** Largest message of any kind: a batch, whose other fields are small. */
export const MAX_MESSAGE_BYTES = MAX_BATCH_PAYLOAD_BYTES + 1_024;
export const MAX_SUITES = 4;
/** Ed25519 takes 64 bytes, SM2 in DER at most 72. */
export const MAX_SIGNATURE_BYTES = 72;
export const MAX_BLOCK_REFS = 1_024;
/** Skipped views that one proposal can account for. */
export const MAX_NULLIFICATIONS = 1_024;
/** A block without references takes at most this much, with two suites. */
export const BARE_BLOCK_BYTES = 256;
/** As many bare blocks as a message holds: a run of blocks without certificates of their own comes in one piece. */
export const MAX_BLOCKS = Math.floor(MAX_MESSAGE_BYTES / BARE_BLOCK_BYTES);
/** Ends of epochs in one answer. Each of full size, they still fit into a message. */
export const MAX_EPOCH_ENDS = 64;
/** Leaves of a state. The largest registry makes 1,381: parameters, 256 members, 100 validators, 1,024 gateways. */
export const MAX_STATE_LEAVES = 65_536;
export const MAX_STATE_LEAF_BYTES = 65_536;
/** Hashes of one range proof: two for each level of a tree. */
export const MAX_PATH_HASHES = 64;
/** Tiles are 256 wide: seven levels hold 2^56 leaves. */
export const MAX_TILE_LEVELS = 7;
/** A tile that is not complete. */
export const MAX_EDGE_BYTES = 255 * HASH_BYTES;
