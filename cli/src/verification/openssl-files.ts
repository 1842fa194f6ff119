import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyToPem } from '@hufu/crypto';
import type { OpensslStep } from '@hufu/proof';

const EXECUTABLE = 0o755;

/**
 * Writes everything to check a bundle's finality signatures with stock OpenSSL 3: for each signature the signed
 * bytes, the signature and the public key, and `commands.sh`, which runs one command for each and stops at the
 * first that does not verify. Returns the script's path. Threat: the steps come from a foreign bundle and end up in
 * a shell; their names are member names, which the genesis parser has held to lower-case letters, digits and hyphens.
 */
export async function writeOpensslFiles(directory: string, steps: readonly OpensslStep[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const { name, suite, signBytes, signature, publicKey } of steps) {
    await writeFile(join(directory, `${name}.bin`), signBytes);
    await writeFile(join(directory, `${name}.sig`), signature);
    await writeFile(join(directory, `${name}.pem`), publicKeyToPem(suite, publicKey));
  }
  const script = join(directory, 'commands.sh');
  const commands = steps.map(({ command, validator, suite }) => `echo '${validator} ${suite}'\n${command}`);
  const lines = ['#!/bin/sh', 'set -eu', 'cd "$(dirname "$0")"', ...commands];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: EXECUTABLE });
  return script;
}
