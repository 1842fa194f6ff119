import { assertNever, equalBytes, HASH_BYTES } from '@hufu/crypto';
import type { Blocks, FetchBatch, FetchBlocks, FetchCertificates, FetchProposal } from './interface.ts';
import { firstShownView } from './parent.ts';
import { quorum } from './quorum.ts';
import { firstDigest, type State, sameBlock, samePoint } from './state.ts';
import type {
  Batch,
  BatchRef,
  BlockInput,
  BlockPoint,
  Certificate,
  NotarizedPoint,
  Nullification,
  Proposal,
  Reproposal,
  Share,
  Vote,
} from './types.ts';

/*
 * Whether what a peer sent is well-formed, before any signature is checked: the types are the decoder's, the
 * values are the peer's. Work here is bounded by the size of the message.
 */

/** A signature of any suite fits: Ed25519 is 64 bytes, SM2 in DER at most 72. */
const MAX_SIGNATURE_BYTES = 128;

export type Request = FetchProposal | FetchCertificates | FetchBatch | FetchBlocks;

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isDigest(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function isBlockPoint(state: State, point: BlockPoint): boolean {
  return (
    isIndex(point.view) &&
    isIndex(point.height) &&
    point.digests.length === state.tip.digests.length &&
    point.digests.every(isDigest)
  );
}

function isNotarizedPoint(point: NotarizedPoint): boolean {
  return isIndex(point.view) && isIndex(point.height) && isDigest(point.digest);
}

/** One signature per suite for Finalize, one in all for the rest. */
function isShare(state: State, share: Share, signatures: number): boolean {
  return (
    isIndex(share.signer) &&
    share.signer < state.config.n &&
    share.signatures.length === signatures &&
    share.signatures.every(({ length }) => length > 0 && length <= MAX_SIGNATURE_BYTES)
  );
}

export function isVote(state: State, vote: Vote): boolean {
  switch (vote.kind) {
    case 'notarize':
      return isNotarizedPoint(vote) && isShare(state, vote, 1);
    case 'nullify':
      return isIndex(vote.view) && isShare(state, vote, 1);
    case 'finalize':
      return isBlockPoint(state, vote) && isShare(state, vote, state.tip.digests.length);
    default:
      return assertNever(vote);
  }
}

export function isCertificate(state: State, certificate: Certificate): boolean {
  switch (certificate.kind) {
    case 'notarization':
      return isNotarizedPoint(certificate) && areShares(state, certificate.shares, 1);
    case 'nullification':
      return isIndex(certificate.view) && areShares(state, certificate.shares, 1);
    case 'finalization':
      return (
        isBlockPoint(state, certificate) && areShares(state, certificate.shares, state.tip.digests.length)
      );
    default:
      return assertNever(certificate);
  }
}

/** q … n shares, ordered by signer, each signer once. */
function areShares(state: State, shares: readonly Share[], signatures: number): boolean {
  const { n } = state.config;
  if (shares.length < quorum(n) || shares.length > n) return false;
  let last = -1;
  for (const share of shares) {
    if (!isShare(state, share, signatures) || share.signer <= last) return false;
    last = share.signer;
  }
  return true;
}

function isBatchRef(state: State, ref: BatchRef): boolean {
  return isIndex(ref.origin) && ref.origin < state.config.n && isIndex(ref.seq) && isDigest(ref.digest);
}

/** Whether a question can be answered at all. */
export function isRequest(state: State, message: Request): boolean {
  switch (message.kind) {
    case 'fetch-proposal':
      return isIndex(message.view);
    case 'fetch-certificates':
      return isIndex(message.fromView) && isIndex(message.toView);
    case 'fetch-batch':
      return isBatchRef(state, message.ref);
    case 'fetch-blocks':
      return isIndex(message.fromHeight) && message.fromHeight > 0;
    default:
      return assertNever(message);
  }
}

export function isBatch(state: State, batch: Batch): boolean {
  return (
    isBatchRef(state, batch) &&
    isDigest(batch.prev) &&
    batch.signature.length > 0 &&
    batch.signature.length <= MAX_SIGNATURE_BYTES &&
    batch.payload.length <= state.config.parameters.maxBatchBytes
  );
}

function isBlockInput(state: State, input: BlockInput): boolean {
  return (
    isIndex(input.view) &&
    isIndex(input.timeMs) &&
    isBlockPoint(state, input.parent) &&
    input.height === input.parent.height + 1 &&
    input.view > input.parent.view &&
    input.refs.length <= state.config.parameters.maxBlockBatches &&
    input.refs.every((ref) => isBatchRef(state, ref))
  );
}

/** The certificates inside a proposal are about its parent and exactly the views between. */
export function isProposal(state: State, proposal: Proposal): boolean {
  const { view, height, parent, digests, nullifications, signature } = proposal;
  return (
    isBlockInput(state, proposal) &&
    isBlockPoint(state, { view, height, digests }) &&
    signature.length > 0 &&
    signature.length <= MAX_SIGNATURE_BYTES &&
    justifies(state, proposal.justification, parent) &&
    areNullifications(state, nullifications, parent.view, view)
  );
}

/** The certificates inside a reproposal are the block's own notarization and exactly the views between. */
export function isReproposal(state: State, reproposal: Reproposal): boolean {
  const { view, height, digests, justification, nullifications, signature } = reproposal;
  return (
    isBlockPoint(state, reproposal) &&
    signature.length > 0 &&
    signature.length <= MAX_SIGNATURE_BYTES &&
    justification.kind === 'notarization' &&
    isCertificate(state, justification) &&
    justification.height === height &&
    equalBytes(justification.digest, firstDigest(digests)) &&
    justification.view < view &&
    areNullifications(state, nullifications, justification.view, view)
  );
}

/** Exactly the nullifications of the views between `after` and `before`, in order, or the last of them. */
function areNullifications(
  state: State,
  nullifications: readonly Nullification[],
  after: number,
  before: number,
): boolean {
  const first = firstShownView(after, before);
  return (
    nullifications.length === before - first &&
    nullifications.every(
      (nullification, index) => nullification.view === first + index && isCertificate(state, nullification),
    )
  );
}

function justifies(state: State, justification: Proposal['justification'], parent: BlockPoint): boolean {
  // Only the epoch's genesis needs no certificate; that the parent is this very genesis, linking checks.
  if (justification === null) return parent.height === state.config.genesisHeight;
  if (!isCertificate(state, justification)) return false;
  switch (justification.kind) {
    case 'notarization':
      return (
        justification.view === parent.view &&
        justification.height === parent.height &&
        equalBytes(justification.digest, parent.digests[0] ?? new Uint8Array())
      );
    case 'finalization':
      return samePoint(justification, parent);
    default:
      return assertNever(justification);
  }
}

/**
 * Consecutive blocks that link to each other, the last of them the one that is certified. However many: the next block with
 * a certificate of its own may be far, and the decoder bounds what a message holds.
 */
export function isChainOfBlocks(state: State, { blocks, finalization }: Blocks): boolean {
  const last = blocks.at(-1);
  return (
    last !== undefined &&
    isCertificate(state, finalization) &&
    sameBlock(last, finalization) &&
    // What claims to come later than what is final would never be looked at.
    last.view <= finalization.view &&
    blocks.every((block, index) => {
      const before = blocks[index - 1];
      return (
        isBlockInput(state, block) &&
        isBlockPoint(state, block) &&
        (before === undefined || samePoint(block.parent, before))
      );
    })
  );
}
