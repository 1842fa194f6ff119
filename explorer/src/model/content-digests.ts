import { fromHex, toHex } from '@hufu/crypto';
import { type Digests, HASH_NAMES } from '@hufu/proof';

/** Digests as lower-case hex, as records state them. */
export interface StatedDigests {
  readonly sha256?: string;
  readonly sm3?: string;
}

/** The same digests as hex. */
export function digestsOf(digests: Digests | undefined): StatedDigests {
  const { sha256, sm3 } = digests ?? {};
  return { ...(sha256 && { sha256: toHex(sha256) }), ...(sm3 && { sm3: toHex(sm3) }) };
}

/**
 * A pasted digest as content for `verify`. Its length does not tell SHA-256 from SM3, so it is taken for the
 * one the record states; when it is neither, for both, so that both are reported as different.
 * @param digest 32 bytes of lower-case hex; undefined is returned for anything else.
 */
export function contentOfDigest(digest: string, records: readonly StatedDigests[]): Digests | undefined {
  const bytes = fromHex(digest);
  if (bytes === undefined || bytes.length !== 32) return undefined;
  if (records.some((stated) => stated.sha256 === digest)) return { sha256: bytes };
  if (records.some((stated) => stated.sm3 === digest)) return { sm3: bytes };
  return { sha256: bytes, sm3: bytes };
}

/** Which of a bundle's records the content belongs to: the first that shares a digest, else the first. */
export function positionOf(content: StatedDigests, records: readonly StatedDigests[]): number {
  const position = records.findIndex((stated) =>
    HASH_NAMES.some((name) => stated[name] !== undefined && stated[name] === content[name]),
  );
  return Math.max(0, position);
}
