import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes, fromHex, loadSigner, type Signer } from '@hufu/crypto';
import { type GenesisValidator, type ParsedGenesis, parseGenesis } from '@hufu/proof';
import { parsePeerKey } from '../p2p/peer-key.ts';
import { ConfigError } from './config-error.ts';
import type { NodeConfig } from './node-config.ts';

/** Who this node is: its place in genesis and the private keys that prove it. */
export interface NodeIdentity extends ParsedGenesis {
  readonly genesisBytes: Uint8Array;
  /** Position among the validators of genesis. */
  readonly index: number;
  readonly validator: GenesisValidator;
  /** libp2p private-key protobuf. */
  readonly peerKey: Uint8Array;
  /** One per suite, in the genesis's order. */
  readonly signers: readonly Signer[];
  /** What the operator should mend though the node can run. */
  readonly warnings: readonly string[];
}

export const PEER_KEY_FILE = 'p2p.key';

/** Permission bits that let others than the owner read or write. */
const OTHERS_MODE = 0o077;

/**
 * Reads genesis and keys and checks that they belong together. Throws ConfigError for anything missing,
 * malformed or of another node; a key file that others can read is a warning.
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
  const index = genesis.validators.findIndex((validator) => validator.peerId === peerId);
  const validator = genesis.validators[index];
  if (validator === undefined) {
    throw new ConfigError(peerKeyPath, [`peer id ${peerId} is not a validator of ${config.genesisPath}`]);
  }
  const signers = genesis.suites.map((suite) => {
    const path = join(config.keysPath, `${suite}.pem`);
    const signer = readSigner(suite, path, warnings);
    const registered = fromHex(validator.keys[suite] ?? '');
    if (registered === undefined || !equalBytes(registered, signer.publicKey)) {
      throw new ConfigError(path, [`not the ${suite} key that genesis registers for ${validator.member}`]);
    }
    return signer;
  });
  return { ...parsed.value, genesisBytes, index, validator, peerKey, signers, warnings };
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
