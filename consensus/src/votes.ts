import { assertNever, equalBytes } from '@hufu/crypto';
import { absorb } from './certificates.ts';
import { quorum } from './quorum.ts';
import {
  andThen,
  changed,
  finalizedView,
  type State,
  samePoint,
  stay,
  type Transition,
  type ViewRecord,
  viewRecord,
  withEntry,
  withView,
} from './state.ts';
import type { Certificate, Finalize, Notarize, Nullify, Share, ValidatorIndex, Vote } from './types.ts';

/**
 * Counts a vote whose signatures are verified. The first of each kind from each signer in a view counts; one
 * that contradicts it, or a Nullify beside a Finalize, is kept as evidence and reported.
 */
export function countVote(state: State, vote: Vote): Transition {
  if (vote.view <= finalizedView(state)) return stay(state);
  const record = viewRecord(state, vote.view);
  const contradicted = contradictedVote(record, vote);
  if (contradicted !== null) return reportEquivocation(state, vote, contradicted);
  if (voteOf(record, vote.kind, vote.signer) !== null) return stay(state);
  const counted = withView(state, vote.view, withVote(record, vote));
  const certificate = certify(counted, vote);
  return certificate === null ? stay(counted) : absorb(counted, certificate, 'formed');
}

/** The vote of this kind that `signer` cast in the view; null when there is none. */
export function voteOf(record: ViewRecord, kind: Vote['kind'], signer: ValidatorIndex): Vote | null {
  switch (kind) {
    case 'notarize':
      return record.notarizes.get(signer) ?? null;
    case 'nullify':
      return record.nullifies.get(signer) ?? null;
    case 'finalize':
      return record.finalizes.get(signer) ?? null;
    default:
      return assertNever(kind);
  }
}

/** A counted vote of the same signer that no honest validator casts together with `vote`; null when there is none. */
export function contradictedVote(record: ViewRecord, vote: Vote): Vote | null {
  switch (vote.kind) {
    case 'notarize': {
      const first = record.notarizes.get(vote.signer);
      return first !== undefined && !sameNotarized(first, vote) ? first : null;
    }
    case 'nullify':
      return record.finalizes.get(vote.signer) ?? null;
    case 'finalize': {
      const first = record.finalizes.get(vote.signer);
      if (first !== undefined && !samePoint(first, vote)) return first;
      return record.nullifies.get(vote.signer) ?? null;
    }
    default:
      return assertNever(vote);
  }
}

function reportEquivocation(state: State, second: Vote, first: Vote): Transition {
  const { equivocators } = viewRecord(state, second.view);
  if (equivocators.has(second.signer)) return stay(state);
  const noted = withView(state, second.view, {
    equivocators: new Set(equivocators).add(second.signer),
  });
  return changed(
    noted,
    {},
    {
      type: 'report',
      report: { type: 'equivocation', signer: second.signer, first, second },
    },
  );
}

function sameNotarized(a: Notarize, b: Notarize): boolean {
  return a.height === b.height && equalBytes(a.digest, b.digest);
}

function withVote(record: ViewRecord, vote: Vote): Partial<ViewRecord> {
  switch (vote.kind) {
    case 'notarize':
      return { notarizes: withEntry(record.notarizes, vote.signer, vote) };
    case 'nullify':
      return { nullifies: withEntry(record.nullifies, vote.signer, vote) };
    case 'finalize':
      return { finalizes: withEntry(record.finalizes, vote.signer, vote) };
    default:
      return assertNever(vote);
  }
}

/** The certificate that `vote` completes, if it is the q-th of its kind for the same block or view. */
function certify(state: State, vote: Vote): Certificate | null {
  const record = viewRecord(state, vote.view);
  const { view } = vote;
  switch (vote.kind) {
    case 'notarize': {
      const { height, digest } = vote;
      const shares = sharesOf(state, record.notarizes, (other: Notarize) => sameNotarized(other, vote));
      return shares === null ? null : { kind: 'notarization', view, height, digest, shares };
    }
    case 'nullify': {
      const shares = sharesOf(state, record.nullifies, (_: Nullify) => true);
      return shares === null ? null : { kind: 'nullification', view, shares };
    }
    case 'finalize': {
      const { height, digests } = vote;
      const shares = sharesOf(state, record.finalizes, (other: Finalize) => samePoint(other, vote));
      return shares === null ? null : { kind: 'finalization', view, height, digests, shares };
    }
    default:
      return assertNever(vote);
  }
}

/** q shares of matching votes, ordered by signer; null when there are fewer. */
function sharesOf<V extends Vote>(
  state: State,
  votes: ReadonlyMap<ValidatorIndex, V>,
  matches: (vote: V) => boolean,
): readonly Share[] | null {
  const needed = quorum(state.config.n);
  if (votes.size < needed) return null;
  const matching = [...votes.values()].filter(matches);
  if (matching.length < needed) return null;
  return matching
    .map(({ signer, signatures }) => ({ signer, signatures }))
    .sort((a, b) => a.signer - b.signer);
}

/** Our vote, signed at last: it goes to all and counts. Stale ones still help peers that are behind. */
export function castVote(state: State, vote: Vote): Transition {
  if (vote.view <= state.tip.view) return stay(state);
  const record = viewRecord(state, vote.view);
  const cast = withView(state, vote.view, { own: withSigned(record, vote) });
  return andThen(changed(cast, {}, { type: 'broadcast', message: vote }), (sent) => countVote(sent, vote));
}

function withSigned({ own }: ViewRecord, vote: Vote): ViewRecord['own'] {
  switch (vote.kind) {
    case 'notarize':
      return own.notarize === null ? own : { ...own, notarize: { ...own.notarize, signed: vote } };
    case 'nullify':
      return own.nullify === null ? own : { ...own, nullify: { ...own.nullify, signed: vote } };
    case 'finalize':
      return own.finalize === null ? own : { ...own, finalize: { ...own.finalize, signed: vote } };
    default:
      return assertNever(vote);
  }
}
