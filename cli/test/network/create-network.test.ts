import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, loadSigner, SUITE_NAMES, toHex } from '@hufu/crypto';
import { loadGatewayConfig } from '@hufu/gateway';
import { loadNodeConfig } from '@hufu/node';
import { parseGenesis } from '@hufu/proof';
import t from 'tap';
import { createNetwork, writeConfigs } from '../../src/network/create-network.ts';
import type { NetworkLayout } from '../../src/network/layout.ts';
import { portPlan } from '../../src/network/ports.ts';

const CREATED_AT = new Date('2026-11-21T00:00:00.000Z');

function create(directory: string, nodes: number, hosts?: readonly string[]): NetworkLayout {
  const plan = { directory, name: 'test', nodes, ports: portPlan(20_000, nodes), createdAt: CREATED_AT };
  return createNetwork(hosts === undefined ? plan : { ...plan, hosts });
}

t.test('the genesis is valid and names exactly the keys on disk', async (t) => {
  for (const nodes of [1, 4, 7]) {
    const layout = create(join(t.testdir({}), 'net'), nodes);
    const parsed = parseGenesis(readFileSync(layout.genesisPath));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const { genesis } = parsed.value;
    t.equal(genesis.validators.length, nodes);
    for (const { member, keys } of genesis.validators) {
      for (const suite of SUITE_NAMES) {
        const path = layout.node(member).suiteKeyPath(suite);
        const signer = loadSigner(suite, readFileSync(path, 'utf8'));
        t.equal(toHex(signer.publicKey), keys[suite], `${member} ${suite}`);
      }
    }
    const [gateway] = genesis.gateways;
    if (gateway === undefined) throw new Error('no gateway');
    const pem = readFileSync(layout.gateway.suiteKeyPath(gateway.suite), 'utf8');
    t.strictSame(loadSigner(gateway.suite, pem).publicKey, fromHex(gateway.publicKey), 'gateway key');
  }
});

t.test('private keys can be read by their owner only', async (t) => {
  const layout = create(join(t.testdir({}), 'net'), 4);
  const folders = ['broker', 'exchange-infra', 'ca', 'notary'].map((name) => layout.node(name).keysPath);
  for (const folder of [...folders, join(layout.gateway.directory, 'keys')]) {
    const files = readdirSync(folder).map((name) => join(folder, name));
    t.ok(files.length > 0);
    for (const path of files) t.equal(statSync(path).mode & 0o777, 0o600, path);
  }
});

t.test('every process accepts its configuration, and peers know each other by peer id', async (t) => {
  const layout = create(join(t.testdir({}), 'net'), 4, ['a.example', '10.0.0.2', '::3', 'd.example']);
  const config = loadNodeConfig(layout.node('exchange-infra').configPath);
  t.equal(config.genesisPath, layout.genesisPath);
  t.equal(config.keysPath, layout.node('exchange-infra').keysPath);
  t.equal(config.p2p.listen, '/ip4/0.0.0.0/tcp/20202', 'reached from outside when hosts are named');
  t.equal(config.http.listen.host, '127.0.0.1', 'HTTP stays local');
  const genesis = parseGenesis(readFileSync(layout.genesisPath));
  const peerIds = genesis.ok ? genesis.value.genesis.validators.map(({ peerId }) => peerId) : [];
  t.strictSame(config.p2p.peers, [
    { peerId: peerIds[0], multiaddr: '/dns/a.example/tcp/20201' },
    { peerId: peerIds[2], multiaddr: '/ip6/::3/tcp/20203' },
    { peerId: peerIds[3], multiaddr: '/dns/d.example/tcp/20204' },
  ]);
  const gateway = loadGatewayConfig(layout.gateway.configPath);
  t.equal(gateway.genesisPath, layout.genesisPath);
  t.equal(gateway.apiKeyPath, layout.gateway.apiKeyPath);
  t.strictSame(gateway.nodes, [
    'http://127.0.0.1:20001', // on the same host
    'http://10.0.0.2:20002',
    'http://[::3]:20003',
    'http://d.example:20004',
  ]);
});

t.test('other ports change the configurations and nothing else', async (t) => {
  const layout = create(join(t.testdir({}), 'net'), 4);
  const genesisBytes = readFileSync(layout.genesisPath);
  const parsed = parseGenesis(genesisBytes);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  writeConfigs(layout, parsed.value.genesis, { ports: portPlan(30_000, 4) });
  t.equal(loadNodeConfig(layout.node('ca').configPath).http.listen.port, 30_003);
  t.equal(loadGatewayConfig(layout.gateway.configPath).http.listen.port, 30_000);
  t.strictSame(readFileSync(layout.genesisPath), genesisBytes);
});

t.test('keys are never overwritten, and an interrupted creation is begun anew', async (t) => {
  const parent = t.testdir({});
  const directory = join(parent, 'net');
  const layout = create(directory, 4);
  const key = readFileSync(layout.node('ca').peerKeyPath);
  t.throws(() => create(directory, 4), { code: 'directory-not-empty' });
  t.strictSame(readFileSync(layout.node('ca').peerKeyPath), key);

  // What a kill in the middle leaves is a draft beside the target, which the next run replaces.
  mkdirSync(join(parent, '.other.partial'));
  writeFileSync(join(parent, '.other.partial', 'genesis.json'), 'half');
  create(join(parent, 'other'), 4);
  t.notOk(existsSync(join(parent, '.other.partial')));
});
