import t from 'tap';
import { BlockServer } from '../../src/replica/block-server.ts';
import { systemClock } from '../../src/replica/environment.ts';
import { Replica } from '../../src/replica/replica.ts';
import { openStore } from '../../src/store/index.ts';
import { SnapshotServer } from '../../src/sync/snapshot-server.ts';
import { type AnyMessage, type Envelope, isSyncMessage } from '../../src/wire/index.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { ENDS, grownOver } from '../support/three-epochs.ts';

const LAGGING = 'lagging';
const HONEST = 'honest';

/** As of a peer that has seen the end of the first epoch only. */
function firstEndOnly(answer: AnyMessage): AnyMessage {
  if (answer.kind !== 'epochs') return answer;
  return { ...answer, ends: answer.from === 0 ? answer.ends.slice(0, 1) : [] };
}

t.test('a snapshot offered while blocks before the first are missing is left alone', async (t) => {
  const source = await grownOver(t);
  const store = await openStore({
    directory: await temporaryDirectory(t),
    genesisBytes: source.chain.genesisBytes,
  });
  const blocks = new BlockServer(source.store);
  const snapshots = new SnapshotServer(source.store.chain);
  const failed = Promise.withResolvers<never>();
  const complete = Promise.withResolvers<void>();
  /** The newest epoch's snapshot has been given whole; blocks are given only then. */
  const given = Promise.withResolvers<void>();
  let leafCount = Number.POSITIVE_INFINITY;
  const note = (answer: AnyMessage): void => {
    if (answer.kind === 'snapshot' && answer.epoch === ENDS.length) leafCount = answer.leafCount;
    if (answer.kind !== 'state-chunk' || answer.epoch !== ENDS.length) return;
    if (answer.first + answer.leaves.length >= leafCount) given.resolve();
  };
  const send = (to: readonly string[], { epoch, message }: Envelope): void => {
    for (const peer of to) {
      const reply = (answer: AnyMessage): void => {
        const told = peer === LAGGING ? firstEndOnly(answer) : answer;
        setImmediate(() => {
          replica.onMessage(peer, { epoch, message: told }, 100);
          note(told);
        });
      };
      if (isSyncMessage(message)) void snapshots.serve(peer, message, reply);
      if (message.kind !== 'fetch-blocks' && message.kind !== 'fetch-batch') continue;
      void given.promise.then(() =>
        message.kind === 'fetch-blocks'
          ? blocks.serveBlocks(peer, message.fromHeight, reply)
          : blocks.serveBatch(peer, message.ref, reply),
      );
    }
  };
  const replica: Replica = new Replica({
    store,
    clock: systemClock,
    network: { meet: () => {}, pauseBulk: () => {}, send },
    keys: { peerId: 'nobody', keySets: [] },
    reasonToObserve: () => 'the test says so',
    observer: {
      onEpoch: () => {},
      onReport: () => {},
      onApplied: () => {},
      onHistory: () => {
        if (store.chain.history === null) complete.resolve();
      },
      onOwnBatchStored: () => {},
      onOwnBatchLost: () => {},
      onTurn: () => {},
      onFailure: (error) => failed.reject(error),
    },
  });
  await replica.start();
  t.teardown(async () => {
    await replica.stop();
    await store.close();
  });
  replica.onPeerConnected(LAGGING);
  replica.onPeerConnected(HONEST);
  await Promise.race([complete.promise, failed.promise]);
  const { tip } = store.chain.state;
  t.strictSame(await store.chain.block(1), await source.store.chain.block(1));
  t.strictSame(await store.chain.block(tip.height), await source.store.chain.block(tip.height));
});
