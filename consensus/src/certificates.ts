import { assertNever, equalBytes } from '@hufu/crypto';
import type { Effect } from './interface.ts';
import { withSample } from './pacemaker.ts';
import {
  andThen,
  type Block,
  changed,
  EMPTY_VIEW,
  finalizedView,
  firstDigest,
  horizon,
  isNotarized,
  type State,
  samePoint,
  stay,
  type Transition,
  type ViewRecord,
  viewRecord,
  withView,
} from './state.ts';
import {
  asView,
  type BlockId,
  blockIdOf,
  type Certificate,
  type Finalization,
  type Notarization,
  type NotarizedPoint,
  type Nullification,
  type View,
} from './types.ts';

/** Views below the current one whose single votes are still kept: late votes may still complete a certificate. */
export const PAST_VIEWS = 16;
/** Proposals that nobody is known to have notarized are kept this many views: a late notarization can still name them. */
const PAST_PROPOSALS = 64;

/**
 * Where a certificate comes from. `formed` here from votes and `received` by itself are passed on when they end
 * the current view; `embedded` travelled in a proposal, which went to all; `recovered` is persisted already.
 */
export type Origin = 'formed' | 'received' | 'embedded' | 'recovered';

/** Takes in a certificate whose signatures are verified. Known, old or conflicting ones change nothing. */
export function absorb(state: State, certificate: Certificate, origin: Origin): Transition {
  if (isKnown(state, certificate)) return stay(state);
  const fromOthers = origin === 'received' || origin === 'embedded';
  if (fromOthers && holdsForeignVote(state, certificate)) {
    // Own key's signature that this node did not make: halt and say why.
    const report: Effect = { type: 'report', report: { type: 'halted', evidence: certificate } };
    return andThen(changed(state, { halted: true }, report), (halted) => record(halted, certificate, origin));
  }
  return record(state, certificate, origin);
}

/** Whether a certificate says nothing new: its view is final, or one of its kind is held for the view. */
export function isKnown(state: State, certificate: Certificate): boolean {
  switch (certificate.kind) {
    case 'notarization':
      return (
        certificate.view <= finalizedView(state) || viewRecord(state, certificate.view).notarization !== null
      );
    case 'nullification':
      return (
        certificate.view <= finalizedView(state) || viewRecord(state, certificate.view).nullification !== null
      );
    case 'finalization':
      return (
        certificate.height <= state.tip.height ||
        certificate.height === state.finalization?.height ||
        state.checkpoints.some((known) => known.height === certificate.height)
      );
    default:
      return assertNever(certificate);
  }
}

/**
 * The certificate held here that says at least as much: the same block, or the same skipped view. Then the shares
 * of `certificate` need no check, and the held one takes its place. Null when there is none.
 */
export function heldFor<C extends Certificate>(state: State, certificate: C): C | Finalization | null;
export function heldFor(state: State, certificate: Certificate): Certificate | null {
  const { finalization } = state;
  switch (certificate.kind) {
    case 'notarization': {
      const { notarization } = viewRecord(state, certificate.view);
      if (notarization !== null && sameNotarizedPoint(notarization, certificate)) return notarization;
      if (finalization === null) return null;
      const { view, height, digests } = finalization;
      const point = { view, height, digest: firstDigest(digests) };
      return sameNotarizedPoint(point, certificate) ? finalization : null;
    }
    case 'nullification':
      return viewRecord(state, certificate.view).nullification;
    case 'finalization':
      return finalization !== null && samePoint(finalization, certificate) ? finalization : null;
    default:
      return assertNever(certificate);
  }
}

function sameNotarizedPoint(a: NotarizedPoint, b: NotarizedPoint): boolean {
  return a.view === b.view && a.height === b.height && equalBytes(a.digest, b.digest);
}

function record(state: State, certificate: Certificate, origin: Origin): Transition {
  switch (certificate.kind) {
    case 'notarization':
      return recordNotarization(state, certificate, origin);
    case 'nullification':
      return recordNullification(state, certificate, origin);
    case 'finalization':
      return recordFinalization(state, certificate, origin);
    default:
      return assertNever(certificate);
  }
}

/** Rule "certificate": q notarizes → notarization, broadcast once, enter v+1. */
function recordNotarization(state: State, certificate: Notarization, origin: Origin): Transition {
  const noted = withView(state, certificate.view, {
    notarization: certificate,
    notarizedAtMs: state.nowMs,
  });
  // From the proposal, if it came: how long its leader waited says nothing of how long messages take.
  const startMs = state.entry.proposedAtMs ?? state.entry.armedAtMs;
  const measured = certificate.view === state.view && startMs !== null && origin !== 'recovered';
  const pace = measured ? withSample(state.pace, state.nowMs - startMs) : state.pace;
  return endView({ ...noted, pace }, certificate, origin);
}

/** Rule "skip": q nullifies → nullification, enter v+1. */
function recordNullification(state: State, certificate: Nullification, origin: Origin): Transition {
  const noted = withView(state, certificate.view, { nullification: certificate });
  const { nullifiedAtMs } = state.entry;
  const measured = certificate.view === state.view && nullifiedAtMs !== null && origin !== 'recovered';
  const pace = measured ? withSample(state.pace, state.nowMs - nullifiedAtMs) : state.pace;
  return endView({ ...noted, pace }, certificate, origin);
}

/** Rule "final": q finalizes → the header and all its ancestors are final, whenever the certificate arrives. */
function recordFinalization(state: State, certificate: Finalization, origin: Origin): Transition {
  const highest =
    state.finalization === null || certificate.height > state.finalization.height
      ? certificate
      : state.finalization;
  // While far behind, one arrives for every new block: but for the highest, those of blocks not held come again with them.
  const isHeld = ({ digests }: Finalization): boolean => state.blocks.has(blockIdOf(firstDigest(digests)));
  const checkpoints = [...state.checkpoints, certificate]
    .filter((known) => known === highest || known.height <= horizon(state) || isHeld(known))
    .sort((a, b) => a.height - b.height);
  const views = withoutFinalViews(state.views, highest.view);
  const pace = highest === state.finalization ? state.pace : { ...state.pace, givenUp: 0 };
  const noted = { ...state, checkpoints, finalization: highest, views, pace };
  return endView(noted, certificate, origin);
}

/** Of views that are decided, only an own Finalize still says something: whether someone else signs with our key. */
function withoutFinalViews(views: State['views'], decided: View): State['views'] {
  const kept = new Map(views);
  for (const [view, { own }] of views) {
    if (view > decided) continue;
    if (own.finalize !== null) kept.set(view, { ...EMPTY_VIEW, own });
    else kept.delete(view);
  }
  return kept;
}

/** Views advance on certificates only; the certificate used to enter a view is persisted. */
function endView(state: State, certificate: Certificate, origin: Origin): Transition {
  if (certificate.view < state.view) return stay(state);
  const view = asView(certificate.view + 1);
  const effects: Effect[] = [];
  if (origin !== 'recovered') effects.push({ type: 'persist', record: { type: 'certificate', certificate } });
  // A finalization needs no relay: it follows from votes that went to all, and peers behind ask.
  const relayed = origin === 'formed' || (origin === 'received' && certificate.view === state.view);
  if (relayed && certificate.kind !== 'finalization') {
    effects.push({ type: 'broadcast', message: certificate });
  }
  effects.push({ type: 'report', report: { type: 'view-entered', view, by: certificate.kind } });
  const gaveUp =
    certificate.kind === 'nullification' ||
    (certificate.kind === 'notarization' && state.entry.nullifiedAtMs !== null);
  return {
    state: {
      ...state,
      view,
      views: withoutOldVotes(state.views, state.view, view),
      blocks: withoutOldProposals(state, view),
      pace: gaveUp ? { ...state.pace, givenUp: state.pace.givenUp + 1 } : state.pace,
      entry: {
        atMs: state.nowMs,
        certificate,
        armedAtMs: null,
        proposedAtMs: null,
        nullifiedAtMs: null,
        resendAtMs: 0,
        resends: 0,
        skewReported: false,
      },
    },
    effects,
  };
}

/** Single votes of long past views are dropped; certificates and own votes stay until the view is final. */
function withoutOldVotes(
  views: ReadonlyMap<View, ViewRecord>,
  from: View,
  to: View,
): ReadonlyMap<View, ViewRecord> {
  let kept: Map<View, ViewRecord> | null = null;
  for (const [view, known] of views) {
    if (view < from - PAST_VIEWS || view >= to - PAST_VIEWS) continue;
    if (known.notarizes.size + known.nullifies.size + known.finalizes.size === 0) continue;
    kept ??= new Map(views);
    kept.set(view, { ...known, notarizes: new Map(), nullifies: new Map(), finalizes: new Map() });
  }
  return kept ?? views;
}

/**
 * Proposals of long past views that came to nothing. Those on the way to a certified block are kept, and those that this node
 * notarized: the certificate with its vote may be at one node only, and when it comes, all build on that block.
 */
function withoutOldProposals(state: State, current: View): State['blocks'] {
  const isOld = ({ id, input }: Block): boolean =>
    input.view < current - PAST_PROPOSALS &&
    input.height > (state.finalization?.height ?? 0) &&
    !isNotarized(state, id, input.view) &&
    !isVotedFor(state, id, input.view);
  const old = [...state.blocks.values()].filter(isOld);
  if (old.length === 0) return state.blocks;
  const kept = new Map(state.blocks);
  for (const { id } of old) kept.delete(id);
  return kept;
}

function isVotedFor(state: State, id: BlockId, view: View): boolean {
  const vote = viewRecord(state, view).own.notarize?.unsigned;
  return vote !== undefined && blockIdOf(vote.digest) === id;
}

/** Whether a certificate above the tip holds our share of a vote that we never cast. */
function holdsForeignVote(state: State, certificate: Certificate): boolean {
  const { self } = state.config;
  if (self === null || state.halted || certificate.view <= state.tip.view) return false;
  if (!certificate.shares.some((share) => share.signer === self)) return false;
  const { own } = viewRecord(state, certificate.view);
  switch (certificate.kind) {
    case 'notarization': {
      const vote = own.notarize?.unsigned;
      return !(vote?.height === certificate.height && equalBytes(vote.digest, certificate.digest));
    }
    case 'nullification':
      return own.nullify === null;
    case 'finalization':
      return own.finalize === null || !samePoint(own.finalize.unsigned, certificate);
    default:
      return assertNever(certificate);
  }
}
