import { equalBytes } from '@hufu/crypto';
import { batchKey, heldBatch, isVerified, withAdvancedTip } from './batches.ts';
import { isInVain } from './fetching.ts';
import type { ExecutionResult, StoredBlock, Tip } from './interface.ts';
import { tipOf } from './parent.ts';
import { advanceHeads, built } from './proposing.ts';
import { leader } from './quorum.ts';
import {
  type Block,
  changed,
  firstDigest,
  type Rule,
  type State,
  sameBlock,
  sameDigests,
  samePoint,
  stay,
  type Transition,
  viewRecord,
  withBlock,
  withEntry,
  withoutEntry,
  withPeer,
  withView,
} from './state.ts';
import {
  type BatchRef,
  type BlockId,
  type BlockInput,
  blockIdOf,
  type Finalization,
  type ValidatorIndex,
  type View,
} from './types.ts';

/** A block as it comes, before anything is known of its place in the tree. */
export type Claim = Omit<Block, 'parentId' | 'receivedAtMs' | 'status' | 'endsEpoch' | 'origins'>;

/** Adds blocks by their claimed digests; the first claim to an id stays until it proves wrong. */
export function insertBlocks(state: State, claims: readonly Claim[]): State {
  const added = new Map<BlockId, Block>();
  for (const claim of claims) {
    const { view, height, parent } = claim.input;
    if (view <= state.tip.view || height <= state.tip.height || state.blocks.has(claim.id)) continue;
    added.set(claim.id, {
      ...claim,
      parentId: blockIdOf(firstDigest(parent.digests)),
      receivedAtMs: state.nowMs,
      status: 'waiting',
      endsEpoch: false,
      origins: null,
    });
  }
  return added.size === 0 ? state : { ...state, blocks: new Map([...state.blocks, ...added]) };
}

/**
 * Executes the first block that can be: parent executed or final, every referenced batch durable here. A block
 * that breaks a rule against its parent is removed instead. None while the host is behind with applying what is final.
 */
export const execute: Rule = (state) => {
  if (state.tip.height - state.appliedHeight >= 2 * state.config.parameters.maxFetchBlocks) return null;
  for (const block of state.blocks.values()) {
    if (block.status !== 'waiting') continue;
    const parent = parentOf(state, block);
    if (parent === null) continue;
    // Another chain became final: no one's fault.
    if (parent === 'conflict') return stay(withoutBranch(state, block.id));
    const fault = linkFault(state, block.input, parent);
    if (fault !== null) return removeInvalid(state, block, fault);
    if (!block.input.refs.every((ref) => heldBatch(state, ref)?.status === 'durable')) continue;
    const chainFault = sequenceFault(state, block.input.refs, parent);
    if (chainFault !== null) return removeInvalid(state, block, chainFault);
    const id = state.nextExecution;
    const origins = advanceHeads(parent.origins, block.input.refs);
    return changed(
      withBlock(state, { ...block, status: 'executing', origins }),
      {
        nextExecution: id + 1,
        executions: withEntry(state.executions, id, { type: 'block', id: block.id, input: block.input }),
      },
      { type: 'execute', id, input: block.input },
    );
  }
  return null;
};

/** The executed parent; null while it is not executed here; 'conflict' when the chain cannot contain it. */
function parentOf(state: State, { parentId, input: { parent } }: Block): Tip | null | 'conflict' {
  if (parent.height < state.tip.height) return 'conflict';
  if (parent.height === state.tip.height) return samePoint(parent, state.tip) ? state.tip : 'conflict';
  return tipOf(state.blocks.get(parentId));
}

/** Which rule on a block and its parent is broken; null when none is. References are checked apart. */
function linkFault(state: State, input: BlockInput, parent: Tip): string | null {
  if (!samePoint(input.parent, parent)) return 'parent-mismatch';
  if (parent.endsEpoch) return 'epoch-is-over';
  if (input.height !== parent.height + 1) return 'height-not-next';
  if (input.view <= parent.view) return 'view-not-after-parent';
  if (input.timeMs <= parent.timeMs) return 'time-not-after-parent';
  const { n, parameters } = state.config;
  if (input.refs.length > parameters.maxBlockBatches) return 'too-many-batches';
  const next = parent.origins.map(({ nextSeq }) => nextSeq);
  for (const { origin, seq } of input.refs) {
    if (origin >= n || next[origin] !== seq) return 'batch-out-of-sequence';
    next[origin] = seq + 1;
  }
  return null;
}

/** References continue each origin's chain by `prev`. Every one of them is held. */
function sequenceFault(state: State, refs: readonly BatchRef[], parent: Tip): string | null {
  const last = parent.origins.map(({ lastDigest }) => lastDigest);
  for (const ref of refs) {
    const batch = heldBatch(state, ref);
    const expected = last[ref.origin];
    if (batch === null || expected === undefined || !equalBytes(batch.prev, expected)) {
      return 'batch-not-linked';
    }
    last[ref.origin] = ref.digest;
  }
  return null;
}

/** The host has executed a block. Header equals own execution, or the block is not what it claims to be. */
export function executed(state: State, id: number, result: ExecutionResult): Transition {
  const execution = state.executions.get(id);
  if (execution === undefined) return stay(state);
  const done = { ...state, executions: withoutEntry(state.executions, id) };
  switch (execution.type) {
    case 'build':
      return result.ok
        ? built(done, execution.input, execution.origins, result)
        : invalidBlock(done, null, execution.input.view, result.reason);
    case 'block': {
      const block = done.blocks.get(execution.id);
      // Another claim to the same id may have come since: this says nothing of it.
      if (block?.status !== 'executing' || block.input !== execution.input) return stay(done);
      if (!result.ok) return removeInvalid(done, block, result.reason);
      if (!sameDigests(result.digests, block.digests)) return removeInvalid(done, block, 'digest-mismatch');
      return stay(withBlock(done, { ...block, status: 'executed', endsEpoch: result.endsEpoch }));
    }
  }
}

/**
 * Forgets a block that is not what it claims, and counts it against whoever gave it. It is the leader's fault
 * only if the leader itself gave it as its proposal: then the view is nullified.
 */
function removeInvalid(state: State, block: Block, code: string): Transition {
  const { view } = block.input;
  const removed = withoutBranch(state, block.id);
  const ofLeader =
    viewRecord(removed, view).proposalId === block.id && block.from === leader(view, state.config.n);
  return invalidBlock(
    ofLeader ? withView(removed, view, { invalid: true }) : removed,
    block.from,
    view,
    code,
  );
}

/** Without the block and what claims to descend from it: that can never be executed, and must not stand in the way of the true one. */
function withoutBranch(state: State, id: BlockId): State {
  const gone = new Set([id]);
  const byHeight = [...state.blocks.values()].sort((a, b) => a.input.height - b.input.height);
  for (const block of byHeight) if (gone.has(block.parentId)) gone.add(block.id);
  return { ...state, blocks: new Map([...state.blocks].filter(([known]) => !gone.has(known))) };
}

/**
 * Rule "forsake": a batch that all were asked for in vain does not exist. Signatures cover a block's digest and not its
 * references, which only execution can compare: whoever gave the block may have made them up. So it is forgotten, and asked
 * of another. Nobody is accused, for those who were asked may just not have answered.
 */
export const forsake: Rule = (state) => {
  const vain = new Set<string>();
  for (const [key, asking] of state.fetches) if (isInVain(state, asking)) vain.add(key);
  if (vain.size === 0) return null;
  for (const block of state.blocks.values()) {
    // The current view ends by its own timers, however slow a batch is.
    if (block.status !== 'waiting' || block.from === null || block.input.view === state.view) continue;
    if (!block.input.refs.some((ref) => vain.has(batchKey(ref)) && !isVerified(state, ref))) continue;
    return stay(withFault(withoutBranch(state, block.id), block.from));
  }
  return null;
};

/** Whoever gave something that did not hold is asked last from then on. */
export function withFault(state: State, peer: ValidatorIndex): State {
  return withPeer(state, peer, { faults: (state.peers[peer]?.faults ?? 0) + 1 });
}

function invalidBlock(state: State, from: Block['from'], view: View, code: string): Transition {
  const giver = from ?? state.config.self;
  if (giver === null) return stay(state);
  const blamed = from === null ? state : withFault(state, from);
  return changed(blamed, {}, { type: 'report', report: { type: 'invalid-block', from: giver, view, code } });
}

/**
 * Rule "final": the highest certified block that is executed is final with all its ancestors above the tip; the
 * host gets them in height order.
 */
export const commit: Rule = (state) => {
  for (const finalization of state.checkpoints.toReversed()) {
    const block = state.blocks.get(blockIdOf(firstDigest(finalization.digests)));
    const tip = tipOf(block);
    if (block === undefined || tip === null || !sameBlock(tip, finalization)) continue;
    const blocks = pathFromTip(state, block.id);
    if (blocks === null) return conflictingFinality(state, finalization);
    return changed(withTip(state, tip), {}, { type: 'finalized', blocks, finalization });
  }
  return null;
};

/** Two certified blocks of which neither descends from the other: more than f validators are faulty. Stop. */
function conflictingFinality(state: State, evidence: Finalization): Transition {
  const checkpoints = state.checkpoints.filter((known) => known !== evidence);
  const report = { type: 'halted', evidence } as const;
  return changed(state, { halted: true, checkpoints }, { type: 'report', report });
}

/** Blocks above the tip up to `id`, in height order; null when the chain between is not known. */
export function pathFromTip(state: State, id: BlockId): readonly StoredBlock[] | null {
  const path: StoredBlock[] = [];
  let at = state.blocks.get(id);
  while (at !== undefined) {
    path.push({ ...at.input, digests: at.digests });
    if (samePoint(at.input.parent, state.tip)) return path.reverse();
    at = state.blocks.get(at.parentId);
  }
  return null;
}

/** Moves the root of the tree up: views, blocks and batches that are final now are forgotten. */
function withTip(state: State, tip: Tip): State {
  const views = new Map([...state.views].filter(([view]) => view > tip.view));
  const blocks = new Map(
    [...state.blocks].filter(([, { input }]) => input.height > tip.height && input.view > tip.view),
  );
  const checkpoints = state.checkpoints.filter(({ height }) => height > tip.height);
  return withAdvancedTip({ ...state, views, blocks, checkpoints }, tip);
}
