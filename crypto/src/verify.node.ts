import { createVerify, type KeyObject, verify as nodeVerify } from 'node:crypto';
import { isStrictSignature } from './ed25519/curve.ts';
import { hash } from './hash.node.ts';
import { KeyCache } from './key-cache.ts';
import { parseSignature } from './sm2/signature.ts';
import { signerDigest } from './sm2/signer-digest.ts';
import { importPublicKey } from './spki.node.ts';
import { isPublicKey, type SuiteName } from './suite.ts';

const ed25519Keys = new KeyCache<KeyObject>((publicKey) =>
  isPublicKey('ed25519-sha256', publicKey) ? importPublicKey('ed25519-sha256', publicKey) : undefined,
);

const sm2Keys = new KeyCache<{ key: KeyObject; signer: Uint8Array }>((publicKey) =>
  isPublicKey('sm2-sm3', publicKey)
    ? { key: importPublicKey('sm2-sm3', publicKey), signer: signerDigest(hash, publicKey) }
    : undefined,
);

/** As the browser's `verify`, with the same verdict for every input, by OpenSSL. */
export function verify(
  suite: SuiteName,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return suite === 'sm2-sm3'
    ? verifySm2(publicKey, message, signature)
    : verifyEd25519(publicKey, message, signature);
}

function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isStrictSignature(signature)) return false;
  const key = ed25519Keys.get(publicKey);
  return key !== undefined && nodeVerify(null, message, key, signature);
}

/**
 * `createVerify` with Z in front of the message is standard SM2. `crypto.verify('sm3', …)` is not: it takes an
 * empty ID, and no option sets one.
 */
function verifySm2(publicKey: Uint8Array, message: Uint8Array, der: Uint8Array): boolean {
  if (parseSignature(der) === undefined) return false;
  const key = sm2Keys.get(publicKey);
  return key !== undefined && createVerify('sm3').update(key.signer).update(message).verify(key.key, der);
}
