import type { Message } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import t, { type Test } from 'tap';
import type { ChainStore, Store } from '../../src/store/types.ts';
import type { AnyMessage, LoggedRecord } from '../../src/wire/index.ts';
import { createTestNetwork } from '../support/network.ts';
import { type Host, type HostOptions, ReplicaWorld } from '../support/replica-world.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

const NETWORK = createTestNetwork(4);

async function startFour(
  t: Test,
  optionsOf: (index: number) => HostOptions = () => ({}),
): Promise<{ world: ReplicaWorld; hosts: Host[] }> {
  const world = new ReplicaWorld(NETWORK, t.testdir());
  t.teardown(() => world.stopAll());
  const hosts: Host[] = [];
  for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index, optionsOf(index)));
  return { world, hosts };
}

function nth(hosts: readonly Host[], index: number): Host {
  const host = hosts[index];
  if (host === undefined) throw new Error(`no host ${index}`);
  return host;
}

/** The store with something done around what its log and its batches are asked to keep. */
function withLog(store: Store, append: (records: readonly LoggedRecord[]) => Promise<void>): Store {
  return {
    condition: store.condition,
    parts: store.parts,
    log: { append },
    batches: store.batches,
    chain: store.chain,
    recovery: () => store.recovery(),
    sizes: () => store.sizes(),
    close: () => store.close(),
  };
}

t.test('what any of four replicas takes becomes final on all, in one order', async (t) => {
  const { world, hosts } = await startFour(t);
  t.ok((await nth(hosts, 0).submit(0, 100)).ok);
  await world.until(() => hosts.every(({ logSize }) => logSize === 100));
  t.ok((await nth(hosts, 2).submit(100, 50)).ok);
  await world.until(() => hosts.every(({ logSize }) => logSize === 150));
  const roots = await Promise.all(hosts.map(({ store }) => store.chain.rootsAt(150)));
  t.equal(new Set(roots.map((perSuite) => perSuite?.map(toHex).join())).size, 1);
});

t.test('duty 3: no vote leaves before the log holds it durably', async (t) => {
  const durable = new Set<string>();
  const early: string[] = [];
  const keyOf = (kind: string, view: number): string => `${kind} ${view}`;
  const { world, hosts } = await startFour(t, (index) =>
    index !== 1
      ? {}
      : {
          wrapStore: (store) =>
            withLog(store, async (records) => {
              await store.log.append(records);
              for (const { record } of records) {
                if (record.type === 'vote') durable.add(keyOf(record.vote.kind, record.vote.view));
                if (record.type === 'own-proposal') durable.add(keyOf('proposal', record.proposal.view));
              }
            }),
          onSend: (message) => {
            if (!isOwnSignature(message, 1)) return;
            const key = keyOf(message.kind, message.view);
            if (!durable.has(key)) early.push(key);
          },
        },
  );
  for (let serial = 0; serial < 200; serial += 20) {
    await nth(hosts, serial % 80 === 0 ? 1 : 0).submit(serial, 20);
    await world.until(() => hosts.every(({ logSize }) => logSize === serial + 20));
  }
  t.strictSame(early, []);
  t.ok(durable.size > 20, `${durable.size} own messages were seen`);
});

function isOwnSignature(message: AnyMessage, index: number): message is Extract<Message, { view: number }> {
  switch (message.kind) {
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return message.signer === index;
    case 'proposal':
      // A proposal that is passed on is another leader's.
      return message.view % 4 === index;
    default:
      return false;
  }
}

t.test('duty 2: no batch is acknowledged before it is durable', async (t) => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const acked: number[] = [];
  const { world, hosts } = await startFour(t, (index) =>
    index !== 3
      ? {}
      : {
          wrapStore: (store) => ({
            ...withLog(store, (records) => store.log.append(records)),
            batches: {
              has: (ref) => store.batches.has(ref),
              get: (ref) => store.batches.get(ref),
              put: async (batches) => {
                await held;
                await store.batches.put(batches);
              },
            },
          }),
          onSend: (message) => {
            if (message.kind === 'acks') acked.push(message.held[0]?.next ?? 0);
          },
        },
  );
  await nth(hosts, 0).submit(0, 10);
  await world.until(() => hosts.slice(0, 3).every(({ logSize }) => logSize === 10));
  t.ok(acked.every((next) => next === 0));
  release();
  await world.until(() => nth(hosts, 3).logSize === 10);
});

t.test('a log that fails stops the replica before anything more leaves', async (t) => {
  let broken = false;
  let failed = false;
  let sentAfter = 0;
  const { world, hosts } = await startFour(t, (index) =>
    index !== 2
      ? {}
      : {
          wrapStore: (store) =>
            withLog(store, async (records) => {
              if (!broken) return store.log.append(records);
              failed = true;
              throw new Error('disk full');
            }),
          onSend: () => {
            if (failed) sentAfter += 1;
          },
        },
  );
  await nth(hosts, 0).submit(0, 10);
  await world.until(() => hosts.every(({ logSize }) => logSize === 10));
  broken = true;
  await nth(hosts, 0).submit(10, 10);
  await world.until(() => nth(hosts, 2).failures.length === 1);
  t.match(nth(hosts, 2).failures[0], { message: 'disk full' });
  const others = [0, 1, 3].map((index) => nth(hosts, index));
  await world.until(() => others.every(({ logSize }) => logSize === 20));
  t.equal(sentAfter, 0);
});

t.test('an observer follows and signs nothing', async (t) => {
  const signed: string[] = [];
  const { world, hosts } = await startFour(t, (index) =>
    index !== 1
      ? {}
      : {
          mayVote: false,
          onSend: (message) => {
            if (isOwnSignature(message, 1) || message.kind === 'batch') signed.push(message.kind);
          },
        },
  );
  await nth(hosts, 0).submit(0, 30);
  await world.until(() => hosts.every(({ logSize }) => logSize === 30));
  t.strictSame(signed, []);
});

t.test('a replica that was away catches up from the others, bodies included', async (t) => {
  const { world, hosts } = await startFour(t);
  await world.stop(3);
  const present = hosts.slice(0, 3);
  for (let serial = 0; serial < 1000; serial += 100) {
    await nth(hosts, 0).submit(serial, 100);
    await world.until(() => present.every(({ logSize }) => logSize === serial + 100));
  }
  const late = await world.start(3);
  await world.until(() => late.logSize === 1000);
  t.strictSame(await late.store.chain.rootsAt(1000), await nth(hosts, 0).store.chain.rootsAt(1000));
  t.strictSame(late.failures, []);
});

t.test('replicas stopped and started again go on with what was accepted', async (t) => {
  const world = new ReplicaWorld(NETWORK, t.testdir());
  t.teardown(() => world.stopAll());
  let serial = 0;
  for (let round = 0; round < 3; round += 1) {
    const hosts: Host[] = [];
    for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
    // What was accepted before the stop needs nobody to send it again.
    await world.until(() => hosts.every(({ logSize }) => logSize === serial));
    t.ok((await nth(hosts, round).submit(serial, 10)).ok);
    serial += 10;
    await world.stopAll();
  }
});

/** The chain with something done around what it is asked to apply. */
function withApply(store: Store, apply: ChainStore['apply']): Store {
  const chain = new Proxy(store.chain, {
    get(target, key) {
      if (key === 'apply') return apply;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...withLog(store, (records) => store.log.append(records)), chain };
}

t.test('duty 6: what became final while the disk was busy is applied as one', async (t) => {
  const disk = Promise.withResolvers<void>();
  const applied: (readonly number[])[] = [];
  const { world, hosts } = await startFour(t, (index) =>
    index !== 3
      ? {}
      : {
          wrapStore: (store) =>
            withApply(store, async (blocks, finalization) => {
              applied.push(blocks.map(({ block }) => block.height));
              await disk.promise;
              await store.chain.apply(blocks, finalization);
            }),
        },
  );
  const others = hosts.slice(0, 3);
  for (let serial = 0; serial < 100; serial += 10) {
    await nth(hosts, 0).submit(serial, 10);
    await world.until(() => others.every(({ logSize }) => logSize === serial + 10));
  }
  t.equal(applied.length, 1, 'the first waits for the disk');
  disk.resolve();
  await world.until(() => nth(hosts, 3).logSize === 100);
  const heights = applied.flat();
  t.strictSame(
    heights,
    heights.map((_, i) => i + 1),
  );
  t.ok(applied.length < heights.length / 2, `${heights.length} blocks in ${applied.length} writes`);
  t.strictSame(nth(hosts, 3).failures, []);
});
