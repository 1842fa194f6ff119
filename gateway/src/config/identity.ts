import { readFileSync, statSync } from 'node:fs';
import { type HashName, hashOf, loadSigner, type Signer, type SuiteName, toHex } from '@hufu/crypto';
import { type ParsedGenesis, parseGenesis } from '@hufu/proof';
import { ConfigError } from './config-error.ts';
import type { GatewayConfig } from './gateway-config.ts';

/** Who this gateway is on its chain: the genesis it trusts and its own key. */
export interface GatewayIdentity extends ParsedGenesis {
  readonly genesisBytes: Uint8Array;
  readonly gateway: number;
  readonly signer: Signer;
  /** The genesis's hashes, one per suite in order. */
  readonly hashes: readonly HashName[];
  /** What the operator should mend though the gateway can run. */
  readonly warnings: readonly string[];
}

/** Permission bits that let others than the owner read or write. */
const OTHERS_MODE = 0o077;

/**
 * Reads genesis and key. The key need not be the genesis's: a gateway may be registered later, and its key be
 * rotated; only its suite stays. Throws ConfigError.
 */
export function loadIdentity(config: GatewayConfig): GatewayIdentity {
  const genesisBytes = read(config.genesisPath);
  const parsed = parseGenesis(genesisBytes);
  if (!parsed.ok) {
    throw new ConfigError(config.genesisPath, [`${parsed.error.code}: ${parsed.error.remark}`]);
  }
  const { genesis } = parsed.value;
  const pem = new TextDecoder().decode(read(config.keyPath));
  const warnings: string[] = [];
  const mode = statSync(config.keyPath).mode & 0o777;
  if (process.platform !== 'win32' && (mode & OTHERS_MODE) !== 0) {
    warnings.push(`${config.keyPath} can be read by others (mode ${mode.toString(8)}): chmod 600 it`);
  }
  const registered = genesis.gateways[config.gateway];
  const signer = readSigner(
    registered === undefined ? genesis.suites : [registered.suite],
    pem,
    config.keyPath,
  );
  if (registered !== undefined && registered.publicKey !== toHex(signer.publicKey)) {
    warnings.push(`${config.keyPath} is not the key that genesis registers: it must have been rotated since`);
  }
  return {
    ...parsed.value,
    genesisBytes,
    gateway: config.gateway,
    signer,
    hashes: genesis.suites.map(hashOf),
    warnings,
  };
}

/** The signer of the first suite that the key is of. */
function readSigner(suites: readonly SuiteName[], pem: string, path: string): Signer {
  for (const suite of suites) {
    try {
      return loadSigner(suite, pem);
    } catch {
      // The cause is left out: OpenSSL's messages may quote the key.
    }
  }
  throw new ConfigError(path, [`not an unencrypted private key in PEM, of suite ${suites.join(' or ')}`]);
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError(path, ['the file cannot be read'], { cause });
  }
}
