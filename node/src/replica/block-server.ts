import type { BatchRef, ValidatorIndex } from '@hufu/consensus';
import { StoreError } from '../store/store-error.ts';
import type { Store } from '../store/types.ts';
import type { Network } from './environment.ts';

/**
 * Answers being read from disk for one peer at a time; more are not answered, and the peer asks again. An honest
 * peer asks for no more than 16 batches at once.
 */
const MAX_BATCHES_BEING_SERVED = 16;
const MAX_BLOCKS_BEING_SERVED = 1;

/** Serves peers that catch up, from what is stored, each within its bound. */
export class BlockServer {
  readonly #store: Pick<Store, 'batches' | 'chain'>;
  readonly #network: Network;
  readonly #maxBlocks: number;
  readonly #batches = new InFlight(MAX_BATCHES_BEING_SERVED);
  readonly #blocks = new InFlight(MAX_BLOCKS_BEING_SERVED);

  constructor(store: Pick<Store, 'batches' | 'chain'>, network: Network) {
    this.#store = store;
    this.#network = network;
    this.#maxBlocks = store.chain.state.genesis.parameters.maxFetchBlocks;
  }

  /** Sends finalized blocks from `fromHeight`, or nothing when there are none. Rejects when the disk fails. */
  serveBlocks(to: ValidatorIndex, fromHeight: number): Promise<void> {
    return this.#blocks.run(to, async () => {
      const blocks = await this.#store.chain.finalizedBlocks(fromHeight, { maxBlocks: this.#maxBlocks });
      if (blocks !== undefined) this.#network.send(to, blocks);
    });
  }

  /** Sends one batch, if it is held whole. Rejects when the disk fails. */
  serveBatch(to: ValidatorIndex, ref: BatchRef): Promise<void> {
    return this.#batches.run(to, async () => {
      const batch = await this.#store.batches.get(ref).catch((error: unknown) => {
        // Noted by the store. One bad batch must not stop this node: the peer asks another one.
        if (error instanceof StoreError && error.code === 'batches-damaged') return undefined;
        throw error;
      });
      if (batch !== undefined) this.#network.send(to, { kind: 'batch', ...batch });
    });
  }
}

class InFlight {
  readonly #maxPerPeer: number;
  readonly #counts = new Map<ValidatorIndex, number>();

  constructor(maxPerPeer: number) {
    this.#maxPerPeer = maxPerPeer;
  }

  /** Runs the task unless the peer has its share under way. */
  async run(peer: ValidatorIndex, task: () => Promise<void>): Promise<void> {
    const count = this.#counts.get(peer) ?? 0;
    if (count >= this.#maxPerPeer) return;
    this.#counts.set(peer, count + 1);
    try {
      await task();
    } finally {
      this.#counts.set(peer, (this.#counts.get(peer) ?? 1) - 1);
    }
  }
}
