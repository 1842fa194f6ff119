import { assertNever, equalBytes } from '@hufu/crypto';
import { joinForks } from './batches.ts';
import { insertBlocks } from './block-tree.ts';
import { absorb } from './certificates.ts';
import type {
  Config,
  Effect,
  LogRecord,
  Recovery,
  UnsignedProposal,
  UnsignedReproposal,
  UnsignedVote,
} from './interface.ts';
import { backedOffDeltaMs, checkParameters, INITIAL_PACE } from './pacemaker.ts';
import { leader, MAX_VALIDATORS } from './quorum.ts';
import {
  andThen,
  changed,
  finalizedView,
  firstDigest,
  type HeldBatch,
  inputOf,
  type Peer,
  type State,
  stay,
  type Transition,
  viewRecord,
  withView,
} from './state.ts';
import { asValidatorIndex, asView, blockIdOf, type Proposal, type ValidatorIndex } from './types.ts';

/**
 * The state of a node that starts, and the effects that resume the protocol: every vote that may still matter is
 * signed again exactly as it was persisted, and never another one for that view and kind.
 * Throws when config or recovery break an invariant: a host must not start from such a disk.
 */
export function recover(config: Config, recovery: Recovery, nowMs: number): Transition {
  check(config, recovery);
  let state = initialState(config, recovery, nowMs);
  // Of replaying only the state counts: everything it would emit is persisted already, or stale.
  for (const record of recovery.log) state = replay(state, record).state;
  return resume(enterLatest(state, recovery));
}

function check(config: Config, { tip, finalization }: Recovery): void {
  const { n, self } = config;
  checkParameters(config);
  if (!Number.isSafeInteger(n) || n < 1 || n > MAX_VALIDATORS) throw new RangeError(`n = ${n}`);
  if (self !== null && self >= n) throw new RangeError(`self = ${self} of n = ${n}`);
  if (tip.origins.length !== n) throw new RangeError('the tip names one head per validator');
  if (tip.endsEpoch) throw new Error('an epoch that is over is not resumed');
  if (tip.height < config.genesisHeight) throw new Error("the tip is below the epoch's genesis");
  if (tip.height > config.genesisHeight && (finalization === null || finalization.height < tip.height)) {
    throw new Error('a tip above genesis is covered by a finalization');
  }
}

function initialState(config: Config, { tip, finalization, batches }: Recovery, nowMs: number): State {
  const view = asView(tip.view + 1);
  const validators = Array.from({ length: config.n }, (_, index) => asValidatorIndex(index));
  const forks = new Map(validators.map((origin) => [origin, new Map<string, HeldBatch>()]));
  for (const { origin, seq, digest, prev } of batches) {
    if (seq < (tip.origins[origin]?.nextSeq ?? 0)) continue;
    const ref = { origin, seq, digest };
    const held = { ref, prev, status: 'durable', batch: null, from: origin, durableAtMs: nowMs } as const;
    forks.get(origin)?.set(blockIdOf(digest), held);
  }
  return {
    config,
    nowMs,
    clockAheadMs: 0,
    halted: false,
    view,
    entry: {
      atMs: nowMs,
      certificate: null,
      armedAtMs: null,
      proposedAtMs: null,
      nullifiedAtMs: null,
      resendAtMs: 0,
      resends: 0,
      skewReported: false,
    },
    views: new Map(),
    pace: INITIAL_PACE,
    tip,
    finalization: finalization !== null && finalization.height > tip.height ? null : finalization,
    checkpoints: [],
    appliedHeight: tip.height,
    blocks: new Map(),
    executions: new Map(),
    nextExecution: 0,
    origins: tip.origins.map((head, origin) =>
      joinForks([], forks.get(asValidatorIndex(origin)) ?? new Map(), head),
    ),
    acked: tip.origins.map(() => -1),
    backpressure: false,
    peers: validators.map(() => unknownPeer(config.n)),
    fetches: new Map(),
    verifying: new Map(),
    wakeAtMs: null,
  };
}

function unknownPeer(n: number): Peer {
  return {
    connected: false,
    held: new Array<number>(n).fill(0),
    pushedTo: 0,
    pushAtMs: 0,
    pushTries: 0,
    awaitingAcks: false,
    relayAtMs: 0,
    statusAnsweredAtMs: Number.NEGATIVE_INFINITY,
    finalizedHeight: 0,
    faults: 0,
    heardInView: 0,
  };
}

function replay(state: State, record: LogRecord): Transition {
  switch (record.type) {
    case 'vote':
      return stay(replayVote(state, record.vote));
    case 'proposal':
      return replayProposal(state, record.proposal, leader(record.proposal.view, state.config.n));
    case 'own-proposal':
      return record.proposal.kind === 'reproposal'
        ? replayReproposal(state, record.proposal)
        : replayProposal(state, record.proposal, null);
    case 'certificate':
      return absorb(state, record.certificate, 'recovered');
    default:
      return assertNever(record);
  }
}

function replayVote(state: State, unsigned: UnsignedVote): State {
  if (unsigned.view <= state.tip.view) return state;
  const { own } = viewRecord(state, unsigned.view);
  switch (unsigned.kind) {
    case 'notarize':
      return withView(state, unsigned.view, { own: { ...own, notarize: { unsigned, signed: null } } });
    case 'nullify':
      return withView(state, unsigned.view, { own: { ...own, nullify: { unsigned, signed: null } } });
    case 'finalize':
      return withView(state, unsigned.view, { own: { ...own, finalize: { unsigned, signed: null } } });
    default:
      return assertNever(unsigned);
  }
}

function replayProposal(
  state: State,
  proposal: Proposal | UnsignedProposal,
  from: ValidatorIndex | null,
): Transition {
  const { view, digests, justification, nullifications } = proposal;
  if (view <= state.tip.view) return stay(state);
  let taken = stay(state);
  const embedded = justification === null ? nullifications : [justification, ...nullifications];
  for (const certificate of embedded) {
    taken = andThen(taken, (next) => absorb(next, certificate, 'recovered'));
  }
  const id = blockIdOf(firstDigest(digests));
  const { proposalId, ownProposal } = viewRecord(taken.state, view);
  const own = from === null ? withoutSignature(proposal) : ownProposal;
  const votedFor = taken.state.views.get(view)?.own.notarize?.unsigned.digest;
  const mine = votedFor === undefined || equalBytes(votedFor, firstDigest(digests));
  const noted = withView(taken.state, view, {
    ownProposal: own,
    proposalId: proposalId ?? (mine ? id : null),
  });
  const signed = 'signature' in proposal ? proposal : null;
  const input = inputOf(proposal);
  return stay(insertBlocks(noted, [{ id, input, digests, proposal: signed, from, persisted: true }]));
}

function replayReproposal(state: State, reproposal: UnsignedReproposal): Transition {
  const { view, digests, justification, nullifications } = reproposal;
  if (view <= state.tip.view) return stay(state);
  let taken = stay(state);
  for (const certificate of [justification, ...nullifications]) {
    taken = andThen(taken, (next) => absorb(next, certificate, 'recovered'));
  }
  const proposalId = blockIdOf(firstDigest(digests));
  return stay(withView(taken.state, view, { ownProposal: reproposal, proposalId }));
}

function withoutSignature(proposal: Proposal | UnsignedProposal): UnsignedProposal {
  if (!('signature' in proposal)) return proposal;
  const { signature: _, ...unsigned } = proposal;
  return unsigned;
}

/** The view to resume in: the last one entered by a certificate. Every peer counts as heard in it. */
function enterLatest(state: State, { finalization }: Recovery): State {
  const taken = finalization === null ? state : absorb(state, finalization, 'recovered').state;
  const resendAtMs = taken.nowMs + 2 * backedOffDeltaMs(taken);
  return {
    ...taken,
    entry: { ...taken.entry, atMs: taken.nowMs, resendAtMs },
    peers: taken.peers.map((peer) => ({ ...peer, heardInView: taken.view })),
  };
}

function resume(state: State): Transition {
  const effects: Effect[] = [
    { type: 'report', report: { type: 'view-entered', view: state.view, by: 'start' } },
  ];
  if (state.config.self === null) return changed(state, {}, ...effects);
  const floor = finalizedView(state);
  for (const [view, { own, ownProposal }] of state.views) {
    if (ownProposal !== null) effects.push({ type: 'sign', message: ownProposal });
    const current = view === state.view;
    if (own.notarize !== null && current) effects.push({ type: 'sign', message: own.notarize.unsigned });
    if (own.nullify !== null && current) effects.push({ type: 'sign', message: own.nullify.unsigned });
    if (own.finalize !== null && view > floor) effects.push({ type: 'sign', message: own.finalize.unsigned });
  }
  return changed(state, {}, ...effects);
}
