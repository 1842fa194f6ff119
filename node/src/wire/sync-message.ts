import type { Epoch, Finalization, Message } from '@hufu/consensus';
import type { StateChunkBody } from '../ledger/state-chunk.ts';

/**
 * Questions and answers by which a node that is an epoch or more behind gets the state that an epoch begins with. Any
 * node answers what it can. The consensus protocol never hears of them: nothing in them is signed by whoever sends
 * it, all of it is checked against certified headers.
 */
export type SyncMessage = FetchEpochs | Epochs | FetchSnapshot | Snapshot | FetchStateChunk | StateChunk;

/** Whatever one node sends another. */
export type AnyMessage = Message | SyncMessage;

/** Asks how the epochs from this one on ended. */
export interface FetchEpochs {
  readonly kind: 'fetch-epochs';
  readonly from: Epoch;
}

/** How consecutive epochs ended, the first of them `from`; fewer than there are when they would not fit. */
export interface Epochs {
  readonly kind: 'epochs';
  readonly from: Epoch;
  readonly ends: readonly EpochEnd[];
}

/** An epoch's last header, made final by its validators, and the validators that it names next. */
export interface EpochEnd {
  readonly headerBytes: Uint8Array;
  readonly finalization: Finalization;
  /** Of the next epoch, encoded. */
  readonly validatorSet: Uint8Array;
}

/** Asks for what the epoch begins with. */
export interface FetchSnapshot {
  readonly kind: 'fetch-snapshot';
  readonly epoch: Epoch;
}

/** The measure of the state that the epoch begins with, and the right edge of its log. */
export interface Snapshot {
  readonly kind: 'snapshot';
  readonly epoch: Epoch;
  /** At least one. */
  readonly leafCount: number;
  /** Per suite, for each level of tiles from 0, the packed hashes of its last, incomplete tile; empty when there is none. */
  readonly edges: readonly (readonly Uint8Array[])[];
}

/** Asks for leaves of the state that the epoch begins with, from `first` on. */
export interface FetchStateChunk {
  readonly kind: 'fetch-state-chunk';
  readonly epoch: Epoch;
  readonly first: number;
}

export interface StateChunk extends StateChunkBody {
  readonly kind: 'state-chunk';
  readonly epoch: Epoch;
}

const SYNC_KINDS: { readonly [kind in SyncMessage['kind']]: true } = {
  'fetch-epochs': true,
  epochs: true,
  'fetch-snapshot': true,
  snapshot: true,
  'fetch-state-chunk': true,
  'state-chunk': true,
};

/** Whether the message is none of the consensus protocol's. */
export function isSyncMessage(message: AnyMessage): message is SyncMessage {
  return Object.hasOwn(SYNC_KINDS, message.kind);
}
