import { assertNever } from '@hufu/crypto';
import { batchKey, heldSeqs } from './batches.ts';
import { heldFor, isKnown, PAST_VIEWS } from './certificates.ts';
import { acksOf, placeBatch, queueBatch } from './dissemination.ts';
import { unknownCertificates, withHeldCertificates } from './embedded-certificates.ts';
import { blocksKey, proposalKey } from './fetching.ts';
import type { BatchMessage, Blocks, Message, Status } from './interface.ts';
import { takeAcks } from './pushing.ts';
import { leader } from './quorum.ts';
import {
  answerFetchCertificates,
  answerFetchProposal,
  answerStatus,
  answerWithFinalization,
} from './repair.ts';
import {
  isBatch,
  isCertificate,
  isChainOfBlocks,
  isProposal,
  isReproposal,
  isRequest,
  isVote,
  type Request,
} from './shapes.ts';
import {
  andThen,
  changed,
  finalizedView,
  firstDigest,
  isCertified,
  type State,
  stay,
  type Transition,
  viewRecord,
  withEntry,
  withPeer,
} from './state.ts';
import {
  blockIdOf,
  type Certificate,
  type Proposal,
  type Reproposal,
  type ValidatorIndex,
  type Vote,
} from './types.ts';
import { takeVerified } from './verified.ts';
import { contradictedVote, voteOf } from './votes.ts';

/** Votes further ahead than this are dropped: only certificates move the view, and then peers send again. */
const FUTURE_VIEWS = 16;
/** Verifications under way for one peer; what exceeds it is dropped and sent again by those who need it. */
const MAX_VERIFYING_PER_PEER = 64;

/**
 * Takes a message as it comes from a peer: nothing in it is verified, so duplicates, stale and ill-formed
 * messages are dropped at a bounded cost, and only what would change something goes to verification.
 */
export function receive(state: State, from: ValidatorIndex, message: Message): Transition {
  if (from === state.config.self || state.peers[from] === undefined) return stay(state);
  switch (message.kind) {
    case 'proposal':
      return receiveProposal(heard(state, from), from, message);
    case 'reproposal':
      return receiveReproposal(heard(state, from), from, message);
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return receiveVote(heard(state, from), from, message);
    case 'notarization':
    case 'nullification':
    case 'finalization':
      return receiveCertificate(state, from, message);
    case 'batch':
      return receiveBatch(state, from, message);
    case 'acks':
      return takeAcks(state, from, message);
    case 'status':
      return receiveStatus(state, from, message);
    case 'blocks':
      return receiveBlocks(state, from, message);
    case 'fetch-proposal':
    case 'fetch-certificates':
    case 'fetch-batch':
    case 'fetch-blocks':
      return isRequest(state, message)
        ? answer(state, from, message)
        : reject(state, from, 'malformed-request');
    default:
      return assertNever(message);
  }
}

function answer(state: State, from: ValidatorIndex, request: Request): Transition {
  switch (request.kind) {
    case 'fetch-proposal':
      return answerFetchProposal(state, from, request);
    case 'fetch-certificates':
      return answerFetchCertificates(state, from, request);
    case 'fetch-batch':
      return changed(state, {}, { type: 'serve-batch', to: from, ref: request.ref });
    case 'fetch-blocks':
      return request.fromHeight <= state.tip.height
        ? changed(state, {}, { type: 'serve-blocks', to: from, fromHeight: request.fromHeight })
        : answerWithFinalization(state, from);
    default:
      return assertNever(request);
  }
}

/** It speaks: an authenticated peer's proposal or vote ends its silence, whatever it says. */
function heard(state: State, from: ValidatorIndex): State {
  const known = state.peers[from]?.heardInView ?? 0;
  return known >= state.view ? state : withPeer(state, from, { heardInView: state.view });
}

function reject(state: State, from: ValidatorIndex, code: string): Transition {
  return changed(state, {}, { type: 'report', report: { type: 'invalid-message', from, code } });
}

/** Asks the host to check signatures, once per key at a time. */
function verify(
  state: State,
  key: string,
  from: ValidatorIndex,
  message: Message,
  certificates: readonly Certificate[],
): Transition {
  if (state.verifying.has(key)) return stay(state);
  const underWay = [...state.verifying.values()].filter((peer) => peer === from).length;
  if (underWay >= MAX_VERIFYING_PER_PEER) return stay(state);
  return changed(
    state,
    { verifying: withEntry(state.verifying, key, from) },
    { type: 'verify', from, message, certificates },
  );
}

/** The key of a message's verification: at most one is under way per sender, kind and view, or batch. */
export function verifyingKey(from: ValidatorIndex, message: Message): string {
  switch (message.kind) {
    case 'proposal':
    case 'reproposal':
    case 'notarize':
    case 'nullify':
    case 'finalize':
    case 'notarization':
    case 'nullification':
    case 'finalization':
      return `${message.kind}/${message.view}/${from}`;
    case 'batch':
      return `${batchKey(message)}/${from}`;
    case 'status':
    case 'blocks':
    case 'acks':
    case 'fetch-proposal':
    case 'fetch-certificates':
    case 'fetch-batch':
    case 'fetch-blocks':
      return `${message.kind}/${from}`;
    default:
      return assertNever(message);
  }
}

function receiveVote(state: State, from: ValidatorIndex, vote: Vote): Transition {
  if (!isVote(state, vote)) return reject(state, from, 'malformed-vote');
  // A vote comes from its signer only; others' votes travel in certificates.
  if (vote.signer !== from) return reject(state, from, 'vote-of-another');
  if (vote.view <= finalizedView(state)) return stay(state);
  if (vote.view > state.view + FUTURE_VIEWS || vote.view < state.view - PAST_VIEWS) return stay(state);
  const record = viewRecord(state, vote.view);
  if (vote.kind === 'notarize' && record.notarization !== null) return stay(state);
  if (vote.kind === 'nullify' && record.nullification !== null) return stay(state);
  const contradicts = contradictedVote(record, vote) !== null;
  if (contradicts && record.equivocators.has(from)) return stay(state);
  if (!contradicts && voteOf(record, vote.kind, from) !== null) return stay(state);
  return verify(state, verifyingKey(from, vote), from, vote, []);
}

function receiveCertificate(state: State, from: ValidatorIndex, certificate: Certificate): Transition {
  if (!isCertificate(state, certificate)) return reject(state, from, 'malformed-certificate');
  if (isKnown(state, certificate)) return stay(state);
  return verify(state, verifyingKey(from, certificate), from, certificate, []);
}

function receiveProposal(state: State, from: ValidatorIndex, proposal: Proposal): Transition {
  if (!isProposal(state, proposal)) return reject(state, from, 'malformed-proposal');
  // Its parent is below what is final: nobody votes for it.
  if (proposal.view <= state.tip.view || proposal.parent.view < state.tip.view) return stay(state);
  const id = blockIdOf(firstDigest(proposal.digests));
  const record = viewRecord(state, proposal.view);
  const isLeaders = from === leader(proposal.view, state.config.n);
  const isFirst = isLeaders && record.proposalId === null && proposal.view >= state.view;
  const isEvidence =
    isLeaders && record.proposalId !== null && record.proposalId !== id && !record.equivocators.has(from);
  const isWanted =
    !state.blocks.has(id) && isCertified(state, proposal) && isTaken(state, from, proposalKey(id));
  if (!isFirst && !isEvidence && !isWanted) return stay(state);
  return verifyProposal(state, from, withHeldCertificates(state, proposal));
}

/** The epoch's last block again. Only from the leader itself: whoever lacks it gets its certificates otherwise. */
function receiveReproposal(state: State, from: ValidatorIndex, reproposal: Reproposal): Transition {
  if (!isReproposal(state, reproposal)) return reject(state, from, 'malformed-reproposal');
  const { view, digests } = reproposal;
  if (from !== leader(view, state.config.n) || view < state.view) return stay(state);
  const { proposalId, equivocators } = viewRecord(state, view);
  const isEvidence = proposalId !== blockIdOf(firstDigest(digests)) && !equivocators.has(from);
  if (proposalId !== null && !isEvidence) return stay(state);
  return verifyProposal(state, from, withHeldCertificates(state, reproposal));
}

function verifyProposal(state: State, from: ValidatorIndex, message: Proposal | Reproposal): Transition {
  return verify(state, verifyingKey(from, message), from, message, unknownCertificates(state, message));
}

function receiveBatch(state: State, from: ValidatorIndex, message: BatchMessage): Transition {
  const { kind: _, ...batch } = message;
  if (!isBatch(state, batch)) return reject(state, from, 'malformed-batch');
  const { place, at } = placeBatch(state, batch, from);
  switch (place) {
    case 'chain':
      return changed(
        queueBatch(state, batch, from, at),
        {},
        { type: 'verify', from, message, certificates: [] },
      );
    case 'fork':
      return verify(state, verifyingKey(from, message), from, message, []);
    case 'none': {
      // Known, or beyond a gap: our acks tell the sender where to go on.
      if (state.config.self === null) return stay(state);
      return changed(state, {}, { type: 'send', to: from, message: acksOf(heldSeqs(state)) });
    }
    default:
      return assertNever(place);
  }
}

function receiveStatus(state: State, from: ValidatorIndex, status: Status): Transition {
  const { finalization } = status;
  if (finalization !== null && !isCertificate(state, finalization)) {
    return reject(state, from, 'malformed-status');
  }
  const answered = answerStatus(state, from, status);
  if (finalization === null) return answered;
  return andThen(answered, (next) =>
    isKnown(next, finalization)
      ? stay(withPeer(next, from, { finalizedHeight: finalization.height }))
      : verify(next, verifyingKey(from, status), from, status, [finalization]),
  );
}

function receiveBlocks(state: State, from: ValidatorIndex, message: Blocks): Transition {
  const [first] = message.blocks;
  if (first === undefined) return stay(state);
  const key = blocksKey(first.height);
  if (!state.fetches.has(key) || !isTaken(state, from, key)) return stay(state);
  if (!isChainOfBlocks(state, message)) return reject(state, from, 'malformed-blocks');
  if (heldFor(state, message.finalization) !== null) return takeVerified(state, from, message);
  return verify(state, verifyingKey(from, message), from, message, [message.finalization]);
}

/**
 * Whether an answer is taken from whoever sends it, asked or not: that of a slow peer is as good as the next one's. But
 * signatures do not cover all of it, so one who gave what did not hold must wait to be asked: else its next false answer
 * would always come before the true one.
 */
function isTaken(state: State, from: ValidatorIndex, key: string): boolean {
  return state.peers[from]?.faults === 0 || state.fetches.get(key)?.peers.includes(from) === true;
}
