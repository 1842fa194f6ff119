import { asValidatorIndex, type BatchRef, type Message } from '@hufu/consensus';
import t, { type Test } from 'tap';
import { BlockServer } from '../../src/replica/block-server.ts';
import { openStore } from '../../src/store/index.ts';
import type { BatchStore, Store } from '../../src/store/types.ts';
import { ChainBuilder } from '../support/chain.ts';
import { createSubmission, createTestNetwork } from '../support/network.ts';

const NETWORK = createTestNetwork(4);
const PEER = 'peer';
const OTHER_PEER = 'other';

/** A store of three blocks with a batch each, whose batches can be made slow, and a server on it. */
async function createServer(t: Test, slowed: (batches: BatchStore) => BatchStore = (batches) => batches) {
  const store = await openStore({ directory: t.testdir(), genesisBytes: NETWORK.genesisBytes });
  t.teardown(() => store.close());
  const builder = new ChainBuilder(NETWORK, store);
  const refs: BatchRef[] = [];
  for (let serial = 0; serial < 3; serial += 1) {
    const { block } = await builder.block(createSubmission(NETWORK, serial, 1));
    refs.push(...block.refs);
  }
  const sent: Message[] = [];
  const reply = (answer: Message): void => {
    sent.push(answer);
  };
  const served: Pick<Store, 'batches' | 'chain'> = { batches: slowed(store.batches), chain: store.chain };
  return { server: new BlockServer(served), refs, sent, reply };
}

/** As many batches as a node that catches up may ask one peer for at once. */
const MOST = 48;

t.test('blocks and batches that are held are sent; of others nothing is', async (t) => {
  const { server, refs, sent, reply } = await createServer(t);
  await server.serveBlocks(PEER, 2, reply);
  await server.serveBlocks(PEER, 4, reply);
  for (const ref of refs) await server.serveBatch(PEER, ref, reply);
  await server.serveBatch(PEER, { origin: asValidatorIndex(0), seq: 9, digest: new Uint8Array(32) }, reply);
  const [first, ...rest] = sent;
  t.match(first, { kind: 'blocks', blocks: [{ height: 2 }, { height: 3 }], finalization: { height: 3 } });
  t.strictSame(
    rest.map((message) => (message.kind === 'batch' ? message.seq : message.kind)),
    [0, 1, 2],
  );
});

t.test(
  'a peer that asks for more than its share at once is not answered beyond it; others are',
  async (t) => {
    let reads = 0;
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { server, refs, sent, reply } = await createServer(t, (batches) => ({
      put: (list) => batches.put(list),
      has: (ref) => batches.has(ref),
      get: async (ref) => {
        reads += 1;
        await gate;
        return batches.get(ref);
      },
    }));
    const [ref] = refs;
    if (ref === undefined) throw new Error('three batches');
    const served = Array.from({ length: 100 }, () => server.serveBatch(PEER, ref, reply));
    t.equal(reads, MOST);
    served.push(server.serveBatch(OTHER_PEER, ref, reply));
    t.equal(reads, MOST + 1);
    release();
    await Promise.all(served);
    t.equal(sent.length, MOST + 1);
    await server.serveBatch(PEER, ref, reply);
    t.equal(sent.length, MOST + 2);
  },
);
