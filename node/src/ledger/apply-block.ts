import { type BlockInput, type BlockPoint, leader } from '@hufu/consensus';
import { equalBytes, err, HASH_BYTES, hashOf, ok, type Result } from '@hufu/crypto';
import {
  appendLeafHashes,
  encodeHeader,
  type Frontier,
  type Header,
  headerDigests,
  type NewNodes,
  refsDigest,
  root,
} from '@hufu/proof';
import { type Admitted, admit } from './admission.ts';
import { enterEpoch } from './epoch.ts';
import { stateRoots } from './state-root.ts';
import type { BlockFault, BlockToApply, ExecutedBlock, LedgerState, SignatureCheck } from './types.ts';

/**
 * Executes one block on the state after its parent. Pure: every validator computes the same header, or the same
 * fault. The log grows by the items that the rules admit, in the order of the refs and, within a batch, of the
 * payload; each applies as a whole or is dropped as a whole. After a block that ended an epoch, the next one is
 * entered first.
 */
export function applyBlock(
  parentState: LedgerState,
  { input, batches }: BlockToApply,
  isSigned: SignatureCheck,
): Result<ExecutedBlock, BlockFault> {
  const fault = findFault(parentState, input, batches.length);
  if (fault !== undefined) return err(fault);
  const state = enterEpoch(parentState);
  const admission = admit(state, { input, batches }, isSigned);
  const grown = grow(state, admission.admitted);
  const after = {
    ...state,
    gateways: admission.gateways,
    next: admission.next,
    logSize: grown.logSize,
    frontiers: grown.frontiers,
  };
  const header = headerOf(after, input);
  const headerBytes = encodeHeader(header);
  const { view, height, parent, timeMs, refs } = input;
  const digests = headerDigests(state.suites, headerBytes);
  return ok({
    block: { view, height, parent, timeMs, refs, digests },
    header,
    headerBytes,
    state: { ...after, tip: { view, height, digests, timeMs } },
    firstIndex: state.logSize,
    entryCount: grown.logSize - state.logSize,
    applied: admission.applied,
    dropped: admission.dropped,
    nodes: grown.nodes,
    digests: admission.admitted.map((item) => item.digests),
    endsEpoch: admission.next !== null,
  });
}

function findFault({ tip }: LedgerState, input: BlockInput, batches: number): BlockFault | undefined {
  if (!samePoint(input.parent, tip)) {
    return { code: 'parent-mismatch', parentHeight: input.parent.height, tipHeight: tip.height };
  }
  if (input.height !== tip.height + 1) {
    return { code: 'height-not-next', height: input.height, tipHeight: tip.height };
  }
  if (input.view <= tip.view) {
    return { code: 'view-not-after-parent', view: input.view, parentView: tip.view };
  }
  if (input.timeMs <= tip.timeMs) {
    return { code: 'time-not-after-parent', timeMs: input.timeMs, parentTimeMs: tip.timeMs };
  }
  if (input.refs.length !== batches) {
    return { code: 'batch-count-mismatch', refs: input.refs.length, batches };
  }
  return undefined;
}

function samePoint(a: BlockPoint, b: BlockPoint): boolean {
  return (
    a.view === b.view &&
    a.height === b.height &&
    a.digests.length === b.digests.length &&
    a.digests.every((digest, i) => equalBytes(digest, b.digests[i] ?? new Uint8Array(0)))
  );
}

interface Grown {
  readonly logSize: number;
  readonly frontiers: readonly Frontier[];
  readonly nodes: readonly (readonly NewNodes[])[];
}

function grow(state: LedgerState, admitted: readonly Admitted[]): Grown {
  const appended = state.suites.map((suite, i) => {
    const frontier = state.frontiers[i];
    if (frontier === undefined) throw new Error('one frontier per suite');
    return appendLeafHashes(hashOf(suite), frontier, leafHashesOf(admitted, i));
  });
  return {
    logSize: admitted.reduce((size, { count }) => size + count, state.logSize),
    frontiers: appended.map(({ frontier }) => frontier),
    nodes: appended.map(({ nodes }) => nodes),
  };
}

/** Not `concatBytes`: a block has more items than a call can have arguments. */
function leafHashesOf(admitted: readonly Admitted[], suite: number): Uint8Array {
  const joined = new Uint8Array(admitted.reduce((sum, { count }) => sum + count * HASH_BYTES, 0));
  let at = 0;
  for (const { leafHashes, count } of admitted) {
    joined.set(leafHashes[suite] ?? new Uint8Array(0), at);
    at += count * HASH_BYTES;
  }
  return joined;
}

/**
 * The header of the block whose execution on its parent's state gave `after`. The last one of an epoch names the next
 * validators, and its state root is that of the state in which they begin: a snapshot there is checked against it.
 */
function headerOf(after: LedgerState, input: BlockInput): Header {
  const [suite] = after.suites;
  if (suite === undefined) throw new Error('a chain has at least one suite');
  return {
    chainId: after.chainId,
    epoch: after.epoch,
    height: input.height,
    view: input.view,
    parent: after.tip.digests,
    timeMs: input.timeMs,
    proposer: leader(input.view, after.validators.validators.length),
    refsDigest: refsDigest(hashOf(suite), input.refs),
    logSize: after.logSize,
    logRoots: after.suites.map((each, i) => root(hashOf(each), frontierOf(after, i))),
    stateRoot: stateRoots(enterEpoch(after)),
    validatorSetDigest: after.validatorSetDigest,
    ...(after.next !== null && { nextValidatorSetDigest: after.next.validatorSetDigest }),
  };
}

function frontierOf({ frontiers }: LedgerState, suite: number): Frontier {
  const frontier = frontiers[suite];
  if (frontier === undefined) throw new Error('one frontier per suite');
  return frontier;
}
