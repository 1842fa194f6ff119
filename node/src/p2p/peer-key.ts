import { generateKeyPairSync } from 'node:crypto';
import { privateKeyFromProtobuf, privateKeyFromRaw, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';

/** A new transport identity: the libp2p private-key protobuf (Ed25519) and the peer id that genesis registers. */
export function generatePeerKey(): { privateKey: Uint8Array; peerId: string } {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('an Ed25519 JWK has d and x (RFC 8037, section 2)');
  // libp2p's raw form is seed ‖ public key.
  const key = privateKeyFromRaw(Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]));
  return { privateKey: privateKeyToProtobuf(key), peerId: peerIdFromPrivateKey(key).toString() };
}

/** Reads a `p2p.key` file's bytes; undefined when they are not an Ed25519 libp2p private key. */
export function parsePeerKey(bytes: Uint8Array): { key: PrivateKey; peerId: string } | undefined {
  try {
    const key = privateKeyFromProtobuf(bytes);
    if (key.type !== 'Ed25519') return undefined;
    return { key, peerId: peerIdFromPrivateKey(key).toString() };
  } catch {
    return undefined;
  }
}

/** Whether `text` is a peer id in its canonical text form. */
export function isPeerId(text: string): boolean {
  try {
    return peerIdFromString(text).toString() === text;
  } catch {
    return false;
  }
}
