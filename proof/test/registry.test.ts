import t from 'tap';
import {
  checkRegistry,
  findBrokenSuccession,
  findContradiction,
  registryValidatorSet,
} from '../src/registry.ts';
import { must } from './must.ts';
import { firstEpoch, secondEpoch, thirdEpoch } from './network/test-epochs.ts';
import { testNetwork } from './network/test-network.ts';

const EPOCH_0 = firstEpoch(testNetwork());
const EPOCH_1 = secondEpoch(EPOCH_0);
const EPOCH_2 = thirdEpoch(EPOCH_1);
const { suites } = EPOCH_0.genesis;

t.test('the registries of a chain contradict neither themselves nor the one before', async (t) => {
  for (const { registry } of [EPOCH_0, EPOCH_1, EPOCH_2])
    t.equal(findContradiction(suites, registry), undefined);
  t.equal(findBrokenSuccession(EPOCH_0.registry, EPOCH_1.registry), undefined);
  t.equal(findBrokenSuccession(EPOCH_1.registry, EPOCH_2.registry), undefined);
});

t.test('a gateway keeps index, name, member and suite; its key may change', async (t) => {
  const { registry } = EPOCH_1;
  const [first, second] = [must(registry.gateways[0]), must(registry.gateways[1])];
  const broken = (...gateways: (typeof first)[]): string | undefined =>
    findBrokenSuccession(registry, { ...registry, gateways });
  t.equal(broken(first, { ...second, publicKey: 'other' }), undefined);
  t.equal(broken(first, second, { ...second, index: 2, name: 'third' }), undefined);
  t.equal(broken(first), 'gateway broker-2-gateway is missing');
  for (const change of [{ name: 'x' }, { member: 'notary' }, { suite: 'sm2-sm3' as const }]) {
    t.equal(
      broken(first, { ...second, ...change }),
      'gateway broker-2-gateway: another name, member or suite',
    );
  }
});

t.test('the validator set of an epoch has the keys in the order of the suites', async (t) => {
  const set = registryValidatorSet(1, suites, EPOCH_1.registry);
  t.equal(set.epoch, 1);
  t.strictSame(
    set.validators.map(({ name }) => name),
    ['broker', 'exchange-infra', 'ca', 'notary', 'broker-2'],
  );
  const keys = suites.map((suite) => must(EPOCH_1.keys[4]).publicKey(suite));
  t.strictSame(must(set.validators[4]).keys, keys);
});

t.test('a registry that no document could state is refused', async (t) => {
  const { registry } = EPOCH_1;
  const { parameters } = registry;
  const [member, ...others] = [must(registry.members[0]), ...registry.members.slice(1)];
  t.strictSame(checkRegistry(suites, registry), { ok: true, value: registry });
  for (const [change, remark] of [
    [{ members: [] }, '/members: not an array of 1…256'],
    [{ members: [{ ...member, name: 'No Name' }, ...others] }, /^\/members\/0\/name: /],
    [{ parameters: { ...parameters, minDeltaMs: 0 } }, '/parameters/minDeltaMs: not an integer 1…3600000'],
    [{ parameters: { ...parameters, minDeltaMs: 3, maxDeltaMs: 2 } }, 'minDeltaMs is above maxDeltaMs'],
  ] as const) {
    t.match(checkRegistry(suites, { ...registry, ...change }), { ok: false, error: remark });
  }
});
