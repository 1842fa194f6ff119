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

/**
 * Submissions of one batch that may be dropped as `bad-signature`; the signatures after that are not looked at. Threat:
 * whoever signs a batch can fill it with false signatures, which cost every validator a second of work, and 64 such
 * batches fit in a block. An honest node checks a signature before it packs the submission.
 */
export const MAX_BAD_SIGNATURES = 16;

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
    const allowance = new SignatureAllowance();
    submissions.forEach((item, submission) => {
      const { gateway, firstSerial, count } = item;
      const named = { gateway, firstSerial, count, batch, submission };
      const origin = input.refs[batch]?.origin;
      const decision =
        item.kind === 'governance'
          ? decideOnAction(state, next, item, judged.has(origin))
          : decideOnSubmission(state, gateways, item, isSigned, allowance);
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
 * The items of one batch as all later blocks of the state's epoch need them: of one that none of them can apply only why,
 * for serials never go back. `state` has entered the epoch.
 */
export class BatchSettler {
  readonly #state: LedgerState;
  readonly #isSigned: SignatureCheck;
  readonly #allowance = new SignatureAllowance();
  /** An item that is repeated is one object, as long as it is dropped for one reason. */
  readonly #faulty = new Map<PreparedItem, FaultySubmission>();

  constructor(state: LedgerState, isSigned: SignatureCheck) {
    this.#state = state;
    this.#isSigned = isSigned;
  }

  /** The next item, in the order of the payload: what an item settles to depends on those before it. */
  settle(item: PreparedItem): PreparedItem {
    if (item.kind === 'governance') return item;
    const decision = decideOnSubmission(
      this.#state,
      this.#state.gateways,
      item,
      this.#isSigned,
      this.#allowance,
    );
    // The one reason that goes away.
    if (!item.ok || decision.type === 'append' || decision.reason === 'serial-gap') return item;
    const { reason } = decision;
    const known = this.#faulty.get(item);
    if (known?.reason === reason) return known;
    const { kind, gateway, firstSerial, count } = item;
    const faulty: FaultySubmission = { kind, ok: false, gateway, firstSerial, count, reason };
    this.#faulty.set(item, faulty);
    return faulty;
  }
}

/** How many bad signatures the submissions of one batch, in their order, may still have. */
class SignatureAllowance {
  #left = MAX_BAD_SIGNATURES;

  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** One more submission of the batch is dropped. */
  note(reason: DropReason): void {
    if (reason === 'bad-signature') this.#left -= 1;
  }
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

/** Decides on the next submission of the batch that `allowance` is for. */
function decideOnSubmission(
  state: LedgerState,
  gateways: readonly GatewayState[],
  submission: PreparedSubmission | FaultySubmission,
  isSigned: SignatureCheck,
  allowance: SignatureAllowance,
): Drop | Append {
  const decision = submission.ok
    ? decideOnPrepared(state, gateways, submission, isSigned, allowance.isUsedUp)
    : drop(submission.reason);
  // One that was settled counts as well.
  if (decision.type === 'drop') allowance.note(decision.reason);
  return decision;
}

/**
 * The rule of serials: a submission applies only if it is its gateway's and starts at that gateway's next serial.
 * The signature is checked before the serial, so that a reason which mentions serials is always about something
 * the gateway itself sent.
 */
function decideOnPrepared(
  { registry }: LedgerState,
  gateways: readonly GatewayState[],
  submission: PreparedSubmission,
  isSigned: SignatureCheck,
  isSurplus: boolean,
): Drop | Append {
  const { maxSubmissionRecords, maxSubmissionBytes } = registry.parameters;
  const { firstSerial, count, sizeBytes } = submission;
  if (count > maxSubmissionRecords || sizeBytes > maxSubmissionBytes) return drop('over-limit');
  // A gateway's index is its position (docs/spec/genesis.md).
  const gateway = gateways[submission.gateway];
  if (gateway === undefined) return drop('unknown-gateway');
  if (isSurplus) return drop('signature-surplus');
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
