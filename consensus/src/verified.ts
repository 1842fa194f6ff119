import { assertNever } from '@hufu/crypto';
import { type Claim, insertBlocks, withFault } from './block-tree.ts';
import { absorb } from './certificates.ts';
import { batchVerified } from './dissemination.ts';
import { embeddedCertificates } from './embedded-certificates.ts';
import type { Blocks, Message } from './interface.ts';
import { linkage } from './linkage.ts';
import { deltaMs } from './pacemaker.ts';
import { leader } from './quorum.ts';
import {
  andThen,
  changed,
  clockMs,
  firstDigest,
  horizon,
  inputOf,
  isCertified,
  isFarBehind,
  type State,
  samePoint,
  stay,
  type Transition,
  viewRecord,
  withPeer,
  withView,
} from './state.ts';
import { type BlockId, blockIdOf, type Proposal, type Reproposal, type ValidatorIndex } from './types.ts';
import { countVote } from './votes.ts';

/** Takes in a message whose signatures are verified. */
export function takeVerified(state: State, from: ValidatorIndex, message: Message): Transition {
  switch (message.kind) {
    case 'proposal':
    case 'reproposal':
      return takeProposal(state, from, message);
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return countVote(state, message);
    case 'notarization':
    case 'nullification':
    case 'finalization':
      return absorb(state, message, 'received');
    case 'batch': {
      const { kind: _, ...batch } = message;
      return batchVerified(state, batch, from, true);
    }
    case 'status': {
      const { finalization } = message;
      if (finalization === null) return stay(state);
      return absorb(
        withPeer(state, from, { finalizedHeight: finalization.height }),
        finalization,
        'received',
      );
    }
    case 'blocks':
      return takeBlocks(state, from, message);
    case 'acks':
    case 'fetch-proposal':
    case 'fetch-certificates':
    case 'fetch-batch':
    case 'fetch-blocks':
      return stay(state);
    default:
      return assertNever(message);
  }
}

/** Signatures that do not verify: the message is dropped and its sender reported. */
export function takeUnverified(state: State, from: ValidatorIndex, message: Message): Transition {
  const report = { type: 'invalid-message', from, code: `bad-signature-${message.kind}` } as const;
  const reported = changed(state, {}, { type: 'report', report });
  if (message.kind !== 'batch') return reported;
  const { kind: _, ...batch } = message;
  return andThen(reported, (next) => batchVerified(next, batch, from, false));
}

/**
 * A leader's proposal. Its certificates are taken in first, which may move this node to the proposal's view: a
 * receiver needs no repair protocol. The first one that the leader itself sent is the one to vote for.
 */
function takeProposal(state: State, from: ValidatorIndex, proposal: Proposal | Reproposal): Transition {
  let taken = stay(state);
  for (const certificate of embeddedCertificates(proposal)) {
    taken = andThen(taken, (next) => absorb(next, certificate, 'embedded'));
  }
  return andThen(taken, (next) =>
    proposal.kind === 'reproposal'
      ? recordReproposal(next, from, proposal)
      : recordProposal(next, from, proposal),
  );
}

function recordReproposal(state: State, from: ValidatorIndex, reproposal: Reproposal): Transition {
  const { view, digests } = reproposal;
  if (view <= state.tip.view || from !== leader(view, state.config.n)) return stay(state);
  const id = blockIdOf(firstDigest(digests));
  const { proposalId } = viewRecord(state, view);
  if (proposalId === null) return stay(withView(state, view, { proposalId: id, reproposal }));
  return proposalId === id ? stay(state) : reportTwoProposals(state, from, proposalId, reproposal);
}

function recordProposal(state: State, from: ValidatorIndex, proposal: Proposal): Transition {
  const { view } = proposal;
  if (view <= state.tip.view) return stay(state);
  const id = blockIdOf(firstDigest(proposal.digests));
  const { proposalId } = viewRecord(state, view);
  const signer = leader(view, state.config.n);
  const first = from === signer && proposalId === null;
  const noted = first ? withView(state, view, { proposalId: id }) : state;
  // Held, the live blocks would become as many as those missed, and all of them weigh on every step.
  if (isFarBehind(state) && proposal.height > horizon(state)) return stay(noted);
  const isSecond = proposalId !== null && proposalId !== id;
  const isWorthless = isSecond && !isCertified(noted, proposal);
  const claim = {
    id,
    input: inputOf(proposal),
    digests: proposal.digests,
    proposal,
    from,
    persisted: false,
  };
  const held = isWorthless ? noted : insertBlocks(noted, [claim]);
  if (isSecond) return reportTwoProposals(held, signer, proposalId, proposal);
  return first && view === state.view ? reportLateTime(held, from, proposal) : stay(held);
}

/** A proposal's time is when it was made: one that arrives at once and is long past tells of a wrong clock. */
function reportLateTime(state: State, leader: ValidatorIndex, { timeMs }: Proposal): Transition {
  const aheadMs = timeMs - clockMs(state);
  const usualMs = state.config.parameters.maxClockSkewMs + deltaMs(state);
  return aheadMs >= -usualMs
    ? stay(state)
    : changed(state, {}, { type: 'report', report: { type: 'clock-skew', leader, aheadMs } });
}

/** Two proposals of one leader for one view are evidence, whoever passes the second one on. */
function reportTwoProposals(
  state: State,
  signer: ValidatorIndex,
  firstId: BlockId,
  second: Proposal | Reproposal,
): Transition {
  const { equivocators, reproposal } = viewRecord(state, second.view);
  if (equivocators.has(signer)) return stay(state);
  const noted = withView(state, second.view, { equivocators: new Set(equivocators).add(signer) });
  const first = reproposal ?? state.blocks.get(firstId)?.proposal ?? null;
  // The first was not what it claimed, and is forgotten. A third one is not looked at either.
  if (first === null || first.view !== second.view) return stay(noted);
  return changed(noted, {}, { type: 'report', report: { type: 'equivocation', signer, first, second } });
}

/**
 * Rule "catch-up": blocks up to a certified one. They are claims until executed: a block that is not what it
 * claims is removed then, and asked for again from another peer.
 */
function takeBlocks(state: State, from: ValidatorIndex, { blocks, finalization }: Blocks): Transition {
  const shown = withPeer(state, from, { finalizedHeight: finalization.height });
  const isLinked = linkage(state);
  if (!continuesChain(state, blocks, isLinked)) return stay(withFault(shown, from));
  const claims = blocks.map((block) => {
    const { digests } = block;
    const id = blockIdOf(firstDigest(digests));
    return { id, input: inputOf(block), digests, proposal: null, from, persisted: false };
  });
  const freed = withoutOrphans(shown, claims, isLinked);
  return absorb(insertBlocks(freed, claims), finalization, 'received');
}

/** Whether the blocks that are new here continue the tip, or a block whose chain down to the tip is held. */
function continuesChain(state: State, blocks: Blocks['blocks'], isLinked: (id: BlockId) => boolean): boolean {
  const first = blocks.find(({ height }) => height > state.tip.height);
  if (first === undefined) return true;
  const { parent } = first;
  return samePoint(parent, state.tip) || isLinked(blockIdOf(firstDigest(parent.digests)));
}

/**
 * Without other claims to these blocks whose chain down to the tip is not held. Threat: one that names a parent which
 * never comes would keep the true one out for ever.
 */
function withoutOrphans(state: State, claims: readonly Claim[], isLinked: (id: BlockId) => boolean): State {
  const orphans = claims.filter(({ id, input }) => {
    const known = state.blocks.get(id);
    return known !== undefined && !samePoint(known.input.parent, input.parent) && !isLinked(id);
  });
  if (orphans.length === 0) return state;
  const blocks = new Map(state.blocks);
  for (const { id } of orphans) blocks.delete(id);
  return { ...state, blocks };
}
