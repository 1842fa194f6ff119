import { type BlockInput, type BlockPoint, leader } from '@hufu/consensus';
import { concatBytes, equalBytes, err, hashOf, ok, type Result } from '@hufu/crypto';
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
import { stateRoots } from './state-root.ts';
import type {
  AppliedRange,
  BlockFault,
  BlockToApply,
  DroppedSubmission,
  DropReason,
  ExecutedBlock,
  FaultySubmission,
  GatewayState,
  LedgerState,
  PreparedSubmission,
  SignatureCheck,
} from './types.ts';

/**
 * Executes one block on the state after its parent. Pure: every validator computes the same header, or the same
 * fault. The log grows by the submissions that the rule of serials admits, in the order of the refs and, within a
 * batch, of the payload; each applies as a whole or is dropped as a whole.
 */
export function applyBlock(
  state: LedgerState,
  { input, batches }: BlockToApply,
  isSigned: SignatureCheck,
): Result<ExecutedBlock, BlockFault> {
  const fault = findFault(state, input, batches.length);
  if (fault !== undefined) return err(fault);
  const admission = admit(state, batches, isSigned);
  const grown = grow(state, admission.admitted);
  const after = {
    ...state,
    gateways: admission.gateways,
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
    digests: admission.admitted.map((submission) => submission.digests),
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

interface Admission {
  readonly gateways: readonly GatewayState[];
  readonly admitted: readonly PreparedSubmission[];
  readonly applied: readonly AppliedRange[];
  readonly dropped: readonly DroppedSubmission[];
}

function admit(state: LedgerState, batches: BlockToApply['batches'], isSigned: SignatureCheck): Admission {
  const gateways = [...state.gateways];
  const admitted: PreparedSubmission[] = [];
  const applied: AppliedRange[] = [];
  const dropped: DroppedSubmission[] = [];
  let firstIndex = state.logSize;
  batches.forEach(({ submissions }, batch) => {
    submissions.forEach((submission, ordinal) => {
      const { gateway, firstSerial, count } = submission;
      const decision = decide(state, gateways, submission, isSigned);
      if (decision.type === 'drop') {
        const { reason } = decision;
        dropped.push({ gateway, firstSerial, count, reason, batch, submission: ordinal });
        return;
      }
      applied.push({
        gateway: decision.gateway.index,
        firstSerial,
        count,
        firstIndex,
        batch,
        submission: ordinal,
      });
      admitted.push(decision.submission);
      gateways[decision.gateway.index] = { ...decision.gateway, nextSerial: firstSerial + count };
      firstIndex += count;
    });
  });
  return { gateways, admitted, applied, dropped };
}

type Decision =
  | { readonly type: 'apply'; readonly gateway: GatewayState; readonly submission: PreparedSubmission }
  | { readonly type: 'drop'; readonly reason: DropReason };

/**
 * The rule of serials: a submission applies only if it is its gateway's and starts at that gateway's next serial.
 * The signature is checked before the serial, so that a reason which mentions serials is always about something
 * the gateway itself sent.
 */
function decide(
  { genesis }: LedgerState,
  gateways: readonly GatewayState[],
  submission: PreparedSubmission | FaultySubmission,
  isSigned: SignatureCheck,
): Decision {
  if (!submission.ok) return { type: 'drop', reason: submission.reason };
  const { maxSubmissionRecords, maxSubmissionBytes } = genesis.parameters;
  if (submission.count > maxSubmissionRecords || submission.sizeBytes > maxSubmissionBytes) {
    return { type: 'drop', reason: 'over-limit' };
  }
  // A gateway's index is its position (docs/spec/genesis.md).
  const gateway = gateways[submission.gateway];
  if (gateway === undefined) return { type: 'drop', reason: 'unknown-gateway' };
  if (!isSigned(gateway, submission)) return { type: 'drop', reason: 'bad-signature' };
  if (submission.firstSerial < gateway.nextSerial) return { type: 'drop', reason: 'serial-applied' };
  if (submission.firstSerial > gateway.nextSerial) return { type: 'drop', reason: 'serial-gap' };
  return { type: 'apply', gateway, submission };
}

interface Grown {
  readonly logSize: number;
  readonly frontiers: readonly Frontier[];
  readonly nodes: readonly (readonly NewNodes[])[];
}

function grow(state: LedgerState, admitted: readonly PreparedSubmission[]): Grown {
  const appended = state.suites.map((suite, i) => {
    const frontier = state.frontiers[i];
    if (frontier === undefined) throw new Error('one frontier per suite');
    const leafHashes = admitted.map((submission) => submission.leafHashes[i] ?? new Uint8Array(0));
    return appendLeafHashes(hashOf(suite), frontier, concatBytes(...leafHashes));
  });
  return {
    logSize: admitted.reduce((size, { count }) => size + count, state.logSize),
    frontiers: appended.map(({ frontier }) => frontier),
    nodes: appended.map(({ nodes }) => nodes),
  };
}

/** The header of the block whose execution on its parent's state gave `after`. */
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
    stateRoot: stateRoots(after),
    validatorSetDigest: after.validatorSetDigest,
  };
}

function frontierOf({ frontiers }: LedgerState, suite: number): Frontier {
  const frontier = frontiers[suite];
  if (frontier === undefined) throw new Error('one frontier per suite');
  return frontier;
}
