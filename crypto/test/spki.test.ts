import { createPublicKey } from 'node:crypto';
import t from 'tap';
import { generateKeyPair, publicKeyToPem, SUITE_NAMES, subjectPublicKeyInfo } from '../src/index.node.ts';

t.test('SubjectPublicKeyInfo of a raw key is what OpenSSL makes of it (RFC 8410, GM/T 0006)', async (t) => {
  for (const suite of SUITE_NAMES) {
    const { publicKey } = generateKeyPair(suite);
    const byOpenssl = createPublicKey(publicKeyToPem(suite, publicKey)).export({
      format: 'der',
      type: 'spki',
    });
    t.ok(byOpenssl.equals(subjectPublicKeyInfo(suite, publicKey)), suite);
  }
});
