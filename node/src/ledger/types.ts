import type { BlockInput, BlockPoint, Epoch, StoredBlock } from '@hufu/consensus';
import type { SuiteName } from '@hufu/crypto';
import type { Frontier, Genesis, Header, NewNodes, Registry, SuiteDigests, ValidatorSet } from '@hufu/proof';

/** One registered gateway as the ledger sees it. `nextSerial` is the only serial it may submit from. */
export interface GatewayState {
  readonly index: number;
  readonly name: string;
  /** Name of the member that runs it. */
  readonly member: string;
  readonly suite: SuiteName;
  readonly publicKey: Uint8Array;
  readonly nextSerial: number;
}

/**
 * Everything execution depends on, after one block. Immutable: a new block makes a new state that shares what
 * did not change, so forks that are never finalized cost nothing. Lists named "per suite" follow `suites`.
 */
export interface LedgerState {
  readonly genesis: Genesis;
  /** Digest of the genesis file per suite. */
  readonly chainId: SuiteDigests;
  readonly suites: readonly SuiteName[];
  /** The epoch of the block this state is after; of the genesis, 0. */
  readonly epoch: Epoch;
  /** Height of the epoch's first block, which may not be there yet. */
  readonly epochFirstHeight: number;
  /** Who takes part in the epoch, and by which parameters. */
  readonly registry: Registry;
  readonly validators: ValidatorSet;
  readonly validatorSetDigest: SuiteDigests;
  /** What the epoch after this one begins with; null unless the block this state is after ends its epoch. */
  readonly next: NextEpoch | null;
  /** The block this state is after; the genesis point is height 0, view 0, digests = chainId. */
  readonly tip: BlockPoint & { readonly timeMs: number };
  /** Entries in the log. */
  readonly logSize: number;
  /** The log's right edge, per suite. */
  readonly frontiers: readonly Frontier[];
  /** Ordered by `index`. */
  readonly gateways: readonly GatewayState[];
}

/** What an applied governance action says of the next epoch. */
export interface NextEpoch {
  readonly registry: Registry;
  readonly validators: ValidatorSet;
  readonly validatorSetDigest: SuiteDigests;
}

/**
 * Why an item of a batch was not applied. Of submissions, the first four depend on its bytes alone, the rest on the state
 * and the batch it met.
 *
 * - `malformed-batch`: the payload is not a list of submissions, or has too many; all of it counts as one
 * - `malformed-submission`: not a canonical submission
 * - `malformed-record`: a record is not a canonical entry a gateway may submit
 * - `misplaced-record`: a record names another gateway or serial than its position says
 * - `over-limit`: more records or bytes than the chain's parameters allow
 * - `unknown-gateway`: no such gateway is registered
 * - `bad-signature`: not signed by the gateway's registered key
 * - `signature-surplus`: not looked at, as too many before it in its batch were dropped as `bad-signature`
 * - `serial-applied`: its first serial is already on the ledger (a retry or a replay, whole or in part)
 * - `serial-gap`: a serial before its first is not on the ledger yet
 *
 * Of governance actions, which are judged on the state before the block:
 *
 * - `governance-…`: what `judgeGovernance` finds (docs/spec/governance.md)
 * - `epoch-over`: another action of the same block has ended the epoch
 * - `governance-surplus`: an action of the same origin came before it in the block
 *
 * Stored by position: append only.
 */
export const DROP_REASONS = [
  'malformed-batch',
  'malformed-submission',
  'malformed-record',
  'misplaced-record',
  'over-limit',
  'unknown-gateway',
  'bad-signature',
  'serial-applied',
  'serial-gap',
  'governance-malformed',
  'governance-wrong-chain',
  'governance-wrong-epoch',
  'governance-inconsistent',
  'governance-not-approved',
  'governance-not-ready',
  'governance-bad-signature',
  'epoch-over',
  'governance-surplus',
  'signature-surplus',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Digests that a search can find, 32 bytes each; `records[i]` is the position of the record that holds the i-th. */
export interface DigestList {
  readonly bytes: Uint8Array;
  readonly records: Uint32Array;
}

/** A submission whose bytes were checked once, when its batch arrived. All of it follows from the bytes. */
export interface PreparedSubmission {
  readonly kind: 'submission';
  readonly ok: true;
  readonly gateway: number;
  readonly firstSerial: number;
  readonly count: number;
  /** Of the encoded submission. */
  readonly sizeBytes: number;
  /** Per suite: 32 bytes for each record. */
  readonly leafHashes: readonly Uint8Array[];
  readonly digests: DigestList;
  /** What the gateway signed, and its signature. */
  readonly signBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** A governance action: one leaf of the log, by no gateway. Whether it applies is for the state to say. */
export interface PreparedGovernance {
  readonly kind: 'governance';
  readonly ok: true;
  readonly gateway: null;
  readonly firstSerial: 0;
  readonly count: 1;
  /** The item of the payload, which is the log's leaf. */
  readonly bytes: Uint8Array;
  /** Per suite: 32 bytes. */
  readonly leafHashes: readonly Uint8Array[];
  /** None: it is not found by a digest. */
  readonly digests: DigestList;
}

/** A submission that can never apply. Gateway and serials are null and 0 where they could not be read. */
export interface FaultySubmission {
  readonly kind: 'submission';
  readonly ok: false;
  readonly gateway: number | null;
  readonly firstSerial: number;
  readonly count: number;
  readonly reason: DropReason;
}

/** A batch ready to be executed, its items in payload order, as they were read or settled for the epoch. */
export interface PreparedBatch {
  readonly submissions: readonly PreparedItem[];
}

export type PreparedItem = PreparedSubmission | FaultySubmission | PreparedGovernance;

/**
 * Says whether a submission carries a valid signature of the gateway's key. Must be a function of its arguments
 * alone; the host passes one that remembers answers, so that each signature is verified once.
 */
export type SignatureCheck = (gateway: GatewayState, submission: PreparedSubmission) => boolean;

/**
 * Entries that one item added: a submission's records, whose serials and log indexes both run on from the first, or
 * a governance action, one entry of no gateway (null) and with no serial (0).
 */
export interface AppliedRange {
  readonly gateway: number | null;
  readonly firstSerial: number;
  readonly count: number;
  readonly firstIndex: number;
  /** Position of the batch in the block's refs, and of the item in that batch. */
  readonly batch: number;
  readonly submission: number;
}

/** The items of one gateway that a block drops for one reason. */
export interface DroppedGroup {
  /** Null: governance actions, and submissions that name no gateway or none that is registered. */
  readonly gateway: number | null;
  /** The lowest of theirs. */
  readonly firstSerial: number;
  /** Records in all of them. */
  readonly count: number;
  readonly reason: DropReason;
  /** Where the first of them is, as in AppliedRange. */
  readonly batch: number;
  readonly submission: number;
  /** How many they are. */
  readonly submissions: number;
}

/** A block after execution, with all that a store needs to keep it. */
export interface ExecutedBlock {
  readonly block: StoredBlock;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** The state after this block. */
  readonly state: LedgerState;
  /** Log index of the block's first entry (the log's size before it). */
  readonly firstIndex: number;
  readonly entryCount: number;
  readonly applied: readonly AppliedRange[];
  readonly dropped: readonly DroppedGroup[];
  /** Per suite: every complete node that the block's entries brought into the log's tree. */
  readonly nodes: readonly (readonly NewNodes[])[];
  /** The digests of each applied range's records, in the order of `applied`. */
  readonly digests: readonly DigestList[];
  /** Whether it is its epoch's last: a governance action applied in it, and `state.next` is set. */
  readonly endsEpoch: boolean;
}

/** A block no honest leader proposes; nothing is executed. */
export type BlockFault =
  | { readonly code: 'parent-mismatch'; readonly parentHeight: number; readonly tipHeight: number }
  | { readonly code: 'height-not-next'; readonly height: number; readonly tipHeight: number }
  | { readonly code: 'view-not-after-parent'; readonly view: number; readonly parentView: number }
  | { readonly code: 'time-not-after-parent'; readonly timeMs: number; readonly parentTimeMs: number }
  | { readonly code: 'batch-count-mismatch'; readonly refs: number; readonly batches: number };

/** What to execute: the input, and one prepared batch for each of its refs, in order. */
export interface BlockToApply {
  readonly input: BlockInput;
  readonly batches: readonly PreparedBatch[];
}
