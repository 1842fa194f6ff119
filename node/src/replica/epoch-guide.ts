import type { Epoch, Finalization, Message } from '@hufu/consensus';
import type { PeerId } from '../p2p/peer-transport.ts';
import type { ChainStore } from '../store/types.ts';
import type { Envelope } from '../wire/index.ts';
import type { BlockServer } from './block-server.ts';
import type { Clock, Network } from './environment.ts';

/** Answers and news to one peer come no more often than this, ms. */
const PAUSE_MS = 100;

/**
 * Guides peers with which this node shares no epoch: observers, and validators on the other side of a change. The
 * protocol itself never hears of them. Whoever is behind is told the certificate of its epoch's last block, or the
 * newest one of this epoch, and given the blocks and batches it then asks for; whoever is ahead is told where we
 * stand, and does the same for us. All of it is certified, so nobody has to be trusted.
 */
export class EpochGuide {
  readonly #chain: ChainStore;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #server: BlockServer;
  readonly #outsiders = new Set<PeerId>();
  /** When a peer was last told something. */
  readonly #toldAtMs = new Map<PeerId, number>();
  #cancelNews: (() => void) | undefined;

  constructor(chain: ChainStore, network: Network, clock: Clock, server: BlockServer) {
    this.#chain = chain;
    this.#network = network;
    this.#clock = clock;
    this.#server = server;
  }

  /** A message that is not for the protocol; `standing` is what our status says. Rejects when the disk fails. */
  async onMessage(from: PeerId, { epoch, message }: Envelope, standing: Envelope): Promise<void> {
    const reply = (answer: Message) => this.#network.send([from], { epoch, message: answer });
    switch (message.kind) {
      case 'fetch-blocks':
        return this.#server.serveBlocks(from, message.fromHeight, reply);
      case 'fetch-batch':
        return this.#server.serveBatch(from, message.ref, reply);
      default: {
        // Threat: a peer that repeats itself without end must not make this node read and send without end.
        if (!this.#mayTell(from)) return;
        if (epoch > standing.epoch) return this.#network.send([from], standing);
        const newest = await this.#newestOf(epoch, standing.epoch);
        const known = message.kind === 'status' ? (message.finalization?.height ?? 0) : 0;
        if (newest !== null && newest.height > known) reply(newest);
      }
    }
  }

  /** Connected, and no validator of this node's epoch. */
  onOutsider(peer: PeerId): void {
    this.#outsiders.add(peer);
  }

  /** A validator of this node's epoch by now. */
  onInsider(peer: PeerId): void {
    this.#outsiders.delete(peer);
  }

  onGone(peer: PeerId): void {
    this.#outsiders.delete(peer);
    this.#toldAtMs.delete(peer);
  }

  /** Tells outsiders of what became final, once in a while. */
  onApplied(): void {
    if (this.#outsiders.size === 0 || this.#cancelNews !== undefined) return;
    this.#cancelNews = this.#clock.schedule(this.#clock.nowMs() + PAUSE_MS, () => {
      this.#cancelNews = undefined;
      const { finalization, state } = this.#chain;
      if (finalization === null) return;
      this.#network.send([...this.#outsiders], { epoch: state.epoch, message: finalization });
    });
  }

  stop(): void {
    this.#cancelNews?.();
  }

  #mayTell(peer: PeerId): boolean {
    const nowMs = this.#clock.nowMs();
    const sinceMs = nowMs - (this.#toldAtMs.get(peer) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= 0 && sinceMs < PAUSE_MS) return false;
    this.#toldAtMs.set(peer, nowMs);
    return true;
  }

  /** The highest certificate of an epoch: for one that is over, that of its last block. */
  async #newestOf(epoch: Epoch, own: Epoch): Promise<Finalization | null> {
    if (epoch < own) return (await this.#chain.epoch(epoch))?.end?.finalization ?? null;
    return this.#chain.finalization;
  }
}
