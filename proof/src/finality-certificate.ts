import {
  asEpoch,
  asHeight,
  asView,
  type Epoch,
  type Finalization,
  type Height,
  MAX_VALIDATORS,
  quorum,
  type View,
  voteSignBytes,
} from '@hufu/consensus';
import { equalBytes, HASH_BYTES, ok, SUITE_NAMES, type SuiteName, toHex, verify } from '@hufu/crypto';
import { hex, hexUpTo, integer, list, object, oneOf, readShape, type Shape } from './closed-json.ts';
import type { SuiteDigests } from './header.ts';
import { MAX_SIGNATURE_BYTES, MAX_UINT } from './numbers.ts';
import { type Decoded, refuse } from './problems.ts';
import { type ValidatorSet, validatorSetDigests } from './validator-set.ts';

/** A finalization under one suite, as an object that stands by itself: at least q Finalize signatures. */
export interface FinalityCertificate {
  readonly suite: SuiteName;
  /** All digests are 32 bytes, by the suite's hash. */
  readonly chainId: Uint8Array;
  readonly epoch: Epoch;
  readonly validatorSetDigest: Uint8Array;
  readonly view: View;
  readonly height: Height;
  readonly headerDigest: Uint8Array;
  /** Bit i mod 8 (from the lowest) of byte ⌊i/8⌋ is validator i; ⌈n/8⌉ bytes. */
  readonly bitmap: Uint8Array;
  /** One for each bit that is set, in the order of the validators. */
  readonly signatures: readonly Uint8Array[];
}

/** The certificate in JSON, bytes as lower-case hex: as it stands in bundles and in the node's API. */
export interface FinalityCertificateJson {
  readonly suite: SuiteName;
  readonly chainId: string;
  readonly epoch: number;
  readonly validatorSetDigest: string;
  readonly view: number;
  readonly height: number;
  readonly headerDigest: string;
  readonly bitmap: string;
  readonly signatures: readonly string[];
}

/** What a certificate must be about. `chainId` has one digest per suite of the set. */
export interface CertifiedContext {
  readonly chainId: SuiteDigests;
  readonly validators: ValidatorSet;
}

/** The block a certificate must make final; `digests` has one digest per suite of the set. */
export interface CertifiedBlock {
  readonly view: number;
  readonly height: number;
  readonly digests: SuiteDigests;
  /** As in its header: there when the block is the last of its epoch. */
  readonly nextValidatorSetDigest?: SuiteDigests;
}

const MAX_BITMAP_BYTES = Math.ceil(MAX_VALIDATORS / 8);

/** Shape of a certificate in JSON, for documents that embed one. */
export const certificateShape: Shape<FinalityCertificate> = (value, at, refusals) => {
  const read = fieldsShape(value, at, refusals);
  return (
    read && {
      ...read,
      epoch: asEpoch(read.epoch),
      view: asView(read.view),
      height: asHeight(read.height),
    }
  );
};

type Unbranded = Omit<FinalityCertificate, 'epoch' | 'view' | 'height'> & {
  readonly epoch: number;
  readonly view: number;
  readonly height: number;
};

const fieldsShape: Shape<Unbranded> = object<Unbranded>({
  suite: oneOf(...SUITE_NAMES),
  chainId: hex(HASH_BYTES),
  epoch: integer(0, MAX_UINT),
  validatorSetDigest: hex(HASH_BYTES),
  view: integer(1, MAX_UINT),
  height: integer(1, MAX_UINT),
  headerDigest: hex(HASH_BYTES),
  bitmap: hexUpTo(MAX_BITMAP_BYTES),
  signatures: list(hexUpTo(MAX_SIGNATURE_BYTES), 1, MAX_VALIDATORS),
});

/** Reads a certificate from parsed JSON. Error: 'certificate-malformed'. */
export function certificateFromJson(value: unknown): Decoded<FinalityCertificate> {
  const read = readShape(value, certificateShape);
  return read.type === 'read' ? ok(read.value) : refuse('certificate-malformed', read.remark);
}

export function certificateToJson(certificate: FinalityCertificate): FinalityCertificateJson {
  return {
    suite: certificate.suite,
    chainId: toHex(certificate.chainId),
    epoch: certificate.epoch,
    validatorSetDigest: toHex(certificate.validatorSetDigest),
    view: certificate.view,
    height: certificate.height,
    headerDigest: toHex(certificate.headerDigest),
    bitmap: toHex(certificate.bitmap),
    signatures: certificate.signatures.map(toHex),
  };
}

/**
 * The finality certificates of a finalization, one per suite in the set's order. Throws an Error for a
 * finalization that has not one digest and one signature per suite, or signers that do not ascend: consensus
 * makes no such thing.
 */
export function certificatesFromFinalization(
  finalization: Finalization,
  context: CertifiedContext,
): readonly FinalityCertificate[] {
  const { validators, chainId } = context;
  const setDigests = validatorSetDigests(validators);
  const bitmap = new Uint8Array(Math.ceil(validators.validators.length / 8));
  let before = -1;
  for (const { signer } of finalization.shares) {
    if (signer <= before) throw new Error(`a finalization with signer ${signer} after ${before}`);
    before = signer;
    bitmap[signer >> 3] = (bitmap[signer >> 3] ?? 0) | (1 << (signer & 7));
  }
  return validators.suites.map((suite, i) => ({
    suite,
    chainId: nth(chainId, i),
    epoch: validators.epoch,
    validatorSetDigest: nth(setDigests, i),
    view: finalization.view,
    height: finalization.height,
    headerDigest: nth(finalization.digests, i),
    bitmap,
    signatures: finalization.shares.map((share) => nth(share.signatures, i)),
  }));
}

/**
 * Verifies a certificate by itself against the chain and the set: same chain, epoch and set, a well-formed
 * bitmap, at least a quorum of signers, and every signature it carries. The value lists the signers' indices.
 * Whether it is about a given block is `certifies`. Errors: the codes that begin with 'certificate-'.
 */
export function verifyFinalityCertificate(
  certificate: FinalityCertificate,
  context: CertifiedContext,
): Decoded<readonly number[]> {
  const { validators } = context;
  const suiteIndex = validators.suites.indexOf(certificate.suite);
  if (suiteIndex < 0) return refuse('certificate-wrong-suite', certificate.suite);
  if (!isNth(context.chainId, suiteIndex, certificate.chainId)) {
    return refuse('certificate-wrong-chain', toHex(certificate.chainId));
  }
  if (certificate.epoch !== validators.epoch) {
    return refuse('certificate-wrong-epoch', `epoch ${certificate.epoch}`);
  }
  if (!isNth(validatorSetDigests(validators), suiteIndex, certificate.validatorSetDigest)) {
    return refuse('certificate-wrong-validators', toHex(certificate.validatorSetDigest));
  }
  const n = validators.validators.length;
  const signers = readBitmap(certificate.bitmap, n);
  if (signers === undefined || signers.length !== certificate.signatures.length) {
    return refuse('certificate-bitmap-invalid', toHex(certificate.bitmap));
  }
  // The count comes before the signatures: it is cheap, and too few valid ones prove nothing.
  if (signers.length < quorum(n)) return refuse('certificate-below-quorum', `${signers.length} of ${n}`);
  const message = certificateSignBytes(certificate);
  for (const [i, signer] of signers.entries()) {
    const key = validators.validators[signer]?.keys[suiteIndex];
    const signature = certificate.signatures[i];
    if (!key || !signature || !verify(certificate.suite, key, message, signature)) {
      return refuse('certificate-signature-invalid', `validator ${signer}`);
    }
  }
  return ok(signers);
}

/**
 * Whether the certificate names this block: its view, its height and its header's digest under its suite. The last block of
 * an epoch is proposed again, unchanged, until it is final by itself: only there may the certificate's view be later.
 */
export function certifies(
  certificate: FinalityCertificate,
  block: CertifiedBlock,
  suites: readonly SuiteName[],
): boolean {
  const endsEpoch = block.nextValidatorSetDigest !== undefined;
  return (
    (endsEpoch ? certificate.view >= block.view : certificate.view === block.view) &&
    certificate.height === block.height &&
    isNth(block.digests, suites.indexOf(certificate.suite), certificate.headerDigest)
  );
}

/** What each of the certificate's signatures is over (docs/spec/sign-bytes.md). */
export function certificateSignBytes(certificate: FinalityCertificate): Uint8Array {
  return voteSignBytes('finalize', { ...certificate, digest: certificate.headerDigest });
}

/** Indices of the bits set; undefined for a bitmap of another length or with a bit that is no validator's. */
export function readBitmap(bitmap: Uint8Array, n: number): readonly number[] | undefined {
  if (bitmap.length !== Math.ceil(n / 8)) return undefined;
  const bits = Array.from({ length: bitmap.length * 8 }, (_, i) => i);
  const signers = bits.filter((i) => ((bitmap[i >> 3] ?? 0) >> (i & 7)) & 1);
  return signers.every((signer) => signer < n) ? signers : undefined;
}

function isNth(digests: SuiteDigests, index: number, digest: Uint8Array): boolean {
  const expected = digests[index];
  return expected !== undefined && equalBytes(expected, digest);
}

function nth(list: readonly Uint8Array[], index: number): Uint8Array {
  const item = list[index];
  if (item === undefined) throw new Error(`a finalization without suite ${index}`);
  return item;
}
