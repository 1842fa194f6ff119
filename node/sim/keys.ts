import { hash, loadSigner, type Signer, toHex, utf8 } from '@hufu/crypto';
import type { GenesisValidator } from '@hufu/proof';

/**
 * The one suite of simulated chains. Ed25519 signs the same bytes always the same, SM2 with a random nonce: with it no
 * run could be repeated.
 */
export const SUITE = 'ed25519-sha256';

/** PKCS #8 of an Ed25519 private key, up to its 32 bytes (RFC 8410, 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Letters of a libp2p peer id after its fixed beginning. */
const PEER_ID_LETTERS = 44;

/** A real key that follows from a name. */
export function signerOf(name: string): Signer {
  const der = Buffer.concat([PKCS8_PREFIX, hash('sha256', utf8(name))]);
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return loadSigner(SUITE, pem);
}

/** What looks like a peer id and follows from a name; the simulated network authenticates by itself. */
export function peerIdOf(name: string): string {
  const bytes = [...hash('sha256', utf8(`${name} 1`)), ...hash('sha256', utf8(`${name} 2`))];
  const letters = bytes.slice(0, PEER_ID_LETTERS).map((byte) => BASE58[byte % BASE58.length]);
  return `12D3KooW${letters.join('')}`;
}

/** A machine's validator as a registry names it. */
export function validatorOf(member: string, peerId: string, { publicKey }: Signer): GenesisValidator {
  return { member, peerId, keys: { [SUITE]: toHex(publicKey) } };
}
