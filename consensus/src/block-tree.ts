import { equalBytes } from '@hufu/crypto';
import { heldBatch, withAdvancedTip } from './batches.ts';
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
  type View,
} from './types.ts';

/** Adds a block by its claimed digests; the first claim to an id stays until execution proves it wrong. */
export function insertBlock(
  state: State,
  block: Omit<Block, 'parentId' | 'receivedAtMs' | 'status' | 'endsEpoch' | 'origins'>,
): State {
  const { view, height, parent } = block.input;
  if (view <= state.tip.view || height <= state.tip.height || state.blocks.has(block.id)) return state;
  const parentId = blockIdOf(firstDigest(parent.digests));
  return withBlock(state, {
    ...block,
    parentId,
    receivedAtMs: state.nowMs,
    status: 'waiting',
    endsEpoch: false,
    origins: null,
  });
}

/**
 * Executes the first block that can be: parent executed or final, every referenced batch durable here. A block
 * that breaks a rule against its parent is removed instead.
 */
export const execute: Rule = (state) => {
  for (const block of state.blocks.values()) {
    if (block.status !== 'waiting') continue;
    const parent = parentOf(state, block);
    if (parent === null) continue;
    // Another chain became final: no one's fault.
    if (parent === 'conflict') return changed(state, { blocks: withoutEntry(state.blocks, block.id) });
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
        executions: withEntry(state.executions, id, { type: 'block', id: block.id }),
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
      if (block === undefined || block.status !== 'executing') return stay(done);
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
  const removed = { ...state, blocks: withoutEntry(state.blocks, block.id) };
  const ofLeader =
    viewRecord(removed, view).proposalId === block.id && block.from === leader(view, state.config.n);
  return invalidBlock(
    ofLeader ? withView(removed, view, { invalid: true }) : removed,
    block.from,
    view,
    code,
  );
}

function invalidBlock(state: State, from: Block['from'], view: View, code: string): Transition {
  const giver = from ?? state.config.self;
  if (giver === null) return stay(state);
  const blamed =
    from === null ? state : withPeer(state, from, { faults: (state.peers[from]?.faults ?? 0) + 1 });
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
