import t from 'tap';
import { concatBytes, generateKeyPair, hashOf, isPublicKey, SUITE_NAMES } from '../src/index.node.ts';

t.test('each suite has its hash', async (t) => {
  t.same(SUITE_NAMES, ['ed25519-sha256', 'sm2-sm3']);
  t.same(SUITE_NAMES.map(hashOf), ['sha256', 'sm3']);
});

t.test('a generated key is a public key, of its suite and length only', async (t) => {
  for (const suite of SUITE_NAMES) {
    const { publicKey } = generateKeyPair(suite);
    t.ok(isPublicKey(suite, publicKey));
    t.ok(
      isPublicKey(suite, concatBytes(Uint8Array.of(0), publicKey).subarray(1)),
      'a view into a larger buffer',
    );
    for (const other of SUITE_NAMES) t.equal(isPublicKey(other, publicKey), other === suite);
    t.notOk(isPublicKey(suite, publicKey.subarray(1)));
    t.notOk(isPublicKey(suite, concatBytes(publicKey, Uint8Array.of(0))));
    t.notOk(isPublicKey(suite, new Uint8Array(0)));
    t.notOk(isPublicKey(suite, new Uint8Array(publicKey.length)));
  }
});
