import type { Epoch, Finalization, Message } from '@hufu/consensus';
import type { PeerId } from '../p2p/peer-transport.ts';
import type { ChainStore } from '../store/types.ts';
import type { Envelope } from '../wire/index.ts';
import type { BlockServer } from './block-server.ts';
import type { Clock, Network } from './environment.ts';

/** Answers and news to one peer come no more often than this, ms. */
const PAUSE_MS = 100;

/** After an answer: what else the peer said meanwhile is answered, the last of it, when the pause is over. */
interface Pause {
  answer: (() => Promise<void>) | undefined;
  cancel: () => void;
}

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
  /** Peers that were answered just now. */
  readonly #waiting = new Map<PeerId, Pause>();
  readonly #onFailure: (error: unknown) => void;
  #cancelNews: (() => void) | undefined;

  constructor(parts: {
    readonly chain: ChainStore;
    readonly network: Network;
    readonly clock: Clock;
    readonly server: BlockServer;
    /** The disk fails. */
    readonly onFailure: (error: unknown) => void;
  }) {
    this.#chain = parts.chain;
    this.#network = parts.network;
    this.#clock = parts.clock;
    this.#server = parts.server;
    this.#onFailure = parts.onFailure;
  }

  /** A message that is not for the protocol; `standing` gives our status. Rejects when the disk fails. */
  async onMessage(
    from: PeerId,
    { epoch, message }: { readonly epoch: Epoch; readonly message: Message },
    standing: () => Envelope,
  ): Promise<void> {
    const reply = (answer: Message) => this.#network.send([from], { epoch, message: answer });
    switch (message.kind) {
      case 'fetch-blocks':
        return this.#server.serveBlocks(from, message.fromHeight, reply);
      case 'fetch-batch':
        return this.#server.serveBatch(from, message.ref, reply);
      default:
        return this.#tellSoon(from, epoch, knownTo(message), standing);
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
    this.#waiting.get(peer)?.cancel();
    this.#waiting.delete(peer);
  }

  /** Tells peers of an epoch's last block, which has just been applied. */
  announceEnd(peers: readonly PeerId[]): void {
    const { finalization, state } = this.#chain;
    if (finalization !== null) this.#network.send(peers, { epoch: state.epoch, message: finalization });
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
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** Answers a peer that is in `epoch` and knows of a block of height `known`. */
  async #tellSoon(to: PeerId, epoch: Epoch, known: number, standing: () => Envelope): Promise<void> {
    // Threat: a peer that repeats itself without end must not make this node read and send without end.
    const waiting = this.#waiting.get(to);
    if (waiting !== undefined) {
      waiting.answer = () => this.#tell(to, epoch, known, standing);
      return;
    }
    const pause: Pause = { answer: undefined, cancel: () => {} };
    pause.cancel = this.#clock.schedule(this.#clock.nowMs() + PAUSE_MS, () => {
      this.#waiting.delete(to);
      pause.answer?.().catch(this.#onFailure);
    });
    this.#waiting.set(to, pause);
    await this.#tell(to, epoch, known, standing);
  }

  async #tell(to: PeerId, epoch: Epoch, known: number, standing: () => Envelope): Promise<void> {
    const own = standing();
    if (epoch > own.epoch) return this.#network.send([to], own);
    const newest = await this.#newestOf(epoch, own.epoch);
    if (newest !== null && newest.height > known) this.#network.send([to], { epoch, message: newest });
  }

  /** The highest certificate of an epoch: for one that is over, that of its last block; null when it has none yet. */
  async #newestOf(epoch: Epoch, own: Epoch): Promise<Finalization | null> {
    if (epoch < own) return (await this.#chain.epoch(epoch))?.end?.finalization ?? null;
    const { finalization, state } = this.#chain;
    return state.epoch === epoch ? finalization : null;
  }
}

/**
 * The height up to which whoever sends this knows the chain. A certificate counts: between two nodes that are both past an epoch
 * the one of its end must not go back and forth.
 */
function knownTo(message: Message): number {
  if (message.kind === 'status') return message.finalization?.height ?? 0;
  return message.kind === 'finalization' ? message.height : 0;
}
