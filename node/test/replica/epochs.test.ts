import { generateKeyPair, loadSigner, type Signer, SUITE_NAMES, toHex } from '@hufu/crypto';
import { decodeEntry, type GenesisValidator, isGovernanceItem, type Registry, verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { enterEpoch } from '../../src/ledger/index.ts';
import { actionOf } from '../support/governance.ts';
import { createTestNetwork, createValidator, registered, type TestValidator } from '../support/network.ts';
import { type Host, ReplicaWorld } from '../support/replica-world.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

const NETWORK = createTestNetwork(4);
const JOINER = createValidator(4);
const JOINER_MEMBER = { name: JOINER.name, organisation: '组织 4', roles: ['notary' as const] };

function newSigners(): readonly Signer[] {
  return SUITE_NAMES.map((suite) => loadSigner(suite, generateKeyPair(suite).privateKeyPem));
}

async function start(t: Test, others: readonly TestValidator[] = []): Promise<ReplicaWorld> {
  const world = new ReplicaWorld(NETWORK, t.testdir(), others);
  t.teardown(() => world.stopAll());
  return world;
}

function nth<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`${index}`);
  return item;
}

const SIGNERS = [...NETWORK.validators, JOINER].flatMap(({ signers }) => signers);

/** Hands a host an action that changes the registry of its epoch, signed by all who must. */
async function govern(host: Host, changed: Partial<Registry>, more: readonly Signer[] = []): Promise<void> {
  const keys = new Map([...SIGNERS, ...more].map((signer) => [toHex(signer.publicKey), signer]));
  const sign = (validator: GenesisValidator, messages: readonly Uint8Array[]) =>
    SUITE_NAMES.map((suite, i) => {
      const signer = keys.get(validator.keys[suite] ?? '');
      if (signer === undefined) throw new Error(`no ${suite} key of ${validator.member}`);
      return signer.sign(nth(messages, i));
    });
  const outcome = await host.ingress.submitGovernance(
    actionOf({ state: host.store.chain.state, sign }, changed),
  );
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
}

/** The serials of gateway 0 in log order; actions are left out. */
async function serialsOf({ store, logSize }: Host): Promise<readonly number[]> {
  const entries = await store.chain.entries(0, logSize);
  return entries.flatMap(({ bytes }) => {
    if (isGovernanceItem(bytes)) return [];
    const entry = decodeEntry(bytes);
    return entry.ok ? [entry.value.serial] : [];
  });
}

function isEverywhere(hosts: readonly Host[], epoch: number, logSize: number): boolean {
  return hosts.every((host) => host.epoch === epoch && host.logSize === logSize);
}

async function checkEqual(t: Test, hosts: readonly Host[], records: number): Promise<void> {
  const expected = Array.from({ length: records }, (_, serial) => serial);
  for (const host of hosts) {
    t.strictSame(await serialsOf(host), expected, `node ${host.index}: every record once, in order`);
    t.strictSame(host.failures, []);
  }
  const tips = hosts.map(({ store }) => store.chain.state.tip.digests.map(toHex).join());
  t.equal(new Set(tips).size, 1, 'one chain');
}

/** The next serial of gateway 0. */
function serialAfter({ store }: Host): number {
  return store.chain.state.gateways[0]?.nextSerial ?? 0;
}

function registryOf({ store }: Host): Registry {
  return enterEpoch(store.chain.state).registry;
}

t.test(
  'submissions on their way when an epoch ends become final, once, in this epoch or the next',
  async (t) => {
    const world = await start(t);
    const hosts: Host[] = [];
    for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
    const first = nth(hosts, 0);
    let serial = 0;
    for (let epoch = 1; epoch <= 3; epoch++) {
      const submitting: Promise<unknown>[] = [];
      for (let i = 0; i < 20; i++, serial += 5) {
        submitting.push(first.submit(serial, 5));
        if (i === 10)
          submitting.push(govern(nth(hosts, epoch), { parameters: registryOf(first).parameters }));
      }
      await Promise.all(submitting);
      await world.until(() => isEverywhere(hosts, epoch, serial + epoch));
    }
    await checkEqual(t, hosts, serial);
    const trust = { genesis: NETWORK.genesisBytes };
    for (const index of [0, first.logSize - 1]) {
      const bundle = await first.store.chain.bundle(index);
      t.equal(verify(bundle ?? new Uint8Array(0), { trust }).conclusion, 'passed');
    }
  },
);

t.test('a node that follows from outside becomes a validator with the epoch that names it', async (t) => {
  const world = await start(t, [JOINER]);
  const hosts: Host[] = [];
  for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
  const first = nth(hosts, 0);
  await first.submit(0, 30);
  await world.until(() => isEverywhere(hosts, 0, 30));
  const joiner = await world.start(4);
  t.match(joiner.place, { kind: 'none', reason: 'this node is not a validator of epoch 0' });
  await world.until(() => joiner.logSize === 30);
  await first.submit(30, 10);
  await world.until(() => joiner.logSize === 40);
  const { members, validators } = registryOf(first);
  await govern(first, {
    members: [...members, JOINER_MEMBER],
    validators: [...validators, registered(JOINER)],
  });
  hosts.push(joiner);
  await world.until(() => isEverywhere(hosts, 1, 41));
  t.match(joiner.place, { kind: 'validator', index: 4 });
  // Of five validators four must vote: with one of the old ones gone the new one is needed.
  await world.stop(1);
  t.match(await joiner.submit(40, 10), { ok: true });
  const there = hosts.filter(({ index }) => index !== 1);
  await world.until(() => isEverywhere(there, 1, 51));
  await checkEqual(t, there, 50);
});

t.test('a validator whose keys are rotated votes with the new ones, without a restart', async (t) => {
  const world = await start(t);
  const rotated = newSigners();
  const hosts: Host[] = [];
  for (const index of [0, 1, 2, 3]) {
    hosts.push(await world.start(index, index === 2 ? { nextSigners: rotated } : {}));
  }
  const first = nth(hosts, 0);
  await first.submit(0, 10);
  await world.until(() => isEverywhere(hosts, 0, 10));
  const keys = Object.fromEntries(rotated.map(({ suite, publicKey }) => [suite, toHex(publicKey)]));
  const validators = registryOf(first).validators.map((validator, i) =>
    i === 2 ? { ...validator, keys } : validator,
  );
  await govern(first, { validators }, rotated);
  await world.until(() => isEverywhere(hosts, 1, 11));
  // Now its vote is needed.
  await world.stop(3);
  await first.submit(10, 10);
  const there = hosts.slice(0, 3);
  await world.until(() => isEverywhere(there, 1, 21));
  await checkEqual(t, there, 20);
});

t.test('a validator that was away while epochs ended catches up through each of them', async (t) => {
  const world = await start(t);
  const hosts: Host[] = [];
  for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
  const first = nth(hosts, 0);
  await first.submit(0, 10);
  await world.until(() => isEverywhere(hosts, 0, 10));
  await world.stop(3);
  const there = hosts.slice(0, 3);
  for (let epoch = 1; epoch <= 3; epoch++) {
    await govern(first, { parameters: registryOf(first).parameters });
    await first.submit(10 * epoch, 10);
    await world.until(() => isEverywhere(there, epoch, 10 + 11 * epoch));
  }
  const late = await world.start(3);
  await world.until(() => isEverywhere([late], 3, 43));
  await world.stop(2);
  await late.submit(40, 10);
  const now = [first, nth(hosts, 1), late];
  await world.until(() => isEverywhere(now, 3, 53));
  await checkEqual(t, now, 50);
});

for (const place of ['an observer', 'a validator']) {
  t.test(`${place} with an empty disk begins with the newest epoch, then fetches the past`, async (t) => {
    const world = await start(t, [JOINER]);
    const hosts: Host[] = [];
    for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
    const first = nth(hosts, 0);
    if (place === 'a validator') {
      await first.submit(0, 10);
      await world.until(() => isEverywhere(hosts, 0, 10));
      const { members, validators } = registryOf(first);
      await govern(first, {
        members: [...members, JOINER_MEMBER],
        validators: [...validators, registered(JOINER)],
      });
      await world.until(() => isEverywhere(hosts, 1, 11));
    }
    const before = first.epoch;
    let serial = serialAfter(first);
    for (let epoch = before + 1; epoch <= 3; epoch++, serial += 200) {
      await first.submit(serial, 200);
      await govern(first, { parameters: registryOf(first).parameters });
      await world.until(() => isEverywhere(hosts, epoch, serial + 200 + epoch));
    }
    const asked: string[] = [];
    const joiner = await world.start(4, { onSend: ({ kind }) => asked.push(kind) });
    await world.until(() => joiner.epoch === 3);
    t.ok(asked.includes('fetch-state-chunk'));
    await first.submit(serial, 50);
    await world.until(() => isEverywhere([...hosts, joiner], 3, serial + 50 + 3));
    await world.until(() => joiner.store.chain.history === null);
    await checkEqual(t, [...hosts, joiner], serial + 50);
    t.match(joiner.place, { kind: place === 'a validator' ? 'validator' : 'none' });
    t.strictSame(
      await joiner.store.chain.blocks(undefined, 999),
      await first.store.chain.blocks(undefined, 999),
    );
    const bundle = await joiner.store.chain.bundle(joiner.logSize - 1);
    const report = verify(bundle ?? new Uint8Array(0), { trust: { genesis: NETWORK.genesisBytes } });
    t.equal(report.conclusion, 'passed');
  });
}

t.test('a validator that is removed follows on and signs nothing more', async (t) => {
  const world = await start(t);
  const hosts: Host[] = [];
  for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
  const first = nth(hosts, 0);
  const last = nth(hosts, 3);
  await first.submit(0, 10);
  await world.until(() => isEverywhere(hosts, 0, 10));
  await govern(first, { validators: registryOf(first).validators.slice(0, 3) });
  await world.until(() => isEverywhere(hosts, 1, 11));
  t.match(last.place, { kind: 'none' });
  t.match(await last.submit(10, 5), { ok: false, code: 'overloaded' });
  await first.submit(10, 10);
  await world.until(() => isEverywhere(hosts, 1, 21));
  await checkEqual(t, hosts, 20);
});

t.test('all stop when an epoch has ended, and go on in the next', async (t) => {
  const world = await start(t);
  const hosts: Host[] = [];
  for (const index of [0, 1, 2, 3]) hosts.push(await world.start(index));
  const first = nth(hosts, 0);
  await first.submit(0, 10);
  await govern(first, { parameters: registryOf(first).parameters });
  await world.until(() => isEverywhere(hosts, 1, 11));
  await world.stopAll();
  const again: Host[] = [];
  for (const index of [0, 1, 2, 3]) again.push(await world.start(index));
  t.ok(again.every(({ epoch }) => epoch === 1));
  await nth(again, 1).submit(10, 10);
  await world.until(() => isEverywhere(again, 1, 21));
  await checkEqual(t, again, 20);
});
