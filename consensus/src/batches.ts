import { equalBytes } from '@hufu/crypto';
import type { OriginHead, Tip } from './interface.ts';
import type { HeldBatch, OriginBatches, State } from './state.ts';
import { type BatchRef, digestKey } from './types.ts';

/** The batch with exactly this origin, seq and digest, whatever its status; null when it is unknown or final. */
export function heldBatch(state: State, ref: BatchRef): HeldBatch | null {
  const batches = state.origins[ref.origin];
  const base = state.tip.origins[ref.origin];
  if (batches === undefined || base === undefined) return null;
  const onChain = batches.chain[ref.seq - base.nextSeq];
  if (onChain !== undefined && equalBytes(onChain.ref.digest, ref.digest)) return onChain;
  return batches.forks.size === 0 ? null : forkOf(batches, ref);
}

/** Whether the batch is here for certain: one whose signature is being checked may be made up. */
export function isVerified(state: State, ref: BatchRef): boolean {
  const held = heldBatch(state, ref);
  return held !== null && held.status !== 'verifying';
}

function forkOf(batches: OriginBatches, ref: BatchRef): HeldBatch | null {
  const fork = batches.forks.get(digestKey(ref.digest));
  return fork?.ref.seq === ref.seq ? fork : null;
}

/** The key under which a missing batch is fetched, and a fetched one is verified. */
export function batchKey(ref: BatchRef): string {
  return `batch/${digestKey(ref.digest)}`;
}

/** What the next batch of the chain must continue: the last batch of the chain, or the tip. */
export function chainHead(state: State, origin: number): OriginHead {
  const last = state.origins[origin]?.chain.at(-1);
  if (last !== undefined) return { nextSeq: last.ref.seq + 1, lastDigest: last.ref.digest };
  const head = state.tip.origins[origin];
  if (head === undefined) throw new Error(`no origin ${origin}`);
  return head;
}

/** By origin: every batch below is durable here. */
export function heldSeqs(state: State): readonly number[] {
  return state.origins.map((_, origin) => heldSeq(state, origin));
}

/** Every batch of `origin` below is durable here. */
export function heldSeq(state: State, origin: number): number {
  const chain = state.origins[origin]?.chain;
  const nextSeq = state.tip.origins[origin]?.nextSeq ?? 0;
  if (chain === undefined) return nextSeq;
  let durable = 0;
  while (durable < chain.length && chain[durable]?.status === 'durable') durable++;
  return nextSeq + durable;
}

export function withOrigin(state: State, origin: number, change: Partial<OriginBatches>): State {
  const origins = state.origins.map((known, index) => (index === origin ? { ...known, ...change } : known));
  return { ...state, origins };
}

/** Moves the tip; batches below it are forgotten here (the host keeps them), and so is a chain it contradicts. */
export function withAdvancedTip(state: State, tip: Tip): State {
  const origins = state.origins.map((batches, origin) => {
    const before = state.tip.origins[origin];
    const after = tip.origins[origin];
    if (before === undefined || after === undefined) throw new Error(`no origin ${origin}`);
    return before.nextSeq === after.nextSeq ? batches : advanced(batches, before, after);
  });
  return { ...state, tip, origins };
}

function advanced(batches: OriginBatches, before: OriginHead, after: OriginHead): OriginBatches {
  const rest = batches.chain.slice(after.nextSeq - before.nextSeq);
  const [next] = rest;
  const linked = next === undefined || equalBytes(next.prev, after.lastDigest);
  const forks = new Map([...batches.forks].filter(([, { ref }]) => ref.seq >= after.nextSeq));
  return joinForks(linked ? rest : [], forks, after);
}

/** Moves forks that continue the chain onto it. */
export function joinForks(
  chain: readonly HeldBatch[],
  forks: ReadonlyMap<string, HeldBatch>,
  base: OriginHead,
): OriginBatches {
  const joined = [...chain];
  const left = new Map(forks);
  for (;;) {
    const last = joined.at(-1);
    const seq = last === undefined ? base.nextSeq : last.ref.seq + 1;
    const digest = last === undefined ? base.lastDigest : last.ref.digest;
    const next = [...left].find(([, { ref, prev }]) => ref.seq === seq && equalBytes(prev, digest));
    if (next === undefined) return { chain: joined, forks: left };
    joined.push(next[1]);
    left.delete(next[0]);
  }
}
