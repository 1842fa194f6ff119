import type { Effect } from './interface.ts';
import { backedOffDeltaMs, deadlines } from './pacemaker.ts';
import { leader } from './quorum.ts';
import {
  type Block,
  changed,
  clockMs,
  finalizedView,
  firstDigest,
  mayVote,
  type OwnVotes,
  type Rule,
  type State,
  samePoint,
  type Transition,
  viewRecord,
  withBlock,
  withView,
} from './state.ts';
import { asView, blockIdOf, type View } from './types.ts';

/** How far below the current view Finalize votes are still cast: older blocks become final by a descendant. */
const FINALIZE_VIEWS = 32;

/**
 * Rule "notarize": proposal valid, parent known, batches held, header equals own execution → persist →
 * Notarize(v, header) to all, at most one per view. Allowed after Nullify(v): only Nullify with Finalize is not.
 */
export const notarize: Rule = (state) => {
  const record = viewRecord(state, state.view);
  if (!mayVote(state) || record.own.notarize !== null || record.proposalId === null) return null;
  const block = state.blocks.get(record.proposalId);
  if (block === undefined || block.status !== 'executed' || !isJustified(state, block)) return null;
  const skewed = checkTime(state, block);
  if (skewed !== null) return skewed === 'wait' ? null : skewed;
  const unsigned = {
    kind: 'notarize',
    view: state.view,
    height: block.input.height,
    digest: firstDigest(block.digests),
  } as const;
  return withVote(persistProposal(state, block), state.view, { notarize: { unsigned, signed: null } });
};

/** The parent is certified and every view between is nullified, by certificates held here (embedded ones included). */
function isJustified(state: State, block: Block): boolean {
  if (block.input.view !== state.view) return isReproposable(state, block);
  const { parent } = block.input;
  for (let view = parent.view + 1; view < block.input.view; view++) {
    if (viewRecord(state, asView(view)).nullification === null) return false;
  }
  if (samePoint(parent, state.tip)) return true;
  if (state.finalization !== null && samePoint(parent, state.finalization)) return true;
  // A view has at most one notarized header, and the block's parent was compared with the executed one.
  const { notarization } = viewRecord(state, parent.view);
  return (
    notarization !== null &&
    notarization.height === parent.height &&
    blockIdOf(notarization.digest) === blockIdOf(firstDigest(parent.digests))
  );
}

/** Proposed again: the epoch's last block, notarized in an earlier view, and every view since is nullified. */
function isReproposable(state: State, { id, endsEpoch, input }: Block): boolean {
  if (!endsEpoch) return false;
  for (let view = state.view - 1; view >= input.view; view--) {
    const { notarization, nullification } = viewRecord(state, asView(view));
    if (notarization !== null && blockIdOf(notarization.digest) === id) return true;
    if (nullification === null) return false;
  }
  return false;
}

/**
 * Rule "time": no more than maxClockSkewMs ahead of our clock. A proposal that is too early is not invalid: it
 * can be voted for when our clock gets there, or the view's timer ends the wait.
 */
function checkTime(state: State, block: Block): null | 'wait' | Transition {
  const aheadMs = block.input.timeMs - clockMs(state);
  if (aheadMs <= state.config.parameters.maxClockSkewMs) return null;
  if (state.entry.skewReported) return 'wait';
  return changed(
    state,
    { entry: { ...state.entry, skewReported: true } },
    {
      type: 'report',
      report: { type: 'clock-skew', leader: leader(state.view, state.config.n), aheadMs },
    },
  );
}

/** When a proposal whose time is ahead may be voted for, ms; null when none waits for that. */
export function timeBecomesValidMs(state: State): number | null {
  const record = viewRecord(state, state.view);
  if (record.proposalId === null || record.own.notarize !== null) return null;
  const block = state.blocks.get(record.proposalId);
  if (block === undefined) return null;
  return block.input.timeMs - state.config.parameters.maxClockSkewMs - state.clockAheadMs;
}

/**
 * Rule "nullify": no proposal in 2Δ, or no notarization in 3Δ, or an invalid proposal → persist → Nullify(v).
 * Never both Nullify and Finalize in one view.
 */
export const nullify: Rule = (state) => {
  const { own, invalid, proposalId } = viewRecord(state, state.view);
  if (!mayVote(state) || own.nullify !== null || own.finalize !== null) return null;
  const due = deadlines(state);
  const late =
    due !== null &&
    (state.nowMs >= due.notarizationMs || (proposalId === null && state.nowMs >= due.proposalMs));
  if (!invalid && !late) return null;
  const entry = { ...state.entry, nullifiedAtMs: state.nowMs };
  const unsigned = { kind: 'nullify', view: state.view } as const;
  return withVote(
    changed(
      state,
      { entry },
      {
        type: 'report',
        report: {
          type: 'view-nullified',
          view: state.view,
          leader: leader(state.view, state.config.n),
        },
      },
    ),
    state.view,
    { nullify: { unsigned, signed: null } },
  );
};

/**
 * Rule "certificate", second half: a view is notarized and this node sent no Nullify in it → persist →
 * Finalize(v, header). Only for a block executed here: the signature covers its digest under every suite, of
 * which the notarization vouches for the first alone.
 */
export const finalize: Rule = (state) => {
  if (!mayVote(state)) return null;
  const floor = Math.max(finalizedView(state), state.view - FINALIZE_VIEWS);
  for (let number = state.view - 1; number > floor; number--) {
    const view = asView(number);
    const { notarization, own } = viewRecord(state, view);
    if (notarization === null || own.nullify !== null || own.finalize !== null) continue;
    const block = state.blocks.get(blockIdOf(notarization.digest));
    if (block === undefined || block.status !== 'executed') continue;
    const { height } = block.input;
    const unsigned = { kind: 'finalize', view, height, digests: block.digests } as const;
    return withVote(persistProposal(state, block), view, { finalize: { unsigned, signed: null } });
  }
  return null;
};

/** The proposal before a vote for it: after a restart its voters must be able to give it to others. */
function persistProposal(state: State, block: Block): Transition {
  if (block.persisted || block.proposal === null) return changed(state, {});
  return changed(
    withBlock(state, { ...block, persisted: true }),
    {},
    { type: 'persist', record: { type: 'proposal', proposal: block.proposal } },
  );
}

/** Own vote: persisted before it is signed, signed before it is sent. */
function withVote(before: Transition, view: View, vote: Partial<OwnVotes>): Transition {
  const { own } = viewRecord(before.state, view);
  const cast = vote.notarize ?? vote.nullify ?? vote.finalize;
  if (cast === null || cast === undefined) throw new Error('a vote is cast');
  const effects: readonly Effect[] = [
    { type: 'persist', record: { type: 'vote', vote: cast.unsigned } },
    { type: 'sign', message: cast.unsigned },
  ];
  const voted = withView(before.state, view, { own: { ...own, ...vote } });
  const current = view === voted.view;
  const resendAtMs = voted.nowMs + 2 * backedOffDeltaMs(voted);
  const entry = current ? { ...voted.entry, resendAtMs } : voted.entry;
  return { state: { ...voted, entry }, effects: [...before.effects, ...effects] };
}
