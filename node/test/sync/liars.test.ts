import { asEpoch } from '@hufu/consensus';
import { DEFAULT_PARAMETERS } from '@hufu/proof';
import t, { type Test } from 'tap';
import { BlockServer } from '../../src/replica/block-server.ts';
import type { Clock, Network } from '../../src/replica/environment.ts';
import { PacedLedger } from '../../src/replica/paced-ledger.ts';
import { openStore, type Snapshot, type Store } from '../../src/store/index.ts';
import { SnapshotServer } from '../../src/sync/snapshot-server.ts';
import { Sync } from '../../src/sync/sync.ts';
import { type AnyMessage, type Envelope, isSyncMessage } from '../../src/wire/index.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { LIES_OF_HISTORY, LIES_OF_STATE, type Lie } from '../support/lies.ts';
import { ENDS, type Grown, grownOver } from '../support/three-epochs.ts';

/** A node that knows nothing asks two peers: one answers all, with a lie; the other is honest. */

const RECORDS = 40;
const LIAR = 'liar';
const HONEST = 'honest';

const SILENCE: Readonly<Record<string, Lie>> = {
  'says nothing': () => undefined,
  'answers something else': () => ({ kind: 'acks', held: [] }),
};

const SPEED = 20;
/** Twenty times as fast, so that nobody waits long for who says nothing, nor misses who answers on a busy machine. */
const HURRIED: Clock = {
  nowMs: () => Math.floor(performance.now() * SPEED),
  wallMs: () => Date.now(),
  schedule(atMs, callback) {
    const timer = setTimeout(callback, Math.max(0, (atMs - HURRIED.nowMs()) / SPEED));
    return () => clearTimeout(timer);
  },
  soon: (callback) => {
    setImmediate(callback);
  },
};

interface Asking {
  readonly store: Store;
  readonly sync: Sync;
  readonly failures: readonly unknown[];
  readonly gathered: Promise<Snapshot>;
  readonly complete: Promise<void>;
}

/** A new node that is connected to these peers, each of which holds the whole chain. */
async function asking(t: Test, source: Grown, peers: Readonly<Record<string, Lie>>): Promise<Asking> {
  const store = await openStore({
    directory: await temporaryDirectory(t),
    genesisBytes: source.chain.genesisBytes,
  });
  const answering = new Map(Object.entries(peers).map(([peer, lie]) => [peer, serving(source.store, lie)]));
  const network: Network = {
    meet: () => {},
    pauseBulk: () => {},
    send(to, question) {
      for (const peer of to) answering.get(peer)?.(question, (answer) => sync.leftOf(peer, answer));
    },
  };
  const failures: unknown[] = [];
  const gathered = Promise.withResolvers<Snapshot>();
  const complete = Promise.withResolvers<void>();
  const sync = new Sync({
    store,
    network,
    clock: HURRIED,
    ledger: new PacedLedger(HURRIED),
    onSnapshot: gathered.resolve,
    onHistory: () => {
      if (store.chain.history === null) complete.resolve();
    },
    onFailure: (error) => failures.push(error),
  });
  t.teardown(async () => {
    await sync.stop();
    await store.close();
  });
  for (const peer of Object.keys(peers)) sync.onPeerConnected(peer);
  return { store, sync, failures, gathered: gathered.promise, complete: complete.promise };
}

/** Answers as a node does that holds the chain, but for its lies. */
function serving(store: Store, lie: Lie) {
  const blocks = new BlockServer(store);
  const snapshots = new SnapshotServer(store.chain);
  return ({ epoch, message }: Envelope, deliver: (answer: Envelope) => void): void => {
    const reply = (answer: AnyMessage): void => {
      const told = lie(answer);
      if (told !== undefined) setImmediate(() => deliver({ epoch, message: told }));
    };
    if (isSyncMessage(message)) void snapshots.serve('asker', message, reply);
    else if (message.kind === 'fetch-blocks') void blocks.serveBlocks('asker', message.fromHeight, reply);
    else if (message.kind === 'fetch-batch') void blocks.serveBatch('asker', message.ref, reply);
  };
}

const honest: Lie = (answer) => answer;
const END = ENDS.at(-1) ?? 0;

t.test('a liar keeps nobody from the state', async (t) => {
  const source = await grownOver(t, RECORDS);
  for (const [name, lie] of Object.entries({ ...SILENCE, ...LIES_OF_STATE })) {
    const { store, gathered, failures } = await asking(t, source, { [LIAR]: lie, [HONEST]: honest });
    await store.chain.beginFrom(await gathered);
    t.strictSame(store.chain.state, source.applied[END - 1]?.executed.state, name);
    t.strictSame(failures, []);
  }
});

t.test('a liar keeps nobody from the past', async (t) => {
  const source = await grownOver(t, RECORDS);
  for (const [name, lie] of Object.entries({ ...SILENCE, ...LIES_OF_HISTORY })) {
    const { store, sync, gathered, complete, failures } = await asking(t, source, {
      [LIAR]: lie,
      [HONEST]: honest,
    });
    await store.chain.beginFrom(await gathered);
    sync.fetchHistory();
    await complete;
    for (let height = 1; height <= END; height++) {
      t.strictSame(
        await store.chain.block(height),
        await source.store.chain.block(height),
        `${name}, ${height}`,
      );
    }
    const { logSize } = store.chain.state;
    t.strictSame(await store.chain.entries(0, logSize), await source.store.chain.entries(0, logSize));
    t.strictSame(failures, []);
  }
});

const { maxBlockBatches, maxBatchBytes } = DEFAULT_PARAMETERS;
/** Payloads of batches that a validator signs for a block that was never agreed on. */
const FORGED_PAYLOADS: Readonly<Record<string, readonly Uint8Array[]>> = {
  'more batches than a block may hold': Array.from({ length: maxBlockBatches + 1 }, () => new Uint8Array(1)),
  'a batch larger than any may be': [new Uint8Array(maxBatchBytes + 1)],
};

for (const [name, payloads] of Object.entries(FORGED_PAYLOADS)) {
  t.test(`nothing is stored of a forged block with ${name}`, async (t) => {
    const source = await grownOver(t, RECORDS);
    const forged = payloads.map((payload) => source.chain.batchOf(3, payload));
    await source.store.batches.put(forged);
    const refs = forged.map(({ origin, seq, digest }) => ({ origin, seq, digest }));
    let told = 0;
    const lie: Lie = (answer) => {
      if (answer.kind !== 'blocks') return answer;
      told += 1;
      return { ...answer, blocks: answer.blocks.map((block) => ({ ...block, refs })) };
    };
    const node = await asking(t, source, { [HONEST]: honest, [LIAR]: lie });
    await node.store.chain.beginFrom(await node.gathered);
    node.sync.fetchHistory();
    await node.complete;
    t.ok(told > 0, 'the lie was told');
    t.notOk(refs.some((ref) => node.store.batches.has(ref)));
    t.strictSame(node.failures, []);
  });
}

t.test('a node that is asked for what it does not have says nothing', async (t) => {
  const source = await grownOver(t, RECORDS);
  const server = new SnapshotServer(source.store.chain);
  const answers: AnyMessage[] = [];
  for (const epoch of [0, 3, 9, Number.MAX_SAFE_INTEGER]) {
    await server.serve('asker', { kind: 'fetch-snapshot', epoch: asEpoch(epoch) }, (a) => answers.push(a));
    await server.serve('asker', { kind: 'fetch-state-chunk', epoch: asEpoch(epoch), first: 0 }, (a) =>
      answers.push(a),
    );
  }
  await server.serve('asker', { kind: 'fetch-state-chunk', epoch: asEpoch(1), first: 1_000 }, (a) =>
    answers.push(a),
  );
  t.strictSame(answers, []);
  for (const from of [2, 3, Number.MAX_SAFE_INTEGER]) {
    await server.serve('asker', { kind: 'fetch-epochs', from: asEpoch(from) }, (a) => answers.push(a));
    t.match(answers.pop(), { kind: 'epochs', from, ends: { length: 0 } });
  }
});
