import { assertNever, equalBytes, type HashName } from '@hufu/crypto';
import { batchDigest } from './batch-digest.ts';
import type {
  Message,
  UnsignedMessage,
  UnsignedProposal,
  UnsignedReproposal,
  UnsignedVote,
} from './interface.ts';
import type { Certificate, Share, ValidatorIndex } from './types.ts';
import { batchSignBytes, nullifySignBytes, voteSignBytes } from './vote-sign-bytes.ts';

/** What signatures are bound to. Lists hold 32 bytes per suite, in the genesis's order. */
export interface SigningContext {
  readonly hash: HashName;
  readonly chainId: readonly Uint8Array[];
  readonly epoch: number;
  readonly validatorSetDigest: readonly Uint8Array[];
}

/** One signature to verify: under suite number `suite` (position in the genesis's order) of validator `signer`. */
export interface SignatureCheck {
  readonly signer: ValidatorIndex;
  readonly suite: number;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Everything that must verify before `verified` says ok: the message's own signatures and those of the embedded
 * `certificates` that the `verify` effect names. `leader` is the signer of a proposal. Undefined when the
 * message cannot be valid whatever its signatures: a share without one signature per suite, a batch whose
 * digest is not its content's.
 */
export function signatureChecks(
  context: SigningContext,
  message: Message,
  certificates: readonly Certificate[],
  leader: ValidatorIndex,
): readonly SignatureCheck[] | undefined {
  const checks: SignatureCheck[] = [];
  const own = ownChecks(context, message, leader);
  if (own === undefined) return undefined;
  checks.push(...own);
  for (const certificate of certificates) {
    const embedded = certificateChecks(context, certificate);
    if (embedded === undefined) return undefined;
    checks.push(...embedded);
  }
  return checks;
}

function ownChecks(
  context: SigningContext,
  message: Message,
  leader: ValidatorIndex,
): readonly SignatureCheck[] | undefined {
  switch (message.kind) {
    case 'proposal':
    case 'reproposal': {
      const share = { signer: leader, signatures: [message.signature] };
      return shareChecks(proposalSignBytesBySuite(context, message), share);
    }
    case 'batch': {
      if (!equalBytes(batchDigest(context.hash, message), message.digest)) return undefined;
      const share = { signer: message.origin, signatures: [message.signature] };
      return shareChecks([batchSignBytes(first(context.chainId), message.digest)], share);
    }
    case 'notarize':
    case 'nullify':
      return shareChecks(voteSignBytesBySuite(context, message), message);
    case 'finalize':
      return message.digests.length === context.chainId.length
        ? shareChecks(voteSignBytesBySuite(context, message), message)
        : undefined;
    case 'notarization':
    case 'nullification':
    case 'finalization':
      return certificateChecks(context, message);
    case 'acks':
    case 'status':
    case 'fetch-proposal':
    case 'fetch-certificates':
    case 'fetch-batch':
    case 'fetch-blocks':
    case 'blocks':
      return [];
    default:
      return assertNever(message);
  }
}

function certificateChecks(
  context: SigningContext,
  certificate: Certificate,
): readonly SignatureCheck[] | undefined {
  // Threat: a peer's finalization may carry any number of digests.
  if (certificate.kind === 'finalization' && certificate.digests.length !== context.chainId.length) {
    return undefined;
  }
  const bytes = certificateSignBytes(context, certificate);
  const checks: SignatureCheck[] = [];
  for (const share of certificate.shares) {
    const ofShare = shareChecks(bytes, share);
    if (ofShare === undefined) return undefined;
    checks.push(...ofShare);
  }
  return checks;
}

function shareChecks(bytes: readonly Uint8Array[], share: Share): readonly SignatureCheck[] | undefined {
  if (share.signatures.length !== bytes.length) return undefined;
  return share.signatures.map((signature, suite) => ({
    signer: share.signer,
    suite,
    bytes: bytes[suite] ?? broken('suite'),
    signature,
  }));
}

/** What the host signs for an unsigned message of ours: one entry per signature, in suite order. */
export function unsignedSignBytes(context: SigningContext, message: UnsignedMessage): readonly Uint8Array[] {
  switch (message.kind) {
    case 'proposal':
    case 'reproposal':
      return proposalSignBytesBySuite(context, message);
    case 'batch':
      return [batchSignBytes(first(context.chainId), message.digest)];
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return voteSignBytesBySuite(context, message);
    default:
      return assertNever(message);
  }
}

function proposalSignBytesBySuite(
  context: SigningContext,
  proposal: UnsignedProposal | UnsignedReproposal,
): readonly Uint8Array[] {
  return [
    voteSignBytes('proposal', {
      ...fieldsOf(context, 0),
      view: proposal.view,
      height: proposal.height,
      digest: first(proposal.digests),
    }),
  ];
}

function voteSignBytesBySuite(context: SigningContext, vote: UnsignedVote): readonly Uint8Array[] {
  switch (vote.kind) {
    case 'notarize':
      return [voteSignBytes('notarize', { ...fieldsOf(context, 0), ...vote })];
    case 'nullify':
      return [nullifySignBytes({ ...fieldsOf(context, 0), view: vote.view })];
    case 'finalize':
      return vote.digests.map((digest, suite) =>
        voteSignBytes('finalize', {
          ...fieldsOf(context, suite),
          view: vote.view,
          height: vote.height,
          digest,
        }),
      );
    default:
      return assertNever(vote);
  }
}

function certificateSignBytes(context: SigningContext, certificate: Certificate): readonly Uint8Array[] {
  switch (certificate.kind) {
    case 'notarization':
      return voteSignBytesBySuite(context, { ...certificate, kind: 'notarize' });
    case 'nullification':
      return voteSignBytesBySuite(context, { ...certificate, kind: 'nullify' });
    case 'finalization':
      return voteSignBytesBySuite(context, { ...certificate, kind: 'finalize' });
    default:
      return assertNever(certificate);
  }
}

function fieldsOf(context: SigningContext, suite: number) {
  return {
    chainId: context.chainId[suite] ?? broken('chainId'),
    epoch: context.epoch,
    validatorSetDigest: context.validatorSetDigest[suite] ?? broken('validatorSetDigest'),
  };
}

function first(digests: readonly Uint8Array[]): Uint8Array {
  return digests[0] ?? broken('digests');
}

function broken(what: string): never {
  throw new Error(`no ${what} for this suite`);
}
