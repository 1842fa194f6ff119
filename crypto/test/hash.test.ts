import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import smCrypto from 'sm-crypto';
import t from 'tap';
import type { HashName } from '../src/index.node.ts';
import { openssl } from './openssl.ts';
import { PLATFORMS } from './platforms.ts';

const HASHES: readonly HashName[] = ['sm3', 'sha256'];
const [{ api: node }, { api: browser }] = PLATFORMS;

interface Vectors {
  readonly hash: HashName;
  readonly cases: readonly { source: string; message: string; repeat: number; digest: string }[];
}

for (const name of HASHES) {
  const file = join(import.meta.dirname, '../../testdata/crypto/hash', `${name}.json`);
  const { hash, cases }: Vectors = JSON.parse(readFileSync(file, 'utf8'));
  for (const { platform, api } of PLATFORMS) {
    for (const { source, message, repeat, digest } of cases) {
      t.test(`${platform}: ${hash}, ${source}`, async (t) => {
        const piece = Buffer.from(message, 'hex');
        const whole = Buffer.concat(Array.from({ length: repeat }, () => piece));
        t.equal(api.toHex(api.hash(hash, whole)), digest);
        const hasher = api.createHasher(hash);
        for (let i = 0; i < repeat; i++) hasher.update(piece);
        t.equal(api.toHex(hasher.digest()), digest, 'in pieces');
      });
    }
  }

  t.test(`${name}: every length about the block boundaries, as stock openssl computes it`, async (t) => {
    const data = Uint8Array.from({ length: 200 }, (_, i) => (i * 37) % 256);
    const lengths = [0, 1, 31, 32, 33, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 200];
    const files = Object.fromEntries(lengths.map((length) => [String(length), data.subarray(0, length)]));
    const { stdout } = openssl(['dgst', `-${name}`, '-r', ...lengths.map(String)], files);
    const expected = stdout.toString().match(/^[0-9a-f]{64}/gm);
    for (const { api } of PLATFORMS) {
      const digests = lengths.map((length) => api.toHex(api.hash(name, data.subarray(0, length))));
      t.same(digests, expected);
    }
  });

  t.test(`${name}: node and browser agree, in one go and in any pieces`, async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const expected = node.toHex(node.hash(name, Buffer.concat(parts)));
        return PLATFORMS.every(({ api }) => {
          const hasher = api.createHasher(name);
          for (const part of parts) hasher.update(part);
          return (
            api.toHex(hasher.digest()) === expected &&
            api.toHex(api.hash(name, api.concatBytes(...parts))) === expected
          );
        });
      }),
      { numRuns: 300 },
    );
  });

  t.test(`${name}: a hasher ends with its digest`, async (t) => {
    for (const { api } of PLATFORMS) {
      const hasher = api.createHasher(name).update(api.utf8('abc'));
      const digest = hasher.digest();
      t.equal(digest.constructor, Uint8Array);
      t.throws(() => hasher.digest());
      t.throws(() => hasher.update(api.utf8('d')));
    }
  });

  t.test(
    `${name}: a view into a larger buffer is read at its place, and the data is left as it was`,
    async (t) => {
      const buffer = new Uint8Array(300).fill(7);
      const view = buffer.subarray(3, 203);
      for (const { api } of PLATFORMS) {
        t.equal(api.toHex(api.hash(name, view)), node.toHex(node.hash(name, view.slice())));
        t.ok(buffer.every((byte) => byte === 7));
      }
    },
  );
}

t.test('sm3: as sm-crypto computes it', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      return browser.toHex(browser.hash('sm3', data)) === smCrypto.sm3(Array.from(data));
    }),
  );
});
