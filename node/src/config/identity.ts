import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadSigner, type Signer } from '@hufu/crypto';
import { type ParsedGenesis, parseGenesis } from '@hufu/proof';
import { parsePeerKey } from '../p2p/peer-key.ts';
import type { NodeKeys } from '../replica/session.ts';
import { ConfigError } from './config-error.ts';
import type { NodeConfig } from './node-config.ts';

/** Who this node is: the chain it is on and its private keys. Its place on the chain is for each epoch to say. */
export interface NodeIdentity extends ParsedGenesis, NodeKeys {
  readonly genesisBytes: Uint8Array;
  /** The folder of each key set. */
  readonly keyFolders: readonly string[];
  /** libp2p private-key protobuf. */
  readonly peerKey: Uint8Array;
  /** What the operator should mend though the node can run. */
  readonly warnings: readonly string[];
}

export const PEER_KEY_FILE = 'p2p.key';
/** Folder of the keys that a later epoch is to name: the node changes to them when it does. */
const NEXT_KEYS = 'next';

/** Permission bits that let others than the owner read or write. */
const OTHERS_MODE = 0o077;

/**
 * Reads genesis and keys. Throws ConfigError for anything missing or malformed; a key file that others can read is a
 * warning.
 */
export function loadIdentity(config: NodeConfig): NodeIdentity {
  const genesisBytes = read(config.genesisPath);
  const parsed = parseGenesis(genesisBytes);
  if (!parsed.ok) {
    throw new ConfigError(config.genesisPath, [`${parsed.error.code}: ${parsed.error.remark}`]);
  }
  const { genesis } = parsed.value;
  const warnings: string[] = [];
  const peerKeyPath = join(config.keysPath, PEER_KEY_FILE);
  const peerKey = readPrivate(peerKeyPath, warnings);
  const peerId = parsePeerKey(peerKey)?.peerId;
  if (peerId === undefined) throw new ConfigError(peerKeyPath, ['not an Ed25519 libp2p private key']);
  const next = join(config.keysPath, NEXT_KEYS);
  const keyFolders = existsSync(next) ? [config.keysPath, next] : [config.keysPath];
  const keySets = keyFolders.map((directory) =>
    genesis.suites.map((suite) => readSigner(suite, join(directory, `${suite}.pem`), warnings)),
  );
  return { ...parsed.value, genesisBytes, peerId, peerKey, keyFolders, keySets, warnings };
}

function readSigner(suite: Signer['suite'], path: string, warnings: string[]): Signer {
  const pem = new TextDecoder().decode(readPrivate(path, warnings));
  try {
    return loadSigner(suite, pem);
  } catch {
    // The cause is left out: OpenSSL's messages may quote the key.
    throw new ConfigError(path, [`not an unencrypted ${suite} private key in PEM`]);
  }
}

function readPrivate(path: string, warnings: string[]): Uint8Array {
  const bytes = read(path);
  const mode = statSync(path).mode & 0o777;
  if (process.platform !== 'win32' && (mode & OTHERS_MODE) !== 0) {
    warnings.push(`${path} can be read by others (mode ${mode.toString(8)}): chmod 600 it`);
  }
  return bytes;
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError(path, ['the file cannot be read'], { cause });
  }
}
