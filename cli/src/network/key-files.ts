import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateKeyPair, SUITE_NAMES, type SuiteName, toHex } from '@hufu/crypto';
import { generatePeerKey } from '@hufu/node';
import type { GenesisValidator } from '@hufu/proof';

const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** Where the private keys of one node go. */
export interface NodeKeyPaths {
  readonly peerKeyPath: string;
  suiteKeyPath(suite: SuiteName): string;
}

/** A transport identity: libp2p's private-key protobuf and the peer id. */
export type PeerKey = ReturnType<typeof generatePeerKey>;

/** Makes a node's keys, one file each, and returns what a registry says of them. */
export function writeNodeKeys(
  paths: NodeKeyPaths,
  peer: PeerKey = generatePeerKey(),
): Pick<GenesisValidator, 'peerId' | 'keys'> {
  const keys = SUITE_NAMES.map((suite) => [suite, writeSuiteKey(paths.suiteKeyPath(suite), suite)] as const);
  writePrivate(paths.peerKeyPath, peer.privateKey);
  return { peerId: peer.peerId, keys: Object.fromEntries(keys) };
}

/** Generates a key pair, keeps the private half in a file only its owner reads, returns the public half in hex. */
export function writeSuiteKey(path: string, suite: SuiteName): string {
  const { privateKeyPem, publicKey } = generateKeyPair(suite);
  writePrivate(path, privateKeyPem);
  return toHex(publicKey);
}

function writePrivate(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY });
  writeFileSync(path, content, { mode: PRIVATE_FILE });
}
