import { HASH_BYTES, signBytes, u64be } from '@hufu/crypto';

/** What one signature of a consensus message covers. All digests are those of the signature's own suite. */
export interface VoteSignFields {
  /** 32 bytes: digest of the genesis file. */
  readonly chainId: Uint8Array;
  readonly epoch: number;
  /** 32 bytes. */
  readonly validatorSetDigest: Uint8Array;
  readonly view: number;
  readonly height: number;
  /** 32 bytes. */
  readonly digest: Uint8Array;
}

/**
 * Sign-bytes of a vote or a proposal: signBytes(kind, chainId ‖ u64 epoch ‖ validatorSetDigest ‖ u64 view ‖
 * u64 height ‖ headerDigest). Nullify names no block: its height is 0 and its digest 32 zero bytes.
 */
export function voteSignBytes(
  kind: 'notarize' | 'finalize' | 'proposal',
  fields: VoteSignFields,
): Uint8Array {
  return signBytes(kind, [
    fields.chainId,
    u64be(fields.epoch),
    fields.validatorSetDigest,
    u64be(fields.view),
    u64be(fields.height),
    fields.digest,
  ]);
}

/** As `voteSignBytes`, for Nullify. */
export function nullifySignBytes(fields: Omit<VoteSignFields, 'height' | 'digest'>): Uint8Array {
  return signBytes('nullify', [
    fields.chainId,
    u64be(fields.epoch),
    fields.validatorSetDigest,
    u64be(fields.view),
    u64be(0),
    new Uint8Array(HASH_BYTES),
  ]);
}

/** Sign-bytes of a batch: signBytes('batch', chainId ‖ digest), both of the first suite. */
export function batchSignBytes(chainId: Uint8Array, digest: Uint8Array): Uint8Array {
  return signBytes('batch', [chainId, digest]);
}
