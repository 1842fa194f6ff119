import { equalBytes } from '@hufu/crypto';
import { batchDigest } from './batch-digest.ts';
import {
  batchKey,
  chainHead,
  heldBatch,
  heldSeq,
  heldSeqs,
  isVerified,
  joinForks,
  withOrigin,
} from './batches.ts';
import type { Acks, BatchMessage, Effect } from './interface.ts';
import { withPushed } from './pushing.ts';
import { changed, type HeldBatch, type Rule, type State, stay, type Transition } from './state.ts';
import { asValidatorIndex, type Batch, type BatchRef, digestKey, type ValidatorIndex } from './types.ts';

/** Dissemination 1: the ingress node packs submissions into a batch, to be signed once, stored and pushed to all. */
export function localBatch(state: State, payload: Uint8Array): Transition {
  const { self, hash } = state.config;
  if (self === null || state.halted) return stay(state);
  const { nextSeq: seq, lastDigest: prev } = chainHead(state, self);
  const unsigned = { origin: self, seq, prev, payload };
  const batch = { ...unsigned, digest: batchDigest(hash, unsigned) };
  const entry: HeldBatch = {
    ref: { origin: self, seq, digest: batch.digest },
    prev,
    status: 'signing',
    batch,
    from: self,
    durableAtMs: 0,
  };
  const chain = [...(state.origins[self]?.chain ?? []), entry];
  return changed(
    withOrigin(state, self, { chain }),
    {},
    { type: 'sign', message: { kind: 'batch', ...batch } },
  );
}

/** Our batch, signed at last: it can be stored, and only then (the same turn) pushed to all. */
export function batchSigned(state: State, { kind: _, ...batch }: BatchMessage): Transition {
  return stay(
    mapChain(state, batch.origin, (held) =>
      held.status === 'signing' && equalBytes(held.ref.digest, batch.digest)
        ? { ...held, status: 'verified', batch }
        : held,
    ),
  );
}

/**
 * What to do with a batch that arrived, before its signature is checked: a fetched one is taken by its digest,
 * a pushed one only if it continues its origin's chain within the bound.
 */
export function placeBatch(
  state: State,
  batch: Batch,
  from: ValidatorIndex,
): { readonly place: 'fork' | 'chain' | 'none'; readonly at: number } {
  const none = { place: 'none', at: 0 } as const;
  const { origin, seq, digest, prev } = batch;
  const { chain = [] } = state.origins[origin] ?? {};
  const base = state.tip.origins[origin]?.nextSeq ?? 0;
  const known = chain[seq - base];
  // A copy that a third party relayed is still unverified: the origin's own takes its place.
  const displaced =
    known !== undefined && known.status === 'verifying' && known.from !== from && from === origin;
  // Asked for, and not here for certain: the copy of another that is being checked may be made up, and must not keep this out.
  const held = heldBatch(state, batch);
  const isOpen = held === null || (held.status === 'verifying' && held.from !== from);
  const other = isOpen && state.fetches.has(batchKey(batch)) ? ({ place: 'fork', at: 0 } as const) : none;
  if (known !== undefined && !displaced && equalBytes(known.ref.digest, digest)) return other;
  const at = displaced ? seq - base : chain.length;
  const before = at === 0 ? state.tip.origins[origin]?.lastDigest : chain[at - 1]?.ref.digest;
  const continues = seq === base + at && before !== undefined && equalBytes(before, prev);
  if (continues && at < state.config.parameters.maxPendingBatchesPerOrigin) return { place: 'chain', at };
  return other;
}

/** Appends an unverified batch to its origin's chain (or replaces the relayed copy at `at` and what followed it). */
export function queueBatch(state: State, batch: Batch, from: ValidatorIndex, at: number): State {
  const entry = unverified(batch, from);
  const chain = [...(state.origins[batch.origin]?.chain.slice(0, at) ?? []), entry];
  return withOrigin(state, batch.origin, { chain });
}

function unverified(batch: Batch, from: ValidatorIndex): HeldBatch {
  const { origin, seq, digest, prev } = batch;
  return { ref: { origin, seq, digest }, prev, status: 'verifying', batch, from, durableAtMs: 0 };
}

/**
 * The signature of a queued or fetched batch is checked. Dissemination 2: it is stored durably, then acked. What is
 * stored is the batch that was verified, whoever gave it: what was queued under the same digest may be another one.
 */
export function batchVerified(state: State, batch: Batch, from: ValidatorIndex, ok: boolean): Transition {
  const { chain = [], forks = new Map<string, HeldBatch>() } = state.origins[batch.origin] ?? {};
  const at = chain.findIndex(
    (held) => held.status === 'verifying' && (ok || held.from === from) && isSameBatch(held, batch),
  );
  if (at >= 0) {
    // What followed a false batch is dropped with it; its origin sends it again.
    if (!ok) return stay(withOrigin(state, batch.origin, { chain: chain.slice(0, at) }));
    const verified = chain.map((held, index) =>
      index === at ? { ...held, status: 'verified' as const, batch } : held,
    );
    return stay(withOrigin(state, batch.origin, { chain: verified }));
  }
  if (!ok || !state.fetches.has(batchKey(batch)) || isVerified(state, batch)) return stay(state);
  const fork: HeldBatch = { ...unverified(batch, from), status: 'storing', batch: null };
  const bounded =
    forks.size < state.config.parameters.maxPendingBatchesPerOrigin ? forks : usedForks(state, forks);
  const kept = withOrigin(state, batch.origin, {
    forks: new Map(bounded).set(digestKey(batch.digest), fork),
  });
  return changed(kept, {}, { type: 'store-batch', batch });
}

function isSameBatch({ ref, prev }: HeldBatch, batch: Batch): boolean {
  return ref.seq === batch.seq && equalBytes(ref.digest, batch.digest) && equalBytes(prev, batch.prev);
}

/** Threat: an origin that signs ever new batches for one seq. Those that no held block references are forgotten. */
function usedForks(state: State, forks: ReadonlyMap<string, HeldBatch>): ReadonlyMap<string, HeldBatch> {
  const used = new Set(
    [...state.blocks.values()].flatMap(({ input }) => input.refs.map(({ digest }) => digestKey(digest))),
  );
  return new Map([...forks].filter(([key]) => used.has(key)));
}

/**
 * Rule "store": verified batches are stored in chain order, our own pushed as soon as they are stored. Whatever was before
 * them may have become durable or final since they came.
 */
export const store: Rule = (state) => {
  for (const [index, { chain }] of state.origins.entries()) {
    const from = chain.findIndex(({ status }) => status !== 'storing' && status !== 'durable');
    const ready = readyFrom(chain, from);
    if (ready.length === 0) continue;
    const origin = asValidatorIndex(index);
    const storing = chain.map((held, at) =>
      at >= from && at < from + ready.length ? { ...held, status: 'storing' as const, batch: null } : held,
    );
    const stored = withOrigin(state, origin, { chain: storing });
    const isOwn = origin === state.config.self;
    const effects = ready.flatMap((batch): readonly Effect[] => [
      { type: 'store-batch', batch },
      ...(isOwn ? [{ type: 'broadcast', message: { kind: 'batch', ...batch } } as const] : []),
    ]);
    return changed(isOwn ? withPushed(stored, origin) : stored, {}, ...effects);
  }
  return null;
};

/** The verified batches at `from` and after it, up to the first that is not; none for −1. */
function readyFrom(chain: readonly HeldBatch[], from: number): readonly Batch[] {
  const ready: Batch[] = [];
  if (from < 0) return ready;
  for (const { status, batch } of chain.slice(from)) {
    if (status !== 'verified' || batch === null || !('signature' in batch)) break;
    ready.push(batch);
  }
  return ready;
}

/** The host has made a batch durable: it can be referenced, voted for and acked. */
export function batchStored(state: State, ref: BatchRef): Transition {
  const durable = (held: HeldBatch): HeldBatch =>
    held.status === 'storing' && equalBytes(held.ref.digest, ref.digest)
      ? { ...held, status: 'durable', durableAtMs: state.nowMs }
      : held;
  const known = state.origins[ref.origin];
  const base = state.tip.origins[ref.origin];
  if (known === undefined || base === undefined) return stay(state);
  const forks = new Map([...known.forks].map(([key, held]) => [key, durable(held)]));
  // What was kept apart may continue the chain now.
  return stay(withOrigin(state, ref.origin, joinForks(known.chain.map(durable), forks, base)));
}

function mapChain(state: State, origin: number, change: (held: HeldBatch) => HeldBatch): State {
  const chain = state.origins[origin]?.chain ?? [];
  return withOrigin(state, origin, { chain: chain.map(change) });
}

/** Rule "ack": what is durable here has changed → tell all. Unsigned, a hint; cumulative, so that one is enough. */
export const acknowledge: Rule = (state) => {
  if (state.config.self === null) return null;
  if (state.acked.every((next, origin) => next === heldSeq(state, origin))) return null;
  const held = heldSeqs(state);
  const message = acksOf(held);
  return changed(state, { acked: held }, { type: 'broadcast', message });
};

export function acksOf(held: readonly number[]): Acks {
  return {
    kind: 'acks',
    held: held.map((next, origin) => ({ origin: asValidatorIndex(origin), next })),
  };
}

/** Rule "backpressure": an origin's unreferenced batches are bounded; over the bound the host takes no more. */
export const limitIntake: Rule = (state) => {
  const { self, parameters } = state.config;
  if (self === null) return null;
  const on = (state.origins[self]?.chain.length ?? 0) >= parameters.maxPendingBatchesPerOrigin;
  if (on === state.backpressure) return null;
  const report = { type: 'backpressure', origin: self, on } as const;
  return changed(state, { backpressure: on }, { type: 'report', report });
};
