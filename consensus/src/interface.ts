import type {
  Batch,
  BatchRef,
  BlockId,
  BlockInput,
  BlockPoint,
  Certificate,
  Finalization,
  HeaderDigests,
  Proposal,
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
 * 3. Only then perform `sign`, `send`, `broadcast` and `fetch`, in order. A signed message comes back to
 *    the core as `signed`, and the core then asks for its broadcast.
 * 4. Perform `verify` at any time, in any order and in parallel; answer each with `verified` (a message whose
 *    signatures do not verify is answered with `ok: false` and never reaches the voting rules).
 * 5. Perform `execute` when the parent is executed and the batches are durable (the core sees to both);
 *    answer with `executed`.
 * 6. Perform `finalized` durably, in height order, before serving anything of that height; answer `applied`.
 * 7. Deliver `timer` no earlier than asked. Setting a timer of the same kind replaces it.
 * 8. After a restart, give back through `Recovery` everything persisted since the last `applied` height.
 */
export type Message =
  | Proposal
  | Vote
  | Certificate
  | ({ readonly kind: 'batch' } & Batch)
  | Acks
  | Status
  | FetchProposal
  | FetchBatch
  | FetchBlocks
  | Blocks;

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

export interface FetchProposal {
  readonly kind: 'fetch-proposal';
  readonly view: View;
  readonly id: BlockId;
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
  readonly finalization: Finalization | null;
}

/** What the write-ahead log holds. */
export type LogRecord =
  | { readonly type: 'vote'; readonly vote: Unsigned<Vote> }
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'own-proposal'; readonly view: View; readonly digests: HeaderDigests }
  | { readonly type: 'certificate'; readonly certificate: Certificate };

/** A message of ours before the host has signed it. */
export type Unsigned<T> = T extends Vote
  ? Omit<T, 'signatures' | 'signer'>
  : T extends Proposal | Batch
    ? Omit<T, 'signature'>
    : never;

export type Event = { readonly nowMs: number } & (
  | { readonly type: 'message'; readonly from: ValidatorIndex; readonly message: Message }
  | {
      readonly type: 'verified';
      readonly from: ValidatorIndex;
      readonly message: Message;
      readonly ok: boolean;
    }
  | { readonly type: 'signed'; readonly message: Proposal | Vote | ({ readonly kind: 'batch' } & Batch) }
  | { readonly type: 'local-batch'; readonly payload: Uint8Array }
  | { readonly type: 'batch-stored'; readonly ref: BatchRef }
  | { readonly type: 'executed'; readonly input: BlockInput; readonly result: ExecutionResult }
  | { readonly type: 'applied'; readonly height: number }
  | { readonly type: 'timer'; readonly timer: Timer }
  | { readonly type: 'peer-connected'; readonly peer: ValidatorIndex }
  | { readonly type: 'peer-disconnected'; readonly peer: ValidatorIndex }
);

export type ExecutionResult =
  | { readonly ok: true; readonly digests: HeaderDigests }
  | { readonly ok: false; readonly reason: string };

export type Timer = 'propose' | 'view' | 'resend' | 'fetch' | 'heartbeat';

export type Effect =
  | { readonly type: 'persist'; readonly record: LogRecord }
  | { readonly type: 'store-batch'; readonly batch: Batch }
  | { readonly type: 'sign'; readonly message: Unsigned<Vote> | SignProposal | SignBatch }
  | { readonly type: 'send'; readonly to: ValidatorIndex; readonly message: Message }
  | { readonly type: 'broadcast'; readonly message: Message }
  | { readonly type: 'verify'; readonly from: ValidatorIndex; readonly message: Message }
  | { readonly type: 'execute'; readonly input: BlockInput }
  /** Blocks that became final, in height order; the last is certified by `finalization` itself. */
  | {
      readonly type: 'finalized';
      readonly blocks: readonly StoredBlock[];
      readonly finalization: Finalization;
    }
  | { readonly type: 'serve-blocks'; readonly to: ValidatorIndex; readonly fromHeight: number }
  | { readonly type: 'serve-batch'; readonly to: ValidatorIndex; readonly ref: BatchRef }
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly atMs: number }
  | { readonly type: 'report'; readonly report: Report };

export type SignProposal = { readonly kind: 'proposal' } & Omit<Proposal, 'signature' | 'kind'>;
export type SignBatch = { readonly kind: 'batch' } & Omit<Batch, 'signature'>;

/** Facts for logs, metrics and evidence; never needed for correctness. */
export type Report =
  | {
      readonly type: 'equivocation';
      readonly signer: ValidatorIndex;
      readonly first: Message;
      readonly second: Message;
    }
  | { readonly type: 'invalid-message'; readonly from: ValidatorIndex; readonly code: string }
  | { readonly type: 'view-entered'; readonly view: View; readonly by: Certificate['kind'] | 'start' }
  | { readonly type: 'view-nullified'; readonly view: View; readonly leader: ValidatorIndex }
  | { readonly type: 'backpressure'; readonly origin: ValidatorIndex; readonly on: boolean };

export interface Parameters {
  /** Bounds of Δ, the assumed message delay, in ms. */
  readonly minDeltaMs: number;
  readonly maxDeltaMs: number;
  /** A block's time may run ahead of the voter's clock by this much. */
  readonly maxClockSkewMs: number;
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
  readonly epoch: number;
  readonly parameters: Parameters;
}

/** Everything a restarted node knows; `init` turns it into a state and the effects that resume the protocol. */
export interface Recovery {
  /** The last applied block, or the genesis block's point (height 0, view 0). */
  readonly tip: BlockPoint & { readonly timeMs: number; readonly nextSeqs: readonly number[] };
  readonly finalization: Finalization | null;
  /** Write-ahead records above the tip's view, oldest first. */
  readonly log: readonly LogRecord[];
  /** Durable batches not yet referenced by an applied block, by origin and seq. */
  readonly batches: readonly Omit<Batch, 'payload'>[];
}
