import type { Effect, OriginHead, Tip, UnsignedProposal, UnsignedReproposal } from './interface.ts';
import { deltaMs, workAtMs } from './pacemaker.ts';
import {
  certifiedView,
  countReferable,
  nullificationsAbove,
  type ParentChoice,
  parentChoice,
} from './parent.ts';
import { leader, quorum } from './quorum.ts';
import {
  andThen,
  changed,
  clockMs,
  firstDigest,
  mayVote,
  type Rule,
  type State,
  stay,
  type Transition,
  viewRecord,
  withBlock,
  withEntry,
  withView,
} from './state.ts';
import {
  asHeight,
  type BatchRef,
  type BlockInput,
  blockIdOf,
  type HeaderDigests,
  type Proposal,
  type Reproposal,
} from './types.ts';

/**
 * Rule "propose": the leader extends the best parent with the batches that ≥ q validators hold. With nothing to
 * order it waits: for acks (Δ at most), for the grace of an unfinalized block, or for the heartbeat.
 */
export const propose: Rule = (state) => {
  if (!mayPropose(state) || isBuilding(state)) return null;
  const choice = parentChoice(state);
  if (choice.type !== 'ready' || choice.parent.endsEpoch) return null;
  const refs = chooseBatches(state, choice.parent);
  if (refs.length === 0 && !emptyBlockIsDue(state, choice)) return null;
  const { parent } = choice;
  const input: BlockInput = {
    view: state.view,
    height: asHeight(parent.height + 1),
    parent: { view: parent.view, height: parent.height, digests: parent.digests },
    // Rule "time": later than the parent's, even when our clock is slow.
    timeMs: Math.max(clockMs(state), parent.timeMs + 1),
    refs,
  };
  const id = state.nextExecution;
  const origins = advanceHeads(parent.origins, refs);
  return changed(
    state,
    {
      nextExecution: id + 1,
      executions: withEntry(state.executions, id, { type: 'build', input, origins }),
    },
    { type: 'execute', id, input },
  );
};

/** Whether this node leads the current view and has said nothing in it yet that speaks against a proposal. */
function mayPropose(state: State): boolean {
  const { self, n } = state.config;
  if (!mayVote(state) || self === null || leader(state.view, n) !== self) return false;
  const { ownProposal, own } = viewRecord(state, state.view);
  return ownProposal === null && own.nullify === null;
}

/**
 * Rule "re-propose": the epoch's last block is notarized and not final. The leader proposes it again, unchanged, since
 * nothing may extend it and the next epoch begins only when it is final by a certificate of its own.
 */
export const repropose: Rule = (state) => {
  if (!mayPropose(state)) return null;
  const choice = parentChoice(state);
  if (choice.type !== 'ready' || !choice.parent.endsEpoch) return null;
  const { parent, certificate } = choice;
  if (certificate?.kind !== 'notarization' || workAtMs(state, choice) > state.nowMs) return null;
  const { height, digests } = parent;
  const proposal: UnsignedReproposal = {
    kind: 'reproposal',
    view: state.view,
    height,
    digests,
    justification: certificate,
    nullifications: nullificationsAbove(state, certificate.view),
  };
  return changed(
    withView(state, state.view, { ownProposal: proposal, proposalId: blockIdOf(firstDigest(digests)) }),
    {},
    { type: 'persist', record: { type: 'own-proposal', proposal } },
    { type: 'sign', message: proposal },
  );
};

/** One build at a time: that of a view that is over prepares what the next one needs, and would only be slowed by it. */
function isBuilding(state: State): boolean {
  for (const execution of state.executions.values()) if (execution.type === 'build') return true;
  return false;
}

/** Batches that wait for acks do not make an empty block due; everything else that is work does. */
function emptyBlockIsDue(state: State, choice: ParentChoice): boolean {
  if (choice.type !== 'ready') return false;
  const waiting = state.origins.some((_, origin) => countReferable(state, choice.parent, origin) > 0);
  return !waiting && workAtMs(state, choice) <= state.nowMs;
}

/**
 * Batches for the next block: each origin's in sequence from where the parent left it, taken in turns so that no
 * origin crowds out another. Held by q validators, or by this one for Δ: then too few others are reachable.
 */
function chooseBatches(state: State, parent: Tip): readonly BatchRef[] {
  const { n, parameters } = state.config;
  const available = state.origins.map((_, origin) => ackedBatches(state, parent, origin));
  const refs: BatchRef[] = [];
  for (let round = 0; refs.length < parameters.maxBlockBatches; round++) {
    const before = refs.length;
    for (let turn = 0; turn < n && refs.length < parameters.maxBlockBatches; turn++) {
      const ref = available[leader(state.view + turn, n)]?.[round];
      if (ref !== undefined) refs.push(ref);
    }
    if (refs.length === before) return refs;
  }
  return refs;
}

function ackedBatches(state: State, parent: Tip, origin: number): readonly BatchRef[] {
  const from = (parent.origins[origin]?.nextSeq ?? 0) - (state.tip.origins[origin]?.nextSeq ?? 0);
  const candidates =
    state.origins[origin]?.chain.slice(from, from + countReferable(state, parent, origin)) ?? [];
  const firstUnready = candidates.findIndex(
    ({ ref, durableAtMs }) =>
      holders(state, ref) < quorum(state.config.n) && durableAtMs + ackWaitMs(state) > state.nowMs,
  );
  return candidates.slice(0, firstUnready < 0 ? candidates.length : firstUnready).map(({ ref }) => ref);
}

/** Validators known to hold a batch: this one, its origin (which stores before it sends), and those that acked. */
function holders(state: State, { origin, seq }: BatchRef): number {
  return state.peers.filter(
    ({ held }, index) => index === state.config.self || index === origin || (held[origin] ?? 0) > seq,
  ).length;
}

/**
 * Wait for acks no longer than the least Δ: the measured Δ contains this wait, and would grow by it without end.
 */
function ackWaitMs(state: State): number {
  return Math.min(deltaMs(state), state.config.parameters.minDeltaMs);
}

/** When the leader may reference a batch that too few validators acked, ms; null when none waits. */
export function batchBecomesDueMs(state: State): number | null {
  const { self, n } = state.config;
  const choice = parentChoice(state);
  if (leader(state.view, n) !== self || choice.type !== 'ready') return null;
  let dueMs: number | null = null;
  for (const [origin, { chain }] of state.origins.entries()) {
    if (countReferable(state, choice.parent, origin) === 0) continue;
    const from = (choice.parent.origins[origin]?.nextSeq ?? 0) - (state.tip.origins[origin]?.nextSeq ?? 0);
    const waitMs = (chain[from]?.durableAtMs ?? 0) + ackWaitMs(state);
    dueMs = dueMs === null ? waitMs : Math.min(dueMs, waitMs);
  }
  return dueMs;
}

/** How far each origin is after `refs`, which continue `heads` in sequence. */
export function advanceHeads(heads: readonly OriginHead[], refs: readonly BatchRef[]): readonly OriginHead[] {
  const advanced = [...heads];
  for (const { origin, seq, digest } of refs) advanced[origin] = { nextSeq: seq + 1, lastDigest: digest };
  return advanced;
}

/**
 * Our block is executed: its digests are known. The proposal and our own vote for it are persisted together
 * before either is signed, so that after a crash this node can never sign another block in this view.
 */
export function built(
  state: State,
  input: BlockInput,
  origins: readonly OriginHead[],
  { digests, endsEpoch }: { readonly digests: HeaderDigests; readonly endsEpoch: boolean },
): Transition {
  const record = viewRecord(state, state.view);
  const stale = input.view !== state.view || record.ownProposal !== null || record.own.nullify !== null;
  const choice = parentChoice(state);
  if (stale || !mayVote(state) || choice.type !== 'ready') return stay(state);
  // The best parent may have changed meanwhile; the rule "propose" then builds anew.
  if (blockIdOf(firstDigest(choice.parent.digests)) !== blockIdOf(firstDigest(input.parent.digests))) {
    return stay(state);
  }
  const proposal: UnsignedProposal = {
    ...input,
    kind: 'proposal',
    digests,
    justification: choice.certificate,
    nullifications: nullificationsAbove(state, certifiedView(choice)),
  };
  const id = blockIdOf(firstDigest(digests));
  const noted = withView(state, input.view, { ownProposal: proposal, proposalId: id });
  const block = {
    id,
    parentId: blockIdOf(firstDigest(input.parent.digests)),
    input,
    digests,
    proposal: null,
    from: null,
    receivedAtMs: state.nowMs,
    persisted: true,
    status: 'executed',
    endsEpoch,
    origins,
  } as const;
  const effects: readonly Effect[] = [
    { type: 'persist', record: { type: 'own-proposal', proposal } },
    { type: 'sign', message: proposal },
  ];
  return { state: withBlock(noted, block), effects };
}

/** Our proposal, signed at last: to all. */
export function sendProposal(state: State, proposal: Proposal | Reproposal): Transition {
  if (proposal.kind === 'reproposal') {
    const kept = withView(state, proposal.view, { reproposal: proposal });
    return proposal.view === state.view
      ? changed(kept, {}, { type: 'broadcast', message: proposal })
      : stay(kept);
  }
  const block = state.blocks.get(blockIdOf(firstDigest(proposal.digests)));
  if (block === undefined || block.from !== null) return stay(state);
  return andThen(stay(withBlock(state, { ...block, proposal })), (kept) =>
    proposal.view === kept.view ? changed(kept, {}, { type: 'broadcast', message: proposal }) : stay(kept),
  );
}
