import { judgeGovernance, validatorSetDigests } from '@hufu/proof';
import { DroppedGroups } from './dropped-groups.ts';
import { governanceContext } from './epoch.ts';
import type {
  AppliedRange,
  BlockToApply,
  DroppedGroup,
  DropReason,
  FaultySubmission,
  GatewayState,
  LedgerState,
  NextEpoch,
  PreparedGovernance,
  PreparedItem,
  PreparedSubmission,
  SignatureCheck,
} from './types.ts';

/** What the items of a block's batches do to the registry and to the log. */
export interface Admission {
  readonly gateways: readonly GatewayState[];
  readonly next: NextEpoch | null;
  /** In the order of `applied`. */
  readonly admitted: readonly Admitted[];
  readonly applied: readonly AppliedRange[];
  readonly dropped: readonly DroppedGroup[];
}

/** An item that applies. */
export type Admitted = PreparedSubmission | PreparedGovernance;

/** Decides on every item of a block whose epoch `state` has entered. */
export function admit(
  state: LedgerState,
  { input, batches }: BlockToApply,
  isSigned: SignatureCheck,
): Admission {
  const gateways = [...state.gateways];
  let next: NextEpoch | null = null;
  const admitted: Admitted[] = [];
  const applied: AppliedRange[] = [];
  const dropped = new DroppedGroups();
  let firstIndex = state.logSize;
  // Threat: judging an action takes many signatures' time, and a batch has room for hundreds.
  const judged = new Set<number | undefined>();
  batches.forEach(({ submissions }, batch) => {
    submissions.forEach((item, submission) => {
      const { gateway, firstSerial, count } = item;
      const named = { gateway, firstSerial, count, batch, submission };
      const origin = input.refs[batch]?.origin;
      const decision =
        item.kind === 'governance'
          ? decideOnAction(state, next, item, judged.has(origin))
          : decideOnSubmission(state, gateways, item, isSigned);
      if (item.kind === 'governance') judged.add(origin);
      if (decision.type === 'drop') {
        const isRegistered = gateway !== null && gateways[gateway] !== undefined;
        dropped.add({ ...named, gateway: isRegistered ? gateway : null, reason: decision.reason });
        return;
      }
      applied.push({ ...named, firstIndex });
      admitted.push(decision.admitted);
      firstIndex += count;
      if (decision.type === 'end-epoch') next = decision.next;
      else gateways[decision.gateway.index] = decision.gateway;
    });
  });
  return { gateways, next, admitted, applied, dropped: dropped.list() };
}

/**
 * An item of a batch as all later blocks of the state's epoch need it: of one that none of them can apply only why, for
 * serials never go back. `state` has entered the epoch.
 */
export function settle(state: LedgerState, item: PreparedItem, isSigned: SignatureCheck): PreparedItem {
  if (item.kind === 'governance' || !item.ok) return item;
  const decision = decideOnSubmission(state, state.gateways, item, isSigned);
  // The one reason that goes away.
  if (decision.type === 'append' || decision.reason === 'serial-gap') return item;
  const { kind, gateway, firstSerial, count } = item;
  return { kind, ok: false, gateway, firstSerial, count, reason: decision.reason };
}

interface Drop {
  readonly type: 'drop';
  readonly reason: DropReason;
}

/** `gateway` as it is after the submission. */
interface Append {
  readonly type: 'append';
  readonly gateway: GatewayState;
  readonly admitted: Admitted;
}

interface EndEpoch {
  readonly type: 'end-epoch';
  readonly next: NextEpoch;
  readonly admitted: Admitted;
}

/**
 * The rule of serials: a submission applies only if it is its gateway's and starts at that gateway's next serial.
 * The signature is checked before the serial, so that a reason which mentions serials is always about something
 * the gateway itself sent.
 */
function decideOnSubmission(
  { registry }: LedgerState,
  gateways: readonly GatewayState[],
  submission: PreparedSubmission | FaultySubmission,
  isSigned: SignatureCheck,
): Drop | Append {
  if (!submission.ok) return drop(submission.reason);
  const { maxSubmissionRecords, maxSubmissionBytes } = registry.parameters;
  const { firstSerial, count, sizeBytes } = submission;
  if (count > maxSubmissionRecords || sizeBytes > maxSubmissionBytes) return drop('over-limit');
  // A gateway's index is its position (docs/spec/genesis.md).
  const gateway = gateways[submission.gateway];
  if (gateway === undefined) return drop('unknown-gateway');
  if (!isSigned(gateway, submission)) return drop('bad-signature');
  if (firstSerial < gateway.nextSerial) return drop('serial-applied');
  if (firstSerial > gateway.nextSerial) return drop('serial-gap');
  const after = { ...gateway, nextSerial: firstSerial + count };
  return { type: 'append', gateway: after, admitted: submission };
}

/**
 * The rule of epochs: the first action that holds on the state before the block ends the epoch with this block. Of each
 * origin only the first in the block is looked at.
 */
function decideOnAction(
  state: LedgerState,
  next: NextEpoch | null,
  action: PreparedGovernance,
  isSurplus: boolean,
): Drop | EndEpoch {
  if (isSurplus) return drop('governance-surplus');
  if (next !== null) return drop('epoch-over');
  const judged = judgeGovernance(action.bytes, governanceContext(state));
  if (!judged.ok) return drop(judged.error.code);
  const { document, validators } = judged.value;
  const { members, gateways, parameters } = document;
  return {
    type: 'end-epoch',
    next: {
      registry: { members, validators: document.validators, gateways, parameters },
      validators,
      validatorSetDigest: validatorSetDigests(validators),
    },
    admitted: action,
  };
}

function drop(reason: DropReason): Drop {
  return { type: 'drop', reason };
}
