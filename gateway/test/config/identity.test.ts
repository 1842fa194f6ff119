import { writeFileSync } from 'node:fs';
import { generateKeyPair, toHex } from '@hufu/crypto';
import t from 'tap';
import { Registration } from '../../src/anchoring/registration.ts';
import { loadIdentity } from '../../src/config/identity.ts';
import { ConfigError } from '../../src/index.ts';
import { gatewayConfig } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

t.test(
  'the key that genesis registers needs no word; another of its suite may have been rotated in',
  async (t) => {
    const network = referenceNetwork('sm2-sm3');
    const config = gatewayConfig(t, network, ['http://127.0.0.1:1']);
    t.strictSame(loadIdentity(config).warnings, []);
    const rotated = generateKeyPair('sm2-sm3');
    writeFileSync(config.keyPath, rotated.privateKeyPem);
    const identity = loadIdentity(config);
    t.match(identity.warnings, [/is not the key that genesis registers/]);
    t.strictSame(identity.signer.publicKey, rotated.publicKey);
  },
);

t.test('a suite stays: a key of another one cannot be the gateway’s', async (t) => {
  const config = gatewayConfig(t, referenceNetwork('sm2-sm3'), ['http://127.0.0.1:1']);
  writeFileSync(config.keyPath, generateKeyPair('ed25519-sha256').privateKeyPem);
  t.throws(() => loadIdentity(config), ConfigError);
});

t.test(
  'a gateway that is registered after the genesis may have a key of any suite of the chain',
  async (t) => {
    const config = { ...gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:1']), gateway: 7 };
    for (const suite of ['ed25519-sha256', 'sm2-sm3'] as const) {
      writeFileSync(config.keyPath, generateKeyPair(suite).privateKeyPem);
      t.equal(loadIdentity(config).signer.suite, suite);
    }
  },
);

t.test('intake is denied only while every node says that another key is registered', async (t) => {
  const network = referenceNetwork();
  const identity = loadIdentity(gatewayConfig(t, network, ['http://127.0.0.1:1']));
  const ours = { index: 0, name: 'gateway', member: 'broker', suite: identity.signer.suite, nextSerial: 0 };
  const own = { ...ours, publicKey: toHex(identity.signer.publicKey) };
  const other = { ...ours, publicKey: '00'.repeat(32) };
  const registration = new Registration(identity, 2);
  t.equal(registration.isDenied, false, 'nobody was asked');
  t.equal(registration.note('a', other), false);
  t.equal(registration.isDenied, false, 'one of two');
  t.equal(registration.note('b', undefined), false);
  t.equal(registration.isDenied, true);
  t.equal(registration.note('a', own), true);
  t.equal(registration.isDenied, false);
});
