import { equalBytes, fromHex, loadSigner, type Signer, type SuiteName } from '@hufu/crypto';
import type { Registry } from '@hufu/proof';
import { CliError } from '../errors.ts';
import { readAtMost } from '../evidence/read-file.ts';
import { nodeKeyPaths } from '../network/layout.ts';

const MAX_KEY_FILE_BYTES = 16_384;

/** A validator's private keys and its place in a registry. */
export interface OwnValidator {
  readonly index: number;
  readonly member: string;
  sign(messages: readonly Uint8Array[]): readonly Uint8Array[];
}

/**
 * Reads the keys in a node's key directory and finds the validator that they are. Throws `keys-unusable`, and
 * `no-validator` when the registry has none with these keys.
 */
export async function readOwnValidator(
  directory: string,
  suites: readonly SuiteName[],
  { validators }: Registry,
): Promise<OwnValidator> {
  const signers: Signer[] = [];
  for (const suite of suites)
    signers.push(await readSigner(nodeKeyPaths(directory).suiteKeyPath(suite), suite));
  const index = validators.findIndex(({ keys }) =>
    signers.every(({ suite, publicKey }) => {
      const registered = fromHex(keys[suite] ?? '');
      return registered !== undefined && equalBytes(registered, publicKey);
    }),
  );
  const validator = validators[index];
  if (validator === undefined) throw new CliError('no-validator', directory);
  return {
    index,
    member: validator.member,
    sign: (messages) => signers.map((signer, i) => signer.sign(messages[i] ?? new Uint8Array(0))),
  };
}

async function readSigner(path: string, suite: SuiteName): Promise<Signer> {
  const pem = new TextDecoder().decode(await readAtMost(path, MAX_KEY_FILE_BYTES));
  try {
    return loadSigner(suite, pem);
  } catch {
    // The cause is left out: OpenSSL's messages may quote the key.
    throw new CliError('keys-unusable', `${path}: not an unencrypted ${suite} private key in PEM`);
  }
}
