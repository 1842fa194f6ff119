import type { BatchRef, Message } from '@hufu/consensus';
import type { PeerId } from '../p2p/peer-transport.ts';
import { StoreError } from '../store/store-error.ts';
import type { Store } from '../store/types.ts';
import { InFlight } from '../sync/in-flight.ts';

/**
 * Answers being read from disk for one peer at a time; more are not answered, and the peer asks again. An honest
 * peer asks for no more than 48 batches at once.
 */
const MAX_BATCHES_BEING_SERVED = 48;
const MAX_BLOCKS_BEING_SERVED = 1;

/** Sends an answer to whoever asked. */
export type Reply = (answer: Message) => void;

/** Serves peers that catch up, from what is stored, each within its bound. */
export class BlockServer {
  readonly #store: Pick<Store, 'batches' | 'chain'>;
  readonly #batches = new InFlight(MAX_BATCHES_BEING_SERVED);
  readonly #blocks = new InFlight(MAX_BLOCKS_BEING_SERVED);

  constructor(store: Pick<Store, 'batches' | 'chain'>) {
    this.#store = store;
  }

  /** Replies with finalized blocks from `fromHeight`, or not when there are none. Rejects when the disk fails. */
  serveBlocks(to: PeerId, fromHeight: number, reply: Reply): Promise<void> {
    const { chain } = this.#store;
    return this.#blocks.run(to, async () => {
      const maxBlocks = chain.state.registry.parameters.maxFetchBlocks;
      const blocks = await chain.finalizedBlocks(fromHeight, { maxBlocks });
      if (blocks !== undefined) reply(blocks);
    });
  }

  /** Replies with one batch, if it is held whole. Rejects when the disk fails. */
  serveBatch(to: PeerId, ref: BatchRef, reply: Reply): Promise<void> {
    return this.#batches.run(to, async () => {
      const batch = await this.#store.batches.get(ref).catch((error: unknown) => {
        // Noted by the store. One bad batch must not stop this node: the peer asks another one.
        if (error instanceof StoreError && error.code === 'batches-damaged') return undefined;
        throw error;
      });
      if (batch !== undefined) reply({ kind: 'batch', ...batch });
    });
  }
}
