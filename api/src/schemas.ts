import { MAX_TIME_MS } from '@hufu/proof';
import { type Static, Type } from 'typebox';

/**
 * The vocabulary of every schema. All objects are closed: an unknown member is an error in a request, and
 * a sign of another version in an answer.
 */

/** A safe unsigned integer: 0 … 2^53−1. */
export const Unsigned = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const TimeMs = Type.Integer({
  minimum: 0,
  maximum: MAX_TIME_MS,
  description: 'Milliseconds since 1970-01-01T00:00:00Z',
});

/** 32 bytes in lower-case hex. */
export const Hex32 = Type.String({ pattern: '^[0-9a-f]{64}$', description: '32 bytes, lower-case hex' });

/**
 * Bytes in lower-case hex. This pattern and the next look at the alphabet only, since a repeated group makes
 * the regular expression engine throw on a few megabytes; the decoder is strict about the rest.
 */
export const Hex = Type.String({ pattern: '^[0-9a-f]*$', description: 'Lower-case hex' });

/** Canonical, padded base64. */
export const Base64 = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', description: 'Base64, padded' });

export const SuiteNameSchema = Type.Union([Type.Literal('ed25519-sha256'), Type.Literal('sm2-sm3')]);

/** One value per hash. A network's genesis says which are there; evidence has at least one. */
export const Digests = Type.Object(
  { sha256: Type.Optional(Hex32), sm3: Type.Optional(Hex32) },
  { additionalProperties: false, minProperties: 1, description: 'One 32-byte digest per hash' },
);

/** One Merkle path per hash, leaf to root, as RFC 9162 orders it. At most 64 siblings of a 2^64 log. */
export const Paths = Type.Object(
  { sha256: Type.Optional(Type.Array(Hex32)), sm3: Type.Optional(Type.Array(Hex32)) },
  { additionalProperties: false, minProperties: 1, description: 'Sibling hashes per hash, leaf to root' },
);
export type Paths = Static<typeof Paths>;

export function closed<P extends Parameters<typeof Type.Object>[0]>(properties: P, description?: string) {
  return Type.Object(
    properties,
    description === undefined
      ? { additionalProperties: false }
      : { additionalProperties: false, description },
  );
}
