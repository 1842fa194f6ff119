import type { Message } from '@hufu/consensus';
import type { PeerId } from '../p2p/peer-transport.ts';
import type { Clock, Network } from '../replica/environment.ts';
import type { PacedLedger } from '../replica/paced-ledger.ts';
import type { Snapshot, Store } from '../store/types.ts';
import { type Envelope, isSyncMessage, type SyncMessage } from '../wire/index.ts';
import { HistorySync } from './history-sync.ts';
import { Questions } from './questions.ts';
import { SnapshotServer } from './snapshot-server.ts';
import { isWorthASnapshot, StateSync } from './state-sync.ts';

/** A peer is asked how epochs ended no more often than this, ms. */
const ASK_AGAIN_MS = 10_000;

export interface SyncParts {
  readonly store: Pick<Store, 'chain' | 'batches'>;
  readonly network: Network;
  readonly clock: Clock;
  readonly ledger: PacedLedger;
  /** A snapshot was gathered: whoever owns the chain begins from it, and calls `fetchHistory` then. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Some of the past was fetched. */
  readonly onHistory: () => void;
  /** The disk fails. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Brings a node that is epochs behind, or new, to the newest epoch by a snapshot, and then fetches what lies before it;
 * and serves other nodes that do the same. The protocol never hears of any of this.
 */
export class Sync {
  readonly #parts: SyncParts;
  readonly #questions: Questions;
  readonly #server: SnapshotServer;
  readonly #stateSync: StateSync;
  readonly #historySync: HistorySync;
  readonly #connected = new Set<PeerId>();
  /** Peers that may know of a later epoch, not asked yet. */
  readonly #toAsk = new Set<PeerId>();
  /** When those that were asked may be asked again. */
  readonly #askAgainMs = new Map<PeerId, number>();
  #asking: Promise<void> | undefined;
  #gathering = false;
  #stopped = false;

  constructor(parts: SyncParts) {
    const { store, network, clock, ledger, onHistory } = parts;
    this.#parts = parts;
    this.#questions = new Questions(network, clock);
    this.#server = new SnapshotServer(store.chain);
    this.#stateSync = new StateSync(store.chain, this.#questions);
    const peers = (): readonly PeerId[] => [...this.#connected];
    const questions = this.#questions;
    this.#historySync = new HistorySync({ store, questions, clock, ledger, peers, onHistory });
  }

  /** A snapshot is on its way: blocks that it spares need not be executed now. */
  get isGathering(): boolean {
    return this.#gathering;
  }

  /** Takes what is a question or an answer of these; gives back any other message. */
  leftOf(from: PeerId, received: Envelope): Message | undefined {
    if (this.#questions.onMessage(from, received)) return undefined;
    const { epoch, message } = received;
    if (!isSyncMessage(message)) return message;
    const reply = (answer: SyncMessage) => this.#parts.network.send([from], { epoch, message: answer });
    this.#server.serve(from, message, reply).catch(this.#parts.onFailure);
    return undefined;
  }

  onPeerConnected(peer: PeerId): void {
    this.#connected.add(peer);
    if (this.#parts.store.chain.state.tip.height === 0) this.onLaterEpoch(peer);
  }

  onPeerDisconnected(peer: PeerId): void {
    this.#connected.delete(peer);
    this.#toAsk.delete(peer);
    this.#askAgainMs.delete(peer);
    this.#questions.onGone(peer);
  }

  /** The peer is, or may be, in an epoch after this node's. */
  onLaterEpoch(peer: PeerId): void {
    const { clock, store } = this.#parts;
    if (this.#stopped || store.chain.history !== null) return;
    const nowMs = clock.nowMs();
    if ((this.#askAgainMs.get(peer) ?? 0) > nowMs) return;
    this.#askAgainMs.set(peer, nowMs + ASK_AGAIN_MS);
    this.#toAsk.add(peer);
    this.#asking ??= this.#askAll()
      .catch(this.#parts.onFailure)
      .finally(() => {
        this.#asking = undefined;
      });
  }

  /** Fetches what is missing of the past, if anything is, in the background. */
  fetchHistory(): void {
    this.#historySync.run().catch(this.#parts.onFailure);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#questions.stop();
    await Promise.all([this.#asking, this.#historySync.stop()]);
  }

  async #askAll(): Promise<void> {
    for (const peer of this.#toAsk) {
      this.#toAsk.delete(peer);
      await this.#ask(peer);
      if (this.#stopped || this.#parts.store.chain.history !== null) return;
    }
  }

  async #ask(peer: PeerId): Promise<void> {
    const { chain } = this.#parts.store;
    const ends = await this.#stateSync.endsKnownTo(peer);
    const endHeight = ends.at(-1)?.end.height ?? 0;
    if (this.#stopped || !isWorthASnapshot(chain.state.tip.height, endHeight)) return;
    this.#gathering = true;
    try {
      const others = [...this.#connected].filter((other) => other !== peer);
      const snapshot = await this.#stateSync.gather(ends, [peer, ...others]);
      if (snapshot !== undefined && !this.#stopped) this.#parts.onSnapshot(snapshot);
    } finally {
      this.#gathering = false;
    }
  }
}
