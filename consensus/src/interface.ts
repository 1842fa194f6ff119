import type { HashName } from '@hufu/crypto';
import type {
  Batch,
  BatchRef,
  BlockId,
  BlockInput,
  BlockPoint,
  Certificate,
  Epoch,
  Finalization,
  Finalize,
  HeaderDigests,
  Notarize,
  Nullify,
  Proposal,
  Reproposal,
  ValidatorIndex,
  View,
  Vote,
} from './types.ts';

/**
 * What the pure core and its host say to each other.
 *
 * The host's duties, for each turn:
 *
 * 1. Take all waiting events; call `step` once for each, in order, with a non-decreasing `nowMs`.
 * 2. Perform every `persist` and `store-batch` effect of the turn, in order, with one coalesced fdatasync.
 *    Answer each `store-batch` with `batch-stored`.
 * 3. Only then perform `sign`, `send`, `broadcast` and the `serve-` effects, in order. A signed message comes
 *    back to the core as `signed`, and the core then asks for its broadcast. `broadcast` goes to every other
 *    validator. Of several Acks to one peer in a turn only the last matters: they are cumulative.
 * 4. Perform `verify` at any time, in any order and in parallel; answer each with `verified` (a message whose
 *    signatures do not verify is answered with `ok: false` and never reaches the voting rules).
 *    `signatureChecks` lists what must verify.
 * 5. Perform `execute` in any order that the events allow (the core asks only when the parent has been executed
 *    or finalized and every referenced batch is durable); answer with `executed`. Keep the result under its
 *    first digest until a block of the same or a greater height is applied; above the tip, only as long as
 *    `blocks` names it. The same input always gives the same result.
 * 6. Perform `finalized` durably, in height order, the finalization no later than the first of its blocks, before
 *    serving anything of that height; answer with `applied`. Several that wait may be performed as one, with the
 *    last finalization: answer for the last.
 * 7. Deliver `timer` no earlier than asked. There is one timer: setting it replaces the time set before.
 * 8. Emit `peer-connected` before the first message of a peer, and again after each `peer-disconnected`.
 * 9. Serve: `serve-batch` sends the batch, referenced or not, if it is held; `serve-blocks` sends `Blocks` from
 *    `fromHeight` up, at most `maxFetchBlocks` of them, cut at the last one that has a finalization of its own;
 *    when none of them has one, going on to the first that does. Nothing is sent for what is not held, or for a run of blocks without a
 *    finalization that no message can hold.
 * 10. After a restart, give back through `Recovery` every record persisted, oldest first. Records of views
 *    below the applied tip's may be forgotten. When the log is missing, torn in the middle or corrupt, start as
 *    an observer (`self: null`).
 * 11. When a block that ends the epoch is applied, this state is done: it votes no more and only answers. Go on with
 *     `init` for the next epoch, the block being its genesis. Messages and records are those of one epoch.
 * 12. Stop taking submissions while `backpressure` is on for the own origin. After `halted`, do not start as a
 *     validator again until an operator has decided so: a restart alone forgets it.
 */
export type Message =
  | Proposal
  | Reproposal
  | Vote
  | Certificate
  | BatchMessage
  | Acks
  | Status
  | FetchProposal
  | FetchCertificates
  | FetchBatch
  | FetchBlocks
  | Blocks;

export interface BatchMessage extends Batch {
  readonly kind: 'batch';
}

/** Unsigned hint, meaningful on the authenticated stream only: "I hold, durably, every batch of `origin` below `next`". */
export interface Acks {
  readonly kind: 'acks';
  readonly held: readonly { readonly origin: ValidatorIndex; readonly next: number }[];
}

/** Where a peer stands; sent on connection and while stuck. Claims prove nothing: the certificate does. */
export interface Status {
  readonly kind: 'status';
  readonly view: View;
  readonly finalization: Finalization | null;
}

/** Asks for a proposal that was notarized and is not held. */
export interface FetchProposal {
  readonly kind: 'fetch-proposal';
  readonly view: View;
  readonly id: BlockId;
}
/** Asks for the certificates that ended the views from `fromView` to `toView`; answered one message each. */
export interface FetchCertificates {
  readonly kind: 'fetch-certificates';
  readonly fromView: View;
  readonly toView: View;
}
export interface FetchBatch {
  readonly kind: 'fetch-batch';
  readonly ref: BatchRef;
}
/** Asks for finalized blocks from `fromHeight` up; the answer is bounded by the server in blocks and bytes. */
export interface FetchBlocks {
  readonly kind: 'fetch-blocks';
  readonly fromHeight: number;
}

/** A finalized block as stored: enough to re-execute it. */
export interface StoredBlock extends BlockInput {
  readonly digests: HeaderDigests;
}
/** Consecutive finalized blocks, the last of them certified: by hash links the certificate covers them all. */
export interface Blocks {
  readonly kind: 'blocks';
  readonly blocks: readonly StoredBlock[];
  readonly finalization: Finalization;
}

/** Votes and proposals of ours before the host has signed them. */
export type UnsignedVote =
  | Omit<Notarize, 'signer' | 'signatures'>
  | Omit<Nullify, 'signer' | 'signatures'>
  | Omit<Finalize, 'signer' | 'signatures'>;
export type UnsignedProposal = Omit<Proposal, 'signature'>;
export type UnsignedReproposal = Omit<Reproposal, 'signature'>;
export type UnsignedBatch = Omit<BatchMessage, 'signature'>;
export type UnsignedMessage = UnsignedVote | UnsignedProposal | UnsignedReproposal | UnsignedBatch;

/** What the write-ahead log holds. */
export type LogRecord =
  | { readonly type: 'vote'; readonly vote: UnsignedVote }
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'own-proposal'; readonly proposal: UnsignedProposal | UnsignedReproposal }
  | { readonly type: 'certificate'; readonly certificate: Certificate };

/**
 * `nowMs` is what timers run on: integer milliseconds that never go back, whatever the machine's clock does. It starts
 * as that clock, milliseconds since the Unix epoch; how far the two are apart since is told by `clock`.
 */
export type Event = {
  readonly nowMs: number;
} /** The machine's clock is at `nowMs` + `aheadMs` from now on. Headers' times are its, not the timers'. */ & (
  | { readonly type: 'clock'; readonly aheadMs: number }
  | { readonly type: 'message'; readonly from: ValidatorIndex; readonly message: Message }
  | {
      readonly type: 'verified';
      readonly from: ValidatorIndex;
      readonly message: Message;
      readonly ok: boolean;
    }
  | { readonly type: 'signed'; readonly message: Proposal | Reproposal | Vote | BatchMessage }
  | { readonly type: 'local-batch'; readonly payload: Uint8Array }
  | { readonly type: 'batch-stored'; readonly ref: BatchRef }
  | { readonly type: 'executed'; readonly id: number; readonly result: ExecutionResult }
  | { readonly type: 'applied'; readonly height: number }
  | { readonly type: 'timer' }
  | { readonly type: 'peer-connected'; readonly peer: ValidatorIndex }
  | { readonly type: 'peer-disconnected'; readonly peer: ValidatorIndex }
);

export type ExecutionResult =
  /** `endsEpoch`: the block is the epoch's last. It is proposed again until it is final; nothing extends it. */
  | { readonly ok: true; readonly digests: HeaderDigests; readonly endsEpoch: boolean }
  | { readonly ok: false; readonly reason: string };

export type Effect =
  | { readonly type: 'persist'; readonly record: LogRecord }
  | { readonly type: 'store-batch'; readonly batch: Batch }
  | { readonly type: 'sign'; readonly message: UnsignedMessage }
  | { readonly type: 'send'; readonly to: ValidatorIndex; readonly message: Message }
  | { readonly type: 'broadcast'; readonly message: Message }
  /**
   * Check the message's own signatures and those of `certificates`: the embedded ones the core does not know yet.
   * Echo `from` and `message` in `verified`.
   */
  | {
      readonly type: 'verify';
      readonly from: ValidatorIndex;
      readonly message: Message;
      readonly certificates: readonly Certificate[];
    }
  /** `id` is echoed in `executed`; it is never used twice in one run of the process. */
  | { readonly type: 'execute'; readonly id: number; readonly input: BlockInput }
  /**
   * Blocks that became final, in height order, all executed; the last is certified by `finalization` itself. The
   * epoch's last block may be certified in a later view than its own.
   */
  | {
      readonly type: 'finalized';
      readonly blocks: readonly StoredBlock[];
      readonly finalization: Finalization;
    }
  | { readonly type: 'serve-blocks'; readonly to: ValidatorIndex; readonly fromHeight: number }
  | { readonly type: 'serve-batch'; readonly to: ValidatorIndex; readonly ref: BatchRef }
  | { readonly type: 'set-timer'; readonly atMs: number }
  | { readonly type: 'report'; readonly report: Report };

/** Facts for logs, metrics and evidence; only `backpressure` and `halted` ask something of the host. */
export type Report =
  | {
      /** Two signed messages that no honest validator both sends. */
      readonly type: 'equivocation';
      readonly signer: ValidatorIndex;
      readonly first: Message;
      readonly second: Message;
    }
  | { readonly type: 'invalid-message'; readonly from: ValidatorIndex; readonly code: string }
  /** A block that is not what executing it gives, or breaks a rule; `from` is who gave it to us. */
  | {
      readonly type: 'invalid-block';
      readonly from: ValidatorIndex;
      readonly view: View;
      readonly code: string;
    }
  /**
   * The proposal's time is ahead of our clock by more than is allowed, or (negative) was that far behind when it arrived:
   * one of the two clocks is wrong.
   */
  | { readonly type: 'clock-skew'; readonly leader: ValidatorIndex; readonly aheadMs: number }
  | { readonly type: 'view-entered'; readonly view: View; readonly by: Certificate['kind'] | 'start' }
  /** We gave up waiting in this view. */
  | { readonly type: 'view-nullified'; readonly view: View; readonly leader: ValidatorIndex }
  | { readonly type: 'backpressure'; readonly origin: ValidatorIndex; readonly on: boolean }
  /** A certificate above our tip is known and the blocks up to it are not. */
  | { readonly type: 'syncing'; readonly fromHeight: number; readonly toHeight: number }
  /**
   * Nothing is signed any more. `evidence` holds a signature of our key that we did not make (two hosts share one
   * key), or contradicts what is final (more than f validators are faulty).
   */
  | { readonly type: 'halted'; readonly evidence: Certificate };

export interface Parameters {
  /** Bounds of Δ, the assumed message delay, in ms. */
  readonly minDeltaMs: number;
  readonly maxDeltaMs: number;
  /** A block's time may run ahead of the voter's clock by this much. */
  readonly maxClockSkewMs: number;
  /** An idle leader proposes an empty block after this long. */
  readonly heartbeatMs: number;
  readonly maxBlockBatches: number;
  readonly maxBatchBytes: number;
  /** Batches of one origin that are held and not yet referenced by a finalized block. */
  readonly maxPendingBatchesPerOrigin: number;
  readonly maxFetchBlocks: number;
}

export interface Config {
  /** Number of validators in the epoch, 1 … 100. */
  readonly n: number;
  /** This node's index; null for an observer, which follows and signs nothing. */
  readonly self: ValidatorIndex | null;
  readonly epoch: Epoch;
  /** Height of the epoch's genesis block: 0, or the last block of the epoch before. */
  readonly genesisHeight: number;
  /** The first suite's hash: batch digests. */
  readonly hash: HashName;
  readonly parameters: Parameters;
}

/** How far one origin's batches are on the chain. */
export interface OriginHead {
  readonly nextSeq: number;
  /** Digest of batch nextSeq−1; 32 zero bytes before seq 0. */
  readonly lastDigest: Uint8Array;
}

/** The last block of a chain and what extending it depends on. */
export interface Tip extends BlockPoint {
  readonly timeMs: number;
  /** The epoch's last block: nothing in this epoch extends it. */
  readonly endsEpoch: boolean;
  /** One per validator, by index. */
  readonly origins: readonly OriginHead[];
}

/** Everything a restarted node knows; `init` turns it into a state and the effects that resume the protocol. */
export interface Recovery {
  /**
   * The last applied block, or the epoch's genesis: the genesis block's point (height 0, view 0), or the last block of
   * the epoch before with `endsEpoch` false and every origin at the start of its sequence.
   */
  readonly tip: Tip;
  /** The highest of this epoch that is held: of the tip, or of a block above it when the node stopped amid applying. */
  readonly finalization: Finalization | null;
  /** Write-ahead records, oldest first (duty 10). */
  readonly log: readonly LogRecord[];
  /** Durable batches not referenced by an applied block, in any order. */
  readonly batches: readonly Omit<Batch, 'payload'>[];
}
