import { heldSeqs } from './batches.ts';
import { acksOf } from './dissemination.ts';
import type { Effect, FetchCertificates, FetchProposal, Message, Status } from './interface.ts';
import { backedOffDeltaMs, deltaMs, retryDelayMs, workAtMs } from './pacemaker.ts';
import { certifiedView, type ParentChoice, parentChoice, unfinalizedWork } from './parent.ts';
import {
  changed,
  finalizedView,
  type Rule,
  type State,
  stay,
  type Transition,
  viewRecord,
  withPeer,
} from './state.ts';
import { asView, type ValidatorIndex, type View } from './types.ts';

/** Own Finalize votes sent again at a time, newest first: a newer one that completes makes the older needless. */
const RESENT_FINALIZES = 4;
/** Repetitions in a view for a notarized block that holds no batches. */
const MAX_IDLE_RESENDS = 5;
/** Certificates in one answer. */
export const MAX_CERTIFICATES_ANSWER = 64;

/** A peer is there (again): say where we stand, and repeat what it may have missed of the current view. */
export function peerConnected(state: State, peer: ValidatorIndex): Transition {
  const greeted = withPeer(state, peer, {
    connected: true,
    awaitingAcks: true,
    pushedTo: state.config.self === null ? 0 : (heldSeqs(state)[state.config.self] ?? 0),
    pushAtMs: state.nowMs + state.config.parameters.maxDeltaMs,
    heardInView: state.view,
  });
  const held = heldSeqs(state);
  const acks: readonly Message[] = state.config.self === null ? [] : [acksOf(held)];
  const messages = [statusOf(state), ...acks, ...standing(state)];
  return changed(greeted, {}, ...messages.map((message): Effect => ({ type: 'send', to: peer, message })));
}

export function peerDisconnected(state: State, peer: ValidatorIndex): Transition {
  return stay(withPeer(state, peer, { connected: false }));
}

function statusOf(state: State): Status {
  return { kind: 'status', view: state.view, finalization: state.finalization };
}

/** What makes a peer able to do its part in the current view: how it was entered, and our own messages in it. */
function standing(state: State): readonly Message[] {
  const messages: Message[] = [];
  const { certificate } = state.entry;
  if (certificate !== null && certificate.kind !== 'finalization') messages.push(certificate);
  const { own, ownProposal, proposalId, reproposal } = viewRecord(state, state.view);
  const block = proposalId === null ? undefined : state.blocks.get(proposalId);
  const proposal = reproposal ?? block?.proposal ?? null;
  if (ownProposal !== null && proposal !== null && proposal.view === state.view) messages.push(proposal);
  for (const vote of [own.notarize, own.nullify]) {
    if (vote !== null && vote.signed !== null) messages.push(vote.signed);
  }
  return [...messages, ...unfinalizedVotes(state)];
}

function unfinalizedVotes(state: State): readonly Message[] {
  const votes: Message[] = [];
  const floor = finalizedView(state);
  for (let view = state.view - 1; view > floor && votes.length < RESENT_FINALIZES; view--) {
    const { finalize } = viewRecord(state, asView(view)).own;
    if (finalize !== null && finalize.signed !== null) votes.push(finalize.signed);
  }
  return votes;
}

/**
 * Rule "rebroadcast": own messages of the view with the best certificate held, until the view ends; own Finalize
 * votes until what they are for is final. With growing pauses: this only mends what was lost.
 */
export const resend: Rule = (state) => {
  const dueMs = resendDueMs(state);
  if (dueMs === null || dueMs > state.nowMs) return null;
  const { resends } = state.entry;
  const entry = {
    ...state.entry,
    resends: resends + 1,
    resendAtMs: state.nowMs + retryDelayMs(state, resends),
  };
  const messages = [statusOf(state), ...standing(state)];
  return changed(state, { entry }, ...messages.map((message): Effect => ({ type: 'broadcast', message })));
};

/** When own messages are sent again, ms; null while nothing of ours is unanswered. */
export function resendDueMs(state: State): number | null {
  const { own } = viewRecord(state, state.view);
  const { entry } = state;
  const choice = parentChoice(state);
  const voted = own.notarize !== null || own.nullify !== null;
  if (voted && workAtMs(state, choice) <= state.nowMs) return entry.resendAtMs;
  const behind = state.finalization !== null && state.finalization.height > state.tip.height;
  const sinceMs = unfinalizedSinceMs(state, choice);
  if (sinceMs === null && !behind) return null;
  // A block without batches is worth a few repetitions, not endless ones: the next block finalizes it.
  const idle = !behind && unfinalizedWork(state, choice) === null;
  if (idle && entry.resends >= MAX_IDLE_RESENDS) return null;
  const firstMs = entry.atMs + 2 * backedOffDeltaMs(state);
  return Math.max(entry.resendAtMs, firstMs, (sinceMs ?? 0) + deltaMs(state));
}

/** When the best parent was notarized, if it is not final; null when it is. */
function unfinalizedSinceMs(state: State, choice: ParentChoice): number | null {
  if (choice.type === 'gap') return null;
  const view = choice.type === 'ready' ? certifiedView(choice) : choice.view;
  return view > finalizedView(state) ? viewRecord(state, view).notarizedAtMs : null;
}

/** A peer says where it stands: give it the certificates that bring it here. */
export function answerStatus(state: State, from: ValidatorIndex, status: Status): Transition {
  const peer = state.peers[from];
  // Threat: a peer repeating its status without end must not make this node send without end.
  const pauseMs = Math.floor(state.config.parameters.minDeltaMs / 2);
  if (peer === undefined || state.nowMs < peer.statusAnsweredAtMs + pauseMs) return stay(state);
  const { finalization, entry } = state;
  const messages: Message[] = [];
  if (finalization !== null && finalization.height > (status.finalization?.height ?? 0)) {
    messages.push(finalization);
  }
  const { certificate } = entry;
  if (status.view < state.view && certificate !== null && certificate.kind !== 'finalization') {
    messages.push(certificate);
  }
  // It is ahead: our own status makes it answer with what we lack.
  if (status.view > state.view) messages.push(statusOf(state));
  if (messages.length === 0) return stay(state);
  return changed(
    withPeer(state, from, { statusAnsweredAtMs: state.nowMs }),
    {},
    ...messages.map((message): Effect => ({ type: 'send', to: from, message })),
  );
}

/**
 * Serves a notarized proposal; for one that is final here already, the finalization says to fetch blocks. Only what was
 * executed: anything else may not be what it claims, and passing it on would be our fault.
 */
export function answerFetchProposal(
  state: State,
  from: ValidatorIndex,
  { view, id }: FetchProposal,
): Transition {
  const block = state.blocks.get(id);
  if (block?.status === 'executed' && block.proposal !== null) {
    return changed(state, {}, { type: 'send', to: from, message: block.proposal });
  }
  return view <= finalizedView(state) ? answerWithFinalization(state, from) : stay(state);
}

/** Serves the certificates that ended a range of views, nullifications first: they are what a skip needs. */
export function answerFetchCertificates(
  state: State,
  from: ValidatorIndex,
  { fromView, toView }: FetchCertificates,
): Transition {
  const effects: Effect[] = [];
  const last: View = asView(Math.min(toView, state.view - 1));
  const floor = Math.max(fromView, finalizedView(state) + 1, last - MAX_CERTIFICATES_ANSWER + 1);
  for (let view = last; view >= floor; view = asView(view - 1)) {
    const { notarization, nullification } = viewRecord(state, view);
    for (const message of [notarization, nullification]) {
      if (message !== null) effects.push({ type: 'send', to: from, message });
    }
  }
  const answered = changed(state, {}, ...effects);
  if (fromView > finalizedView(state)) return answered;
  const final = answerWithFinalization(state, from);
  return { state: final.state, effects: [...effects, ...final.effects] };
}

export function answerWithFinalization(state: State, from: ValidatorIndex): Transition {
  const { finalization } = state;
  if (finalization === null) return stay(state);
  return changed(state, {}, { type: 'send', to: from, message: finalization });
}
