import { heldSeq } from './batches.ts';
import type { Acks, Effect } from './interface.ts';
import { type Peer, type Rule, type State, stay, type Transition, withPeer } from './state.ts';
import type { ValidatorIndex } from './types.ts';
import { asValidatorIndex } from './types.ts';

/** Own batches sent to one peer ahead of its acks when it has to catch up. */
const PUSH_WINDOW = 16;
/** Batches of one other origin given to one peer at a time, for an origin that may be gone. */
const RELAY_WINDOW = 4;
const MAX_BACKOFF = 8;

/** A peer's acks: it holds each origin's batches below `next`. A claim, so it only ever steers sending. */
export function takeAcks(state: State, from: ValidatorIndex, acks: Acks): Transition {
  const peer = state.peers[from];
  const { self } = state.config;
  if (peer === undefined) return stay(state);
  const isNews = acks.held.some(({ origin, next }) => next > (peer.held[origin] ?? next));
  if (!isNews && !peer.awaitingAcks) return stay(state);
  const held = [...peer.held];
  for (const { origin, next } of acks.held) {
    const before = held[origin];
    if (before !== undefined && next > before) held[origin] = next;
  }
  if (self === null) return stay(withPeer(state, from, { held }));
  const progress = (held[self] ?? 0) > (peer.held[self] ?? 0);
  return stay(
    withPeer(state, from, {
      held,
      awaitingAcks: false,
      // The first acks of a connection say where to begin.
      pushedTo: peer.awaitingAcks ? (held[self] ?? 0) : peer.pushedTo,
      ...(progress ? { pushTries: 0, pushAtMs: pushDeadlineMs(state, 0) } : {}),
    }),
  );
}

/** Notes that every connected peer was just sent our chain up to its last stored batch. */
export function withPushed(state: State, self: ValidatorIndex): State {
  const { chain = [] } = state.origins[self] ?? {};
  const stored = chain.findLast(({ status }) => status === 'storing' || status === 'durable');
  if (stored === undefined) return state;
  const peers = state.peers.map((peer) => {
    if (!peer.connected) return peer;
    const settled = peer.pushedTo <= firstMissing(state, peer, self);
    const pushAtMs = settled ? pushDeadlineMs(state, 0) : peer.pushAtMs;
    return { ...peer, pushedTo: stored.ref.seq + 1, pushAtMs };
  });
  return { ...state, peers };
}

function pushDeadlineMs(state: State, tries: number): number {
  return state.nowMs + state.config.parameters.maxDeltaMs * Math.min(MAX_BACKOFF, 2 ** tries);
}

/**
 * Own batches that a connected peer did not ack are sent again (go back to the first one missing), a window at a
 * time: what was lost in transit is recovered by its origin.
 */
export const pushAgain: Rule = (state) => {
  const { self } = state.config;
  if (self === null) return null;
  if (state.origins[self]?.chain.length === 0) return null;
  const end = heldSeq(state, self);
  if (end <= (state.tip.origins[self]?.nextSeq ?? 0)) return null;
  for (const [index, peer] of state.peers.entries()) {
    if (index === self || !peer.connected) continue;
    const acked = firstMissing(state, peer, self);
    if (acked >= end) continue;
    const pushed = Math.max(peer.pushedTo, acked);
    const room = acked + PUSH_WINDOW - pushed;
    if (pushed < end && room > 0) {
      const to = Math.min(end, pushed + room);
      const pushAtMs = pushDeadlineMs(state, peer.pushTries);
      const sent = withPeer(state, asValidatorIndex(index), { pushedTo: to, pushAtMs });
      return { state: sent, effects: serve(state, index, self, pushed, to) };
    }
    if (state.nowMs >= peer.pushAtMs && pushed > acked) {
      const change = { pushedTo: acked, pushTries: peer.pushTries + 1, awaitingAcks: false };
      return stay(withPeer(state, asValidatorIndex(index), change));
    }
  }
  return null;
};

/**
 * Batches of other origins that stay unreferenced are relayed to peers without them: an origin that died after
 * reaching a few would otherwise leave them pending where no leader can reference them. The origin's signature
 * is what counts, not who brings it.
 */
export const relay: Rule = (state) => {
  const aged = pendingUpTo(state, agedEnd);
  if (aged.length === 0) return null;
  for (const [index, peer] of state.peers.entries()) {
    if (index === state.config.self || !peer.connected || state.nowMs < peer.relayAtMs) continue;
    const effects = aged.flatMap(({ origin, end }) => {
      if (origin === index || origin === state.config.self) return [];
      const from = firstMissing(state, peer, origin);
      return serve(state, index, origin, from, Math.min(end, from + RELAY_WINDOW));
    });
    if (effects.length === 0) continue;
    const relayAtMs = state.nowMs + relayAgeMs(state);
    return { state: withPeer(state, asValidatorIndex(index), { relayAtMs }), effects };
  }
  return null;
};

/** By origin: the end of what is pending, for those of which something is. */
function pendingUpTo(
  state: State,
  endOf: (state: State, origin: number) => number,
): readonly { readonly origin: number; readonly end: number }[] {
  const pending: { readonly origin: number; readonly end: number }[] = [];
  for (const [origin, { chain }] of state.origins.entries()) {
    if (chain.length === 0) continue;
    const end = endOf(state, origin);
    if (end > (state.tip.origins[origin]?.nextSeq ?? 0)) pending.push({ origin, end });
  }
  return pending;
}

function relayAgeMs(state: State): number {
  return 2 * state.config.parameters.maxDeltaMs;
}

/** The first batch above the tip that the peer does not claim to hold. */
function firstMissing(state: State, peer: Peer, origin: number): number {
  return Math.max(peer.held[origin] ?? 0, state.tip.origins[origin]?.nextSeq ?? 0);
}

/** The end of the part of an origin's chain that has been pending for long. */
function agedEnd(state: State, origin: number): number {
  const { chain = [] } = state.origins[origin] ?? {};
  const young = chain.findIndex(
    ({ status, durableAtMs }) => status !== 'durable' || durableAtMs + relayAgeMs(state) > state.nowMs,
  );
  return (state.tip.origins[origin]?.nextSeq ?? 0) + (young < 0 ? chain.length : young);
}

function serve(state: State, to: number, origin: number, from: number, end: number): Effect[] {
  const base = state.tip.origins[origin]?.nextSeq ?? 0;
  const batches = state.origins[origin]?.chain.slice(from - base, Math.max(from, end) - base) ?? [];
  return batches.map(({ ref }) => ({ type: 'serve-batch', to: asValidatorIndex(to), ref }));
}

/** When the next batch is to be sent again or relayed, ms; null when none waits for that. */
export function pushDueMs(state: State): number | null {
  const pending = pendingUpTo(state, heldSeq);
  if (pending.length === 0) return null;
  let dueMs = Number.POSITIVE_INFINITY;
  for (const { origin, end } of pending) {
    for (const [index, peer] of state.peers.entries()) {
      if (index === origin || index === state.config.self) continue;
      if (!peer.connected || (peer.held[origin] ?? 0) >= end) continue;
      dueMs = Math.min(dueMs, origin === state.config.self ? peer.pushAtMs : relayDueMs(state, peer, origin));
    }
  }
  return dueMs === Number.POSITIVE_INFINITY ? null : dueMs;
}

/** When a batch of another origin that the peer lacks is relayed to it, ms. */
function relayDueMs(state: State, peer: Peer, origin: number): number {
  const base = state.tip.origins[origin]?.nextSeq ?? 0;
  const first = state.origins[origin]?.chain[firstMissing(state, peer, origin) - base];
  return Math.max(peer.relayAtMs, (first?.durableAtMs ?? 0) + relayAgeMs(state));
}
