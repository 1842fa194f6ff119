import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadIdentity } from '../../src/config/identity.ts';
import type { NodeConfig } from '../../src/config/node-config.ts';
import { createTestNetwork } from '../support/network.ts';

const NETWORK = createTestNetwork(4);

/** The files of validator 2 in a directory of the test's own, and the configuration that names them. */
function writeFiles(t: Test): NodeConfig {
  const directory = t.testdir({ keys: {} });
  const validator = NETWORK.validators[2];
  if (validator === undefined) throw new Error('four validators');
  writeFileSync(join(directory, 'genesis.json'), NETWORK.genesisBytes);
  writeFileSync(join(directory, 'keys/p2p.key'), validator.peerKey, { mode: 0o600 });
  for (const [suite, pem] of validator.pems) {
    writeFileSync(join(directory, `keys/${suite}.pem`), pem, { mode: 0o600 });
  }
  return {
    name: 'ca',
    genesisPath: join(directory, 'genesis.json'),
    keysPath: join(directory, 'keys'),
    dataPath: join(directory, 'data'),
    observer: false,
    p2p: { listen: '/ip4/127.0.0.1/tcp/0', peers: [], observers: [] },
    http: { listen: { host: '127.0.0.1', port: 0 } },
    ops: { listen: { host: '127.0.0.1', port: 0 } },
    log: { level: 'silent' },
  };
}

t.test('a node is told from others by its peer id and its keys, those to rotate to included', async (t) => {
  const config = writeFiles(t);
  const identity = loadIdentity(config);
  t.equal(identity.peerId, NETWORK.validators[2]?.peerId);
  t.equal(identity.keySets.length, 1);
  mkdirSync(join(config.keysPath, 'next'));
  for (const [suite, pem] of NETWORK.validators[1]?.pems ?? []) {
    writeFileSync(join(config.keysPath, `next/${suite}.pem`), pem, { mode: 0o600 });
  }
  const rotating = loadIdentity(config);
  t.strictSame(
    rotating.keySets.map((keys) => keys.map(({ suite, publicKey }) => [suite, publicKey])),
    [2, 1].map((index) =>
      NETWORK.validators[index]?.signers.map(({ suite, publicKey }) => [suite, publicKey]),
    ),
  );
  t.strictSame(identity.warnings, []);
});

t.test('a key file that others can read is a warning', async (t) => {
  const config = writeFiles(t);
  chmodSync(join(config.keysPath, 'sm2-sm3.pem'), 0o644);
  t.match(loadIdentity(config).warnings, [/sm2-sm3\.pem can be read by others \(mode 644\)/]);
});

t.test('keys and genesis that do not belong together are refused, and no error quotes a key', async (t) => {
  const other = createTestNetwork(1).validators[0];
  if (other === undefined) throw new Error('one validator');
  const otherPem = other.pems.get('sm2-sm3') ?? '';
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['keys/p2p.key', new Uint8Array(5), /not an Ed25519 libp2p private key/],
    ['keys/sm2-sm3.pem', otherPem.slice(0, -60), /not an unencrypted sm2-sm3 private key/],
    ['keys/ed25519-sha256.pem', otherPem, /not an unencrypted ed25519-sha256 private key/],
    ['genesis.json', '{}', /genesis-malformed/],
  ];
  for (const [file, content, expected] of cases) {
    const config = writeFiles(t);
    writeFileSync(join(config.keysPath, '..', file), content);
    try {
      loadIdentity(config);
      t.fail(`${file} was accepted`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      t.match(error.problems[0], expected);
      t.notMatch(error.message, /MC4C|MIGH|MHc|BEGIN/);
    }
  }
});

t.test('a missing file is named', async (t) => {
  const config = { ...writeFiles(t), keysPath: '/nonexistent' };
  mkdirSync(config.dataPath);
  t.throws(() => loadIdentity(config), new ConfigError('/nonexistent/p2p.key', ['the file cannot be read']));
});
