import { loadSigner, SUITE_NAMES } from '@hufu/crypto';
import t, { type Test } from 'tap';
import { BlockServer } from '../../src/replica/block-server.ts';
import { systemClock } from '../../src/replica/environment.ts';
import { Ingress } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { openStore } from '../../src/store/index.ts';
import type { Envelope } from '../../src/wire/index.ts';
import { actionOf } from '../support/governance.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { applyItems, type Grown, openEmpty } from '../support/three-epochs.ts';

const SELF = 3;

function nth<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`${index}`);
  return item;
}

/** A validator cut off from all but one, which tells it how the first epoch ended. */
async function cutOff(t: Test, source: Grown) {
  const { chain } = source;
  const store = await openStore({
    directory: await temporaryDirectory(t),
    genesisBytes: chain.genesisBytes,
  });
  const { validators } = store.chain.state.registry;
  const teller = nth(validators, 1).peerId;
  const server = new BlockServer(source.store);
  const failures: unknown[] = [];
  const newEpoch = Promise.withResolvers<void>();
  const send = (to: readonly string[], { epoch, message }: Envelope): void => {
    if (!to.includes(teller)) return;
    const reply = (answer: Envelope['message']): void => {
      setImmediate(() => replica.onMessage(teller, { epoch, message: answer }, 100));
    };
    if (message.kind === 'fetch-blocks') void server.serveBlocks(teller, message.fromHeight, reply);
    if (message.kind === 'fetch-batch') void server.serveBatch(teller, message.ref, reply);
  };
  const replica: Replica = new Replica({
    store,
    clock: systemClock,
    network: { meet: () => {}, pauseBulk: () => {}, send },
    keys: {
      peerId: nth(validators, SELF).peerId,
      keySets: [SUITE_NAMES.map((suite, i) => loadSigner(suite, nth(nth(chain.keys.validators, SELF), i)))],
    },
    reasonToObserve: () => undefined,
    observer: {
      onEpoch: (epoch) => {
        ingress.reopen();
        if (epoch === 1) newEpoch.resolve();
      },
      onReport: () => {},
      onApplied: (blocks) => ingress.applied(blocks),
      onHistory: () => {},
      onOwnBatchStored: (payload) => ingress.stored(payload),
      onOwnBatchLost: (payload, prepared) => ingress.lost(payload, prepared),
      onTurn: () => {},
      onFailure: (error) => failures.push(error),
    },
  });
  const ingress: Ingress = new Ingress({
    clock: systemClock,
    state: () => store.chain.state,
    checkSignature: replica.checkSignature,
    disseminate: (payload, prepared) => replica.disseminate(payload, prepared),
  });
  await replica.start();
  t.teardown(async () => {
    await replica.stop();
    await store.close();
  });
  const { executed, finalization } = nth(source.applied, 0);
  const endEpoch = (): Promise<void> => {
    const { epoch } = executed.state;
    const status = { kind: 'status', view: finalization.view, finalization } as const;
    replica.onPeerConnected(teller);
    replica.onMessage(teller, { epoch, message: status }, 100);
    return newEpoch.promise;
  };
  return { store, ingress, failures, endEpoch };
}

t.test('what was accepted in a batch that the next epoch has no room for is taken again', async (t) => {
  const source = await openEmpty(t, 1);
  t.teardown(() => source.store.close());
  const { chain } = source;
  const maxBatchBytes = 655_368;
  const { parameters } = chain.state.registry;
  await applyItems(source, actionOf(chain, { parameters: { ...parameters, maxBatchBytes } }));
  const { store, ingress, failures, endEpoch } = await cutOff(t, source);
  // The first leaves at once; the others share a batch.
  const items = [chain.submission(1, 0, 1), chain.submission(1, 1, 4_800), chain.submission(1, 4_801, 4_800)];
  const outcomes = await Promise.all(items.map((item) => ingress.submit(item)));
  t.ok(outcomes.every(({ ok }) => ok));
  await endEpoch();
  t.equal(store.chain.state.tip.height, 1);
  const again = await Promise.all(items.map((item) => ingress.submit(item)));
  t.ok(again.every(({ ok }) => ok));
  const { batches } = await store.recovery();
  const bodies = await Promise.all(batches.map((batch) => store.batches.get(batch)));
  for (const [i, item] of items.entries()) {
    const isHeld = bodies.some((body) => Buffer.from(body?.payload ?? []).includes(Buffer.from(item)));
    t.ok(isHeld, `submission ${i} is in a batch of the new epoch`);
  }
  t.strictSame(failures, []);
});
