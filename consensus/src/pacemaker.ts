import type { Config } from './interface.ts';
import {
  countReferable,
  type ParentChoice,
  parentChoice,
  type UnfinalizedWork,
  unfinalizedWork,
} from './parent.ts';
import { faults, leader, quorum } from './quorum.ts';
import { changed, type Pace, type Rule, type State, viewRecord } from './state.ts';

/** Back-off of a view's timers: 1.5× per view given up since the last final one, capped at 8×. */
const BACKOFF = 1.5;
const MAX_BACKOFF = 8;
/** Timers of a view, in units of Δ with back-off: for the proposal, and for its notarization. */
const PROPOSAL_DELTAS = 2;
const NOTARIZATION_DELTAS = 3;
/** Δ against the median latency, and of how many views that is. */
const MEDIAN_FACTOR = 3;
const MAX_SAMPLES = 11;
/** A leader is silent when it was not heard for this many rounds of leaders. */
const SILENT_ROUNDS = 2;

/** Blocks without batches that follow one another after Δ each, to make final what is before them. */
const QUICK_BARE_BLOCKS = 4;

export const INITIAL_PACE: Pace = { samplesMs: [], medianMs: 0, givenUp: 0 };

/**
 * Δ: the assumed message delay, ms: a multiple of the median latency of recent views, clamped. The median, because
 * fewer than a third of the leaders are faulty: those that propose as late as they can do not stretch it.
 */
export function deltaMs(state: State): number {
  const { minDeltaMs, maxDeltaMs } = state.config.parameters;
  return Math.min(maxDeltaMs, Math.max(minDeltaMs, MEDIAN_FACTOR * state.pace.medianMs));
}

/**
 * Δ with the back-off, ms. Views count until something is final, and not until the next notarization: nodes of which some
 * give up in one view and others in the next would otherwise notarize for ever, and never finalize.
 */
export function backedOffDeltaMs(state: State): number {
  return Math.ceil(deltaMs(state) * Math.min(MAX_BACKOFF, BACKOFF ** state.pace.givenUp));
}

/** Delay before the `tries`-th repetition of something unanswered, ms; the view's back-off counts as tries. */
export function retryDelayMs(state: State, tries: number): number {
  const backoff = Math.min(MAX_BACKOFF, BACKOFF ** (state.pace.givenUp + tries));
  return Math.min(2 * state.config.parameters.maxDeltaMs, Math.ceil(2 * deltaMs(state) * backoff));
}

/**
 * Delay before the next peer is asked for the same small thing, ms. Starts from the least Δ, not the measured one:
 * what is missing holds up the view, so that one peer that does not answer would stretch Δ and with it the wait.
 */
export function hedgeDelayMs(state: State, tries: number): number {
  const { minDeltaMs, maxDeltaMs } = state.config.parameters;
  return Math.min(2 * maxDeltaMs, 2 * minDeltaMs * 2 ** Math.min(tries, 20));
}

/**
 * Delay before the next peer is asked for something large or not urgent, ms: an answer may wait behind others, and asking
 * twice doubles what slows it down.
 */
export function patientDelayMs(state: State, tries: number): number {
  const { maxDeltaMs } = state.config.parameters;
  return Math.ceil(Math.min(2 * maxDeltaMs, (maxDeltaMs / 4) * 2 ** Math.min(tries, 20)));
}

/** Takes in how long one view took (or one exchange of Nullify votes), ms. */
export function withSample(pace: Pace, latencyMs: number): Pace {
  const samplesMs = [...pace.samplesMs.slice(1 - MAX_SAMPLES), latencyMs];
  const medianMs = samplesMs.toSorted((a, b) => a - b)[samplesMs.length >> 1] ?? latencyMs;
  return { ...pace, samplesMs, medianMs };
}

/** A leader gets zero timers while it is gone or silent, and a quorum is not. */
function leaderIsAway(state: State): boolean {
  return isExcept(state, isConnected) || isExcept(state, isHeard);
}

/** Whether something that holds for a quorum does not hold for the current leader. */
function isExcept(state: State, holds: (state: State, index: number) => boolean): boolean {
  const { n } = state.config;
  if (holds(state, leader(state.view, n))) return false;
  return state.peers.filter((_, index) => holds(state, index)).length >= quorum(n);
}

/** Without a connection no proposal comes: it is sent by the leader itself. */
function isConnected(state: State, index: number): boolean {
  return index === state.config.self || state.peers[index]?.connected === true;
}

function isHeard(state: State, index: number): boolean {
  const { n, self } = state.config;
  const peer = state.peers[index];
  return index === self || (peer !== undefined && state.view - peer.heardInView <= SILENT_ROUNDS * n);
}

/** When to give up on a proposal and on a notarization, ms; null while the view is idle. */
export function deadlines(
  state: State,
): { readonly proposalMs: number; readonly notarizationMs: number } | null {
  const { armedAtMs } = state.entry;
  if (armedAtMs === null) return null;
  const unitMs = backedOffDeltaMs(state);
  return {
    proposalMs: armedAtMs + (leaderIsAway(state) ? 0 : PROPOSAL_DELTAS * unitMs),
    notarizationMs: armedAtMs + NOTARIZATION_DELTAS * unitMs,
  };
}

/**
 * When the current view has something to agree on, ms (in the past: now). Idle costs nothing: without a pending
 * batch, an unfinalized block or a sign of life in the view, that is the heartbeat.
 */
export function workAtMs(state: State, choice: ParentChoice): number {
  const { atMs } = state.entry;
  if (state.tip.endsEpoch) return Number.POSITIVE_INFINITY;
  if (viewIsActive(state)) return atMs;
  const heartbeatAtMs = atMs + state.config.parameters.heartbeatMs;
  // What a parent that is not executed here yet references is not known: it gets Δ before its batches count.
  if (hasPendingBatches(state, choice)) return choice.type === 'ready' ? atMs : atMs + deltaMs(state);
  const work = unfinalizedWork(state, choice);
  return work === null ? heartbeatAtMs : Math.min(heartbeatAtMs, work.sinceMs + graceMs(state, work));
}

/**
 * What the Finalize votes of a block just notarized get to arrive, before another block without batches is to make it final:
 * Δ. When several did not help, too few nodes finalize at all, and each further one waits longer: blocks that are not
 * final stay in memory.
 */
function graceMs(state: State, { bareBlocks }: UnfinalizedWork): number {
  return deltaMs(state) * Math.max(1, bareBlocks - QUICK_BARE_BLOCKS);
}

/** Someone has work: the leader proposed, or f+1 (one honest) waited in vain. */
function viewIsActive(state: State): boolean {
  const record = viewRecord(state, state.view);
  return (
    record.proposalId !== null ||
    record.ownProposal !== null ||
    record.nullifies.size > faults(state.config.n)
  );
}

/** A batch held here that the best parent's chain does not reference yet. */
function hasPendingBatches(state: State, choice: ParentChoice): boolean {
  switch (choice.type) {
    case 'ready':
      // What is pending after the epoch's last block is for the next epoch.
      if (choice.parent.endsEpoch) return false;
      return state.origins.some((_, origin) => countReferable(state, choice.parent, origin) > 0);
    case 'unexecuted':
    case 'gap':
      // Unknown what that chain references: count every batch above the tip.
      return state.origins.some(({ chain }) => chain[0]?.status === 'durable');
  }
}

/** A pending batch anywhere arms the short timers. */
export const armTimers: Rule = (state) => {
  if (state.entry.armedAtMs !== null) return null;
  if (workAtMs(state, parentChoice(state)) > state.nowMs) return null;
  return changed(state, { entry: { ...state.entry, armedAtMs: state.nowMs } });
};

/** Notes when the view's proposal came: its latency counts from there. */
export const noteProposal: Rule = (state) => {
  if (state.entry.proposedAtMs !== null || viewRecord(state, state.view).proposalId === null) return null;
  return changed(state, { entry: { ...state.entry, proposedAtMs: state.nowMs } });
};

/** Refuses parameters that would break the pacemaker's arithmetic: the host's configuration is at fault. */
export function checkParameters({ parameters }: Config): void {
  const { minDeltaMs, maxDeltaMs } = parameters;
  if (!(minDeltaMs >= 1 && maxDeltaMs >= minDeltaMs)) throw new RangeError('Δ bounds must be 1 ≤ min ≤ max');
  for (const [name, value] of Object.entries(parameters)) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a safe integer`);
  }
}
