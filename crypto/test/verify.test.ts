import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import {
  fromHex,
  generateKeyPair,
  loadSigner,
  SUITE_NAMES,
  type SuiteName,
  utf8,
} from '../src/index.node.ts';
import { PLATFORMS } from './platforms.ts';

interface Vector {
  readonly suite: SuiteName;
  readonly why: string;
  readonly source: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const VECTORS = join(import.meta.dirname, '../../testdata/crypto/verify');

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`not hex: ${hex}`);
  return bytes;
}

for (const file of readdirSync(VECTORS)) {
  const vector: Vector = JSON.parse(readFileSync(join(VECTORS, file), 'utf8'));
  t.test(`${file}: ${vector.why} (${vector.source})`, async (t) => {
    const [key, message, signature] = [vector.publicKey, vector.message, vector.signature].map(bytesOf);
    if (key === undefined || message === undefined || signature === undefined) throw new Error('incomplete');
    for (const { platform, api } of PLATFORMS) {
      t.equal(api.verify(vector.suite, key, message, signature), vector.valid, platform);
    }
  });
}

for (const suite of SUITE_NAMES) {
  const signer = loadSigner(suite, generateKeyPair(suite).privateKeyPem);

  t.test(`${suite}: what one signs, both verify, under its own key and message only`, async () => {
    const other = generateKeyPair(suite).publicKey;
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        (message, another) => {
          const signature = signer.sign(message);
          const same = Buffer.compare(message, another) === 0;
          return PLATFORMS.every(
            ({ api }) =>
              api.verify(suite, signer.publicKey, message, signature) &&
              api.verify(suite, signer.publicKey, another, signature) === same &&
              !api.verify(suite, other, message, signature),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  t.test(`${suite}: no flipped bit of a signature or key passes`, async (t) => {
    const message = utf8('flip');
    const signature = signer.sign(message);
    const passed: string[] = [];
    for (const { platform, api } of PLATFORMS) {
      for (let bit = 0; bit < signature.length * 8; bit++) {
        if (api.verify(suite, signer.publicKey, message, flipped(signature, bit)))
          passed.push(`${platform} s${bit}`);
      }
      for (let bit = 0; bit < signer.publicKey.length * 8; bit += 5) {
        if (api.verify(suite, flipped(signer.publicKey, bit), message, signature))
          passed.push(`${platform} k${bit}`);
      }
    }
    t.same(passed, []);
  });

  t.test(`${suite}: both give the same verdict on any bytes, and never throw`, async () => {
    const message = utf8('any');
    const signature = signer.sign(message);
    const mangled = (bytes: Uint8Array) =>
      fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)).map(([at, byte]) => bytes.with(at, byte)),
        fc
          .tuple(fc.nat(bytes.length), fc.uint8Array({ maxLength: 2 }))
          .map(([at, extra]) => Buffer.concat([bytes.subarray(0, at), extra, bytes.subarray(at)])),
        fc.nat(bytes.length).map((end) => bytes.subarray(0, end)),
      );
    fc.assert(
      fc.property(mangled(signature), fc.option(mangled(signer.publicKey), { freq: 3 }), (sig, key) => {
        const verdicts = PLATFORMS.map(({ api }) => api.verify(suite, key ?? signer.publicKey, message, sig));
        return verdicts[0] === verdicts[1];
      }),
      { numRuns: 300 },
    );
  });

  t.test(`${suite}: a key stays right when its multiples get a table`, async (t) => {
    for (let i = 0; i < 20; i++) {
      const message = utf8(`block ${i}`);
      const signature = signer.sign(message);
      for (const { api } of PLATFORMS) {
        t.ok(api.verify(suite, signer.publicKey, message, signature));
        t.notOk(api.verify(suite, signer.publicKey, utf8('another'), signature));
      }
    }
  });

  t.test(`${suite}: a signature or key of the other suite is none`, async (t) => {
    const foreign: SuiteName = suite === 'sm2-sm3' ? 'ed25519-sha256' : 'sm2-sm3';
    const message = utf8('cross');
    for (const { api } of PLATFORMS) {
      t.notOk(api.verify(foreign, signer.publicKey, message, signer.sign(message)));
    }
  });
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
