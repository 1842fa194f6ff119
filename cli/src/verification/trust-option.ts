import { fromHex, type HashName } from '@hufu/crypto';
import type { Digests } from '@hufu/proof';
import { InvalidArgumentError } from 'commander';

/**
 * Reads `--trust HASH:HEX`, the chain id under one hash; given twice, both must hold. The hash is named so that
 * a digest can never be taken for one of another algorithm.
 */
export function trustedChainId(text: string, previous: Digests | undefined): Digests {
  const match = /^(sha256|sm3):([0-9a-f]{64})$/.exec(text);
  const digest = fromHex(match?.[2] ?? '');
  if (match === null || digest === undefined) {
    throw new InvalidArgumentError('must be sha256:… or sm3:… with 64 lower-case hex digits');
  }
  const name: HashName = match[1] === 'sm3' ? 'sm3' : 'sha256';
  return { ...previous, [name]: digest };
}
