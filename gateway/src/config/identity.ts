import { readFileSync, statSync } from 'node:fs';
import { equalBytes, fromHex, type HashName, hashOf, loadSigner, type Signer } from '@hufu/crypto';
import { genesisValidatorSet, type ParsedGenesis, parseGenesis, type ValidatorSet } from '@hufu/proof';
import { ConfigError } from './config-error.ts';
import type { GatewayConfig } from './gateway-config.ts';

/** Who this gateway is on its chain: the genesis it trusts and the key it is registered with. */
export interface GatewayIdentity extends ParsedGenesis {
  readonly genesisBytes: Uint8Array;
  readonly gateway: number;
  readonly signer: Signer;
  /** The genesis's hashes, one per suite in order. */
  readonly hashes: readonly HashName[];
  readonly validatorSet: ValidatorSet;
  /** What the operator should mend though the gateway can run. */
  readonly warnings: readonly string[];
}

/** Permission bits that let others than the owner read or write. */
const OTHERS_MODE = 0o077;

/** Reads genesis and key and checks that they belong together. Throws ConfigError. */
export function loadIdentity(config: GatewayConfig): GatewayIdentity {
  const genesisBytes = read(config.genesisPath);
  const parsed = parseGenesis(genesisBytes);
  if (!parsed.ok) {
    throw new ConfigError(config.genesisPath, [`${parsed.error.code}: ${parsed.error.remark}`]);
  }
  const { genesis } = parsed.value;
  const registered = genesis.gateways[config.gateway];
  if (registered === undefined) {
    throw new ConfigError(config.genesisPath, [`no gateway with index ${config.gateway} is registered`]);
  }
  const pem = new TextDecoder().decode(read(config.keyPath));
  const warnings: string[] = [];
  const mode = statSync(config.keyPath).mode & 0o777;
  if (process.platform !== 'win32' && (mode & OTHERS_MODE) !== 0) {
    warnings.push(`${config.keyPath} can be read by others (mode ${mode.toString(8)}): chmod 600 it`);
  }
  const signer = readSigner(registered.suite, pem, config.keyPath);
  const publicKey = fromHex(registered.publicKey);
  if (publicKey === undefined || !equalBytes(publicKey, signer.publicKey)) {
    throw new ConfigError(config.keyPath, [
      `not the key that genesis registers for gateway ${config.gateway}`,
    ]);
  }
  return {
    ...parsed.value,
    genesisBytes,
    gateway: config.gateway,
    signer,
    hashes: genesis.suites.map(hashOf),
    validatorSet: genesisValidatorSet(genesis),
    warnings,
  };
}

function readSigner(suite: Signer['suite'], pem: string, path: string): Signer {
  try {
    return loadSigner(suite, pem);
  } catch {
    // The cause is left out: OpenSSL's messages may quote the key.
    throw new ConfigError(path, [`not an unencrypted ${suite} private key in PEM`]);
  }
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError(path, ['the file cannot be read'], { cause });
  }
}
