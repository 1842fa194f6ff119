import { assertNever } from '@hufu/crypto';
import { receive, verifyingKey } from './admission.ts';
import { commit, execute, executed, forsake } from './block-tree.ts';
import { acknowledge, batchSigned, batchStored, limitIntake, localBatch, store } from './dissemination.ts';
import { fetch, fetchDueMs } from './fetching.ts';
import type { Config, Event, Recovery } from './interface.ts';
import { armTimers, deadlines, noteProposal, workAtMs } from './pacemaker.ts';
import { parentChoice } from './parent.ts';
import { batchBecomesDueMs, propose, repropose, sendProposal } from './proposing.ts';
import { pushAgain, pushDueMs, relay } from './pushing.ts';
import { recover } from './recovery.ts';
import { peerConnected, peerDisconnected, resend, resendDueMs } from './repair.ts';
import {
  andThen,
  changed,
  type Rule,
  type State,
  type Transition,
  viewRecord,
  withoutEntry,
} from './state.ts';
import { takeUnverified, takeVerified } from './verified.ts';
import { castVote } from './votes.ts';
import { finalize, notarize, nullify, timeBecomesValidMs } from './voting.ts';

/**
 * The protocol's rules, each a guarded action: after every event they are applied, in this order, until no guard
 * holds. An event only records what happened, so no order of events can make a rule miss its moment.
 */
const RULES: readonly Rule[] = [
  execute,
  commit,
  notarize,
  finalize,
  armTimers,
  noteProposal,
  nullify,
  propose,
  repropose,
  store,
  acknowledge,
  limitIntake,
  forsake,
  fetch,
  resend,
  pushAgain,
  relay,
];

/** Far more than any event can cause; reaching it means that two rules undo each other. */
const MAX_RULE_APPLICATIONS = 100_000;

/**
 * The state of a node that starts from `recovery`, and the effects that resume the protocol.
 * Throws for a configuration or a recovery that breaks an invariant (docs/spec/consensus.md, "Restart").
 */
export function init(config: Config, recovery: Recovery, nowMs: number): Transition {
  return settle(recover(config, recovery, nowMs));
}

/**
 * Applies one event. Pure and total: nothing a peer sends makes it throw, and a stale, early or repeated event
 * changes nothing. Source: Simplex (ePrint 2023/463); rule names as in docs/spec/consensus.md.
 */
export function step(state: State, event: Event): Transition {
  // The host's clock does not go back; if it does, time stands still here.
  const nowMs = Math.max(state.nowMs, event.nowMs);
  const applied = apply(nowMs === state.nowMs ? state : { ...state, nowMs }, event);
  return isSettled(state, applied.state) ? applied : settle(applied);
}

/** Everything in the state that a rule's guard may read, but the time. */
const READ_BY_RULES = [
  'clockAheadMs',
  'halted',
  'view',
  'entry',
  'views',
  'pace',
  'tip',
  'finalization',
  'checkpoints',
  'appliedHeight',
  'blocks',
  'executions',
  'nextExecution',
  'origins',
  'acked',
  'backpressure',
  'peers',
  'fetches',
  'wakeAtMs',
] as const satisfies readonly Exclude<keyof State, Unread>[];
type Unread = 'config' | 'nowMs' | 'verifying';
/** Does not compile when a field of the state is in neither list. */
type AllRead = Exclude<keyof State, Unread | (typeof READ_BY_RULES)[number]> extends never ? true : false;
const ALL_READ: AllRead = true;

/** Whether no rule can apply because none could before: nothing that a guard reads has changed, time included. */
function isSettled(before: State, after: State): boolean {
  if (after.wakeAtMs !== null && after.nowMs >= after.wakeAtMs) return false;
  for (const name of READ_BY_RULES) if (before[name] !== after[name]) return false;
  return ALL_READ;
}

function apply(state: State, event: Event): Transition {
  switch (event.type) {
    case 'clock':
      return changed(state, { clockAheadMs: event.aheadMs });
    case 'message':
      return receive(state, event.from, event.message);
    case 'verified': {
      const key = verifyingKey(event.from, event.message);
      const done = { ...state, verifying: withoutEntry(state.verifying, key) };
      return event.ok
        ? takeVerified(done, event.from, event.message)
        : takeUnverified(done, event.from, event.message);
    }
    case 'signed':
      return signed(state, event.message);
    case 'local-batch':
      return localBatch(state, event.payload);
    case 'batch-stored':
      return batchStored(state, event.ref);
    case 'executed':
      return executed(state, event.id, event.result);
    case 'applied':
      return changed(state, { appliedHeight: Math.max(state.appliedHeight, event.height) });
    case 'timer':
      return changed(state, { wakeAtMs: null });
    case 'peer-connected':
      return peerConnected(state, event.peer);
    case 'peer-disconnected':
      return peerDisconnected(state, event.peer);
    default:
      return assertNever(event);
  }
}

function signed(state: State, message: Extract<Event, { type: 'signed' }>['message']): Transition {
  switch (message.kind) {
    case 'proposal':
    case 'reproposal':
      return sendProposal(state, message);
    case 'batch':
      return batchSigned(state, message);
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return castVote(state, message);
    default:
      return assertNever(message);
  }
}

function settle(start: Transition): Transition {
  let settled = start;
  for (let applied = 0; applied < MAX_RULE_APPLICATIONS; applied++) {
    const next = firstApplicable(settled.state);
    if (next === null) return wake(settled);
    settled = andThen(settled, () => next);
  }
  throw new Error('the rules do not settle');
}

function firstApplicable(state: State): Transition | null {
  for (const rule of RULES) {
    const next = rule(state);
    if (next !== null) return next;
  }
  return null;
}

/** Asks for the one timer: the earliest moment at which some guard may begin to hold by time alone. */
function wake(settled: Transition): Transition {
  const { state } = settled;
  const dueMs = nextDueMs(state);
  if (dueMs === null || dueMs === state.wakeAtMs) return settled;
  const atMs = Math.max(dueMs, state.nowMs + 1);
  if (atMs === state.wakeAtMs) return settled;
  return andThen(settled, (next) => changed(next, { wakeAtMs: atMs }, { type: 'set-timer', atMs }));
}

function nextDueMs(state: State): number | null {
  let leastMs: number | null = null;
  for (const atMs of [
    viewDueMs(state),
    timeBecomesValidMs(state),
    batchBecomesDueMs(state),
    fetchDueMs(state),
    resendDueMs(state),
    pushDueMs(state),
  ]) {
    if (atMs !== null && atMs > state.nowMs && (leastMs === null || atMs < leastMs)) leastMs = atMs;
  }
  // Work of an epoch that is over is due at no moment at all, and no host has a timer for that.
  return leastMs === Number.POSITIVE_INFINITY ? null : leastMs;
}

/** When the view's next timer runs out, or an idle view has work. */
function viewDueMs(state: State): number | null {
  const due = deadlines(state);
  const choice = parentChoice(state);
  if (due === null) return workAtMs(state, choice);
  const { own, proposalId } = viewRecord(state, state.view);
  if (own.nullify !== null) return workAtMs(state, choice);
  return proposalId === null && due.proposalMs > state.nowMs ? due.proposalMs : due.notarizationMs;
}
