import {
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  sign as nodeSign,
} from 'node:crypto';
import { hash } from './hash.node.ts';
import { signerDigest } from './sm2/signer-digest.ts';
import { exportPublicKey } from './spki.node.ts';
import { isPublicKey, type SuiteName } from './suite.ts';

/** A private key ready to sign. */
export interface Signer {
  readonly suite: SuiteName;
  /** Raw, as `verify` takes it. */
  readonly publicKey: Uint8Array;
  /** Synchronous. Ed25519: 64 bytes, deterministic. SM2: DER, with the default ID and a random nonce. */
  sign(message: Uint8Array): Uint8Array;
}

/** A new key pair: the private key as PKCS #8 PEM, the public key raw. */
export function generateKeyPair(suite: SuiteName): { privateKeyPem: string; publicKey: Uint8Array } {
  const { privateKey } =
    suite === 'sm2-sm3' ? generateKeyPairSync('ec', { namedCurve: 'SM2' }) : generateKeyPairSync('ed25519');
  // Only the PEM is usable: a generated SM2 key object itself signs ECDSA. Read back from PEM, it signs SM2.
  const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return { privateKeyPem, publicKey: loadSigner(suite, privateKeyPem).publicKey };
}

/**
 * Reads a private key, PKCS #8 in PEM. Throws for a malformed or encrypted key and for one of
 * another algorithm or curve than the suite's: it comes from the operator, who must be told.
 */
export function loadSigner(suite: SuiteName, privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  const publicKey = exportPublicKey(suite, createPublicKey(key));
  if (publicKey === undefined || !isPublicKey(suite, publicKey)) {
    throw new Error(`the private key is not one of suite ${suite}`);
  }
  if (suite !== 'sm2-sm3') {
    return { suite, publicKey, sign: (message) => new Uint8Array(nodeSign(null, message, key)) };
  }
  const signer = signerDigest(hash, publicKey);
  return {
    suite,
    publicKey,
    sign: (message) => new Uint8Array(createSign('sm3').update(signer).update(message).sign(key)),
  };
}
