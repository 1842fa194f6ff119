import { generateKeyPairSync } from 'node:crypto';
import smCrypto from 'sm-crypto';
import t from 'tap';
import {
  fromHex,
  generateKeyPair,
  loadSigner,
  publicKeyToPem,
  SUITE_NAMES,
  type SuiteName,
  toHex,
  utf8,
} from '../src/index.node.ts';
import { openssl } from './openssl.ts';
import { PLATFORMS } from './platforms.ts';

/** How stock openssl is told to sign (`-sign key.pem`) or verify: the commands of the court package. */
const SM2_OPTIONS = ['-sigopt', 'distid:1234567812345678'];
const MESSAGE = utf8('hufu/finalize/v1\0 存证');

function opensslVerifies(
  suite: SuiteName,
  publicKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): boolean {
  const files = { 'public.pem': publicKeyToPem(suite, publicKey), signature, message };
  const sm2 = ['dgst', '-sm3', '-verify', 'public.pem', ...SM2_OPTIONS, '-signature', 'signature', 'message'];
  const ed25519 = 'pkeyutl -verify -pubin -inkey public.pem -rawin -in message -sigfile signature'.split(' ');
  return openssl(suite === 'sm2-sm3' ? sm2 : ed25519, files).status === 0;
}

function opensslSigns(suite: SuiteName, privateKeyPem: string, message: Uint8Array): Uint8Array {
  const sm2 = ['dgst', '-sm3', '-sign', 'private.pem', ...SM2_OPTIONS, 'message'];
  const ed25519 = 'pkeyutl -sign -inkey private.pem -rawin -in message'.split(' ');
  return openssl(suite === 'sm2-sm3' ? sm2 : ed25519, { 'private.pem': privateKeyPem, message }).stdout;
}

for (const suite of SUITE_NAMES) {
  t.test(`${suite}: stock openssl verifies what we sign, and nothing else`, async (t) => {
    for (let i = 0; i < 5; i++) {
      const signer = loadSigner(suite, generateKeyPair(suite).privateKeyPem);
      const signature = signer.sign(MESSAGE);
      t.ok(opensslVerifies(suite, signer.publicKey, signature, MESSAGE));
      t.notOk(opensslVerifies(suite, signer.publicKey, signature, utf8('another')));
    }
  });

  t.test(`${suite}: both platforms verify what stock openssl signs with our key`, async (t) => {
    const { privateKeyPem, publicKey } = generateKeyPair(suite);
    const signature = opensslSigns(suite, privateKeyPem, MESSAGE);
    for (const { platform, api } of PLATFORMS) {
      t.ok(api.verify(suite, publicKey, MESSAGE, signature), platform);
      t.notOk(api.verify(suite, publicKey, utf8('another'), signature), platform);
    }
  });

  t.test(`${suite}: a key made by stock openssl signs here`, async (t) => {
    const algorithm = suite === 'sm2-sm3' ? 'SM2' : 'ED25519';
    const pem = openssl(['genpkey', '-algorithm', algorithm]).stdout.toString();
    const signer = loadSigner(suite, pem);
    const shown = openssl(['pkey', '-in', 'private.pem', '-pubout'], {
      'private.pem': pem,
    }).stdout.toString();
    t.equal(publicKeyToPem(suite, signer.publicKey), shown);
    t.ok(opensslVerifies(suite, signer.publicKey, signer.sign(MESSAGE), MESSAGE));
  });

  t.test(`${suite}: a private key gives the public key it was made with`, async (t) => {
    const { privateKeyPem, publicKey } = generateKeyPair(suite);
    t.match(privateKeyPem, /^-----BEGIN PRIVATE KEY-----\n/);
    t.equal(toHex(loadSigner(suite, privateKeyPem).publicKey), toHex(publicKey));
    t.not(toHex(generateKeyPair(suite).publicKey), toHex(publicKey));
  });

  t.test(`${suite}: a key of another algorithm or curve is refused`, async (t) => {
    const wrong = {
      'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      Ed448: generateKeyPairSync('ed448'),
      X25519: generateKeyPairSync('x25519'),
      RSA: generateKeyPairSync('rsa', { modulusLength: 1024 }),
    };
    for (const [name, { privateKey }] of Object.entries(wrong)) {
      const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
      t.throws(
        () => loadSigner(suite, pem),
        { message: `the private key is not one of suite ${suite}` },
        name,
      );
    }
    for (const other of SUITE_NAMES) {
      if (other !== suite) t.throws(() => loadSigner(suite, generateKeyPair(other).privateKeyPem), other);
    }
    t.throws(() => loadSigner(suite, 'no key'));
  });
}

t.test('sm2-sm3: sm-crypto verifies what we sign', async (t) => {
  const signer = loadSigner('sm2-sm3', generateKeyPair('sm2-sm3').privateKeyPem);
  for (let i = 0; i < 5; i++) {
    const message = utf8(`message ${i}`);
    const signature = toHex(signer.sign(message));
    const options = { der: true, hash: true };
    const key = toHex(signer.publicKey);
    t.ok(smCrypto.sm2.doVerifySignature(Array.from(message), signature, key, options));
    t.notOk(smCrypto.sm2.doVerifySignature(Array.from(MESSAGE), signature, key, options));
  }
});

t.test('sm2-sm3: both platforms verify what sm-crypto signs', async (t) => {
  const pair = smCrypto.sm2.generateKeyPairHex();
  const publicKey = fromHex(pair.publicKey) ?? new Uint8Array(0);
  for (let i = 0; i < 5; i++) {
    const message = utf8(`message ${i}`);
    const options = { der: true, hash: true, publicKey: pair.publicKey };
    const signature = fromHex(smCrypto.sm2.doSignature(Array.from(message), pair.privateKey, options));
    for (const { platform, api } of PLATFORMS) {
      t.ok(api.verify('sm2-sm3', publicKey, message, signature ?? new Uint8Array(0)), platform);
    }
  }
});

t.test(
  'sm2-sm3: the nonce is fresh, ed25519-sha256: the signature is deterministic (RFC 8032, section 5.1.6)',
  async (t) => {
    for (const suite of SUITE_NAMES) {
      const signer = loadSigner(suite, generateKeyPair(suite).privateKeyPem);
      const first = toHex(signer.sign(MESSAGE));
      const second = toHex(signer.sign(MESSAGE));
      t.equal(first === second, suite === 'ed25519-sha256');
    }
  },
);
