import type { PeerId } from '../p2p/peer-transport.ts';

/** Bounds what is being read for one peer at a time; beyond it a question is not answered, and the peer asks again. */
export class InFlight {
  readonly #maxPerPeer: number;
  readonly #counts = new Map<PeerId, number>();

  constructor(maxPerPeer: number) {
    this.#maxPerPeer = maxPerPeer;
  }

  /** Runs the task unless the peer has its share under way. */
  async run(peer: PeerId, task: () => Promise<void>): Promise<void> {
    const count = this.#counts.get(peer) ?? 0;
    if (count >= this.#maxPerPeer) return;
    this.#counts.set(peer, count + 1);
    try {
      await task();
    } finally {
      const left = (this.#counts.get(peer) ?? 1) - 1;
      if (left === 0) this.#counts.delete(peer);
      else this.#counts.set(peer, left);
    }
  }
}
