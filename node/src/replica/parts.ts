import type { Epoch, Report } from '@hufu/consensus';
import type { ExecutedBlock, PreparedBatch } from '../ledger/types.ts';
import type { Store } from '../store/types.ts';
import type { Clock, Network } from './environment.ts';
import type { NodeKeys, Place } from './session.ts';

/** What the host tells whoever watches; nothing here changes what it does. */
export interface ReplicaObserver {
  /** An epoch begins for this node, or goes on after a restart. */
  onEpoch(epoch: Epoch, place: Place): void;
  onReport(report: Report): void;
  /** Blocks are final and durable. */
  onApplied(blocks: readonly ExecutedBlock[]): void;
  /** What is missing of the past has changed: this node began from a snapshot, or has fetched some of it. */
  onHistory(): void;
  /** An own batch is durable: the submissions in `payload` will not be lost. */
  onOwnBatchStored(payload: Uint8Array): void;
  /** An own batch, durable or not, is too large for the epoch that begins: its gateways have to send what was in it again. */
  onOwnBatchLost(payload: Uint8Array, prepared: PreparedBatch): void;
  onTurn(facts: { readonly events: number; readonly persistMs: number }): void;
  /** The replica cannot go on (a disk that fails, a broken invariant) and has stopped. */
  onFailure(error: unknown): void;
}

export interface ReplicaParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly network: Network;
  readonly keys: NodeKeys;
  /**
   * Asked when an epoch begins whose registry names this node with its `keySet`-th keys, before it signs with them: why it must
   * not; undefined when it may.
   */
  readonly reasonToObserve: (keySet: number) => string | undefined;
  readonly observer: ReplicaObserver;
}
