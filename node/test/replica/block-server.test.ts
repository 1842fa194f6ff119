import { asValidatorIndex, type BatchRef, type Message } from '@hufu/consensus';
import t, { type Test } from 'tap';
import { BlockServer } from '../../src/replica/block-server.ts';
import type { Network } from '../../src/replica/environment.ts';
import { openStore } from '../../src/store/index.ts';
import type { BatchStore, Store } from '../../src/store/types.ts';
import { ChainBuilder } from '../support/chain.ts';
import { createSubmission, createTestNetwork } from '../support/network.ts';

const NETWORK = createTestNetwork(4);
const PEER = asValidatorIndex(2);
const OTHER_PEER = asValidatorIndex(3);

interface Sent {
  readonly to: number;
  readonly message: Message;
}

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
  const sent: Sent[] = [];
  const network: Network = {
    send: (to, message) => sent.push({ to, message }),
    broadcast: () => t.fail('serving is for one peer'),
    pauseBulk: () => {},
  };
  const served: Pick<Store, 'batches' | 'chain'> = { batches: slowed(store.batches), chain: store.chain };
  return { server: new BlockServer(served, network), refs, sent };
}

t.test('blocks and batches that are held are sent; of others nothing is', async (t) => {
  const { server, refs, sent } = await createServer(t);
  await server.serveBlocks(PEER, 2);
  await server.serveBlocks(PEER, 4);
  for (const ref of refs) await server.serveBatch(PEER, ref);
  await server.serveBatch(PEER, { origin: asValidatorIndex(0), seq: 9, digest: new Uint8Array(32) });
  const [first, ...rest] = sent.map(({ message }) => message);
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
    const { server, refs, sent } = await createServer(t, (batches) => ({
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
    const served = Array.from({ length: 100 }, () => server.serveBatch(PEER, ref));
    t.equal(reads, 16);
    served.push(server.serveBatch(OTHER_PEER, ref));
    t.equal(reads, 17);
    release();
    await Promise.all(served);
    t.equal(sent.length, 17);
    await server.serveBatch(PEER, ref);
    t.equal(sent.length, 18);
  },
);
