import { type Brand, toHex } from '@hufu/crypto';

/**
 * The words of the protocol. Numbers are branded so that a height is never passed where a view is meant.
 * All are safe integers (0 … 2^53−1); decoders refuse anything larger.
 */
export type Height = Brand<number, 'Height'>;
export type View = Brand<number, 'View'>;
export type Epoch = Brand<number, 'Epoch'>;
/** Position in the epoch's validator set, 0 … n−1. */
export type ValidatorIndex = Brand<number, 'ValidatorIndex'>;

/** One digest of the same header per signature suite, in the genesis's suite order. 32 bytes each. */
export type HeaderDigests = readonly Uint8Array[];

/** Lower-case hex of a header's digest under the first suite: the key by which blocks are held. */
export type BlockId = Brand<string, 'BlockId'>;

/** Names one batch. `seq` counts an origin's batches from 0 without gap; `digest` is 32 bytes, first suite. */
export interface BatchRef {
  readonly origin: ValidatorIndex;
  readonly seq: number;
  readonly digest: Uint8Array;
}

/**
 * Submissions on their way: signed once by their origin, opaque to consensus. `prev` is the digest of the
 * origin's batch seq−1 (32 zero bytes before seq 0); `digest` covers origin, seq, prev and the payload.
 */
export interface Batch extends BatchRef {
  readonly prev: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** One vote's share of a certificate. `signatures` holds one per suite for Finalize, one in all (first suite) for the rest. */
export interface Share {
  readonly signer: ValidatorIndex;
  readonly signatures: readonly Uint8Array[];
}

/** One block, named under every suite: what Finalize signs and a header carries of its parent. */
export interface BlockPoint {
  readonly view: View;
  readonly height: Height;
  readonly digests: HeaderDigests;
}

/** One block, named under the first suite only: what Notarize signs. It carries nothing that is not signed. */
export interface NotarizedPoint {
  readonly view: View;
  readonly height: Height;
  readonly digest: Uint8Array;
}

export interface Notarize extends NotarizedPoint, Share {
  readonly kind: 'notarize';
}
export interface Nullify extends Share {
  readonly kind: 'nullify';
  readonly view: View;
}
export interface Finalize extends BlockPoint, Share {
  readonly kind: 'finalize';
}
export type Vote = Notarize | Nullify | Finalize;

/** q … n matching votes, ordered by signer, each signer once. */
export interface Notarization extends NotarizedPoint {
  readonly kind: 'notarization';
  readonly shares: readonly Share[];
}
export interface Nullification {
  readonly kind: 'nullification';
  readonly view: View;
  readonly shares: readonly Share[];
}
export interface Finalization extends BlockPoint {
  readonly kind: 'finalization';
  readonly shares: readonly Share[];
}
export type Certificate = Notarization | Nullification | Finalization;

/**
 * What execution needs to know to rebuild a header; everything else in it follows from the parent's state.
 * The proposer is leader(view).
 */
export interface BlockInput {
  readonly view: View;
  readonly height: Height;
  /** For height 1 the genesis block's point: view 0, height 0, digests = the chain's id under each suite. */
  readonly parent: BlockPoint;
  readonly timeMs: number;
  readonly refs: readonly BatchRef[];
}

/**
 * A leader's block for one view. The certificates that justify it travel inside: the parent's notarization or
 * finalization (null only when the parent is the epoch's genesis) and, in order, a nullification for each view
 * between. `signature` is the proposer's, over the proposal sign-bytes, first suite.
 */
export interface Proposal extends BlockInput {
  readonly kind: 'proposal';
  readonly digests: HeaderDigests;
  readonly justification: Notarization | Finalization | null;
  readonly nullifications: readonly Nullification[];
  readonly signature: Uint8Array;
}

/**
 * The epoch's last block, proposed again unchanged in a later view, until it is final by its own certificate. It is
 * justified by a notarization of the block itself and a nullification for each view between. Only the digests travel:
 * whoever lacks the block asks for it as for any notarized one. `signature` is the leader's, over the proposal sign-bytes.
 */
export interface Reproposal extends BlockPoint {
  readonly kind: 'reproposal';
  readonly justification: Notarization;
  readonly nullifications: readonly Nullification[];
  readonly signature: Uint8Array;
}

/** Branded constructors. The caller has checked the number: a safe integer, 0 or more. */
export function asHeight(value: number): Height {
  return value as Height;
}
export function asView(value: number): View {
  return value as View;
}
export function asEpoch(value: number): Epoch {
  return value as Epoch;
}
export function asValidatorIndex(value: number): ValidatorIndex {
  return value as ValidatorIndex;
}
/**
 * A digest in hex, as a key of maps. Remembered for as long as the array lives: the rules look the same digests up
 * after every event, and digests are never changed.
 */
export function digestKey(digest: Uint8Array): string {
  const known = DIGEST_KEYS.get(digest);
  if (known !== undefined) return known;
  const key = toHex(digest);
  DIGEST_KEYS.set(digest, key);
  return key;
}
const DIGEST_KEYS = new WeakMap<Uint8Array, string>();

/** The key of the block with this digest under the first suite. */
export function blockIdOf(digest: Uint8Array): BlockId {
  // A branded constructor.
  return digestKey(digest) as BlockId;
}
