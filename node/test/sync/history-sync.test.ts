import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { BlockServer } from '../../src/replica/block-server.ts';
import { systemClock } from '../../src/replica/environment.ts';
import { PacedLedger } from '../../src/replica/paced-ledger.ts';
import type { ChainStore } from '../../src/store/types.ts';
import { Sync } from '../../src/sync/sync.ts';
import type { AnyMessage } from '../../src/wire/index.ts';
import { behind } from '../support/behind.ts';

const PEER = 'peer';

/** The chain, but for the index of a log so long that there is always more of it to add. */
function neverIndexed(chain: ChainStore, onPiece: () => void): ChainStore {
  return new Proxy(chain, {
    get(target, key) {
      if (key !== 'indexMore') {
        const value = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async () => {
        if (chain.history !== null) return chain.indexMore();
        onPiece();
        await turn();
        return true;
      };
    },
  });
}

t.test('a node that stops does not wait for the index of a long log', async (t) => {
  const { store, source } = await behind(t, 0);
  const indexing = Promise.withResolvers<void>();
  const chain = neverIndexed(store.chain, indexing.resolve);
  const blocks = new BlockServer(source.store);
  const sync: Sync = new Sync({
    store: { ...store, chain, batches: store.batches },
    clock: systemClock,
    ledger: new PacedLedger(systemClock),
    network: {
      meet: () => {},
      pauseBulk: () => {},
      send(_to, { epoch, message }) {
        const reply = (answer: AnyMessage) =>
          setImmediate(() => sync.leftOf(PEER, { epoch, message: answer }));
        if (message.kind === 'fetch-blocks') void blocks.serveBlocks('asker', message.fromHeight, reply);
        if (message.kind === 'fetch-batch') void blocks.serveBatch('asker', message.ref, reply);
      },
    },
    onSnapshot: () => {},
    onHistory: () => {},
    onFailure: (error) => t.error(error),
  });
  sync.onPeerConnected(PEER);
  sync.fetchHistory();
  await indexing.promise;
  await sync.stop();
  t.equal(store.chain.history, null, 'nothing is missing but the index');
});
