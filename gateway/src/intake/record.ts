import { type EvidenceInput, type FieldError, MAX_INLINE_CONTENT_BYTES } from '@hufu/api';
import { equalBytes, fromBase64, type HashName, hash, type Result } from '@hufu/crypto';
import type { Digests } from '@hufu/proof';

/** A piece of evidence as intake hands it to the journal: what its entry will say but for the serial. */
export interface NewRecord {
  readonly digests: Digests;
  readonly metadataCommitment?: Uint8Array;
  /** When the application says it came to be; absent: when the gateway received it. */
  readonly claimedTimeMs?: number;
}

export interface InputError {
  readonly code: 'invalid-request' | 'digest-mismatch' | 'too-large';
  readonly errors: readonly FieldError[];
}

/**
 * A schema-checked input as a record. Content is hashed with each of the network's hashes and forgotten.
 * Pointers start with `pointer`, the input's place in the body.
 */
export function toRecord(
  input: EvidenceInput,
  hashes: readonly HashName[],
  pointer = '',
): Result<NewRecord, InputError> {
  const given = readDigests(input, hashes, pointer);
  if (!given.ok) return given;
  const digests =
    input.content === undefined ? given : hashContent(input.content, given.value, hashes, pointer);
  if (!digests.ok) return digests;
  const commitment = input.metadataCommitment;
  return {
    ok: true,
    value: {
      digests: digests.value,
      ...(commitment === undefined ? {} : { metadataCommitment: bytesOf(commitment) }),
      ...(input.claimedTimeMs === undefined ? {} : { claimedTimeMs: input.claimedTimeMs }),
    },
  };
}

function readDigests(
  input: EvidenceInput,
  hashes: readonly HashName[],
  pointer: string,
): Result<Digests, InputError> {
  const { digests } = input;
  if (digests === undefined) {
    if (input.content !== undefined) return { ok: true, value: {} };
    return refuse('invalid-request', pointer, 'digests or content is required');
  }
  const { sha256, sm3 } = digests;
  if (sha256 !== undefined && !hashes.includes('sha256')) {
    return refuse('invalid-request', `${pointer}/digests/sha256`, 'not a hash of this network');
  }
  if (sm3 !== undefined && !hashes.includes('sm3')) {
    return refuse('invalid-request', `${pointer}/digests/sm3`, 'not a hash of this network');
  }
  // Spelt out rather than built in a loop: this runs for every record.
  if (sha256 === undefined) return { ok: true, value: sm3 === undefined ? {} : { sm3: bytesOf(sm3) } };
  if (sm3 === undefined) return { ok: true, value: { sha256: bytesOf(sha256) } };
  return { ok: true, value: { sha256: bytesOf(sha256), sm3: bytesOf(sm3) } };
}

function hashContent(
  content: string,
  given: Digests,
  hashes: readonly HashName[],
  pointer: string,
): Result<Digests, InputError> {
  const bytes = fromBase64(content);
  if (bytes === undefined) return refuse('invalid-request', `${pointer}/content`, 'not canonical base64');
  if (bytes.length > MAX_INLINE_CONTENT_BYTES) {
    return refuse('too-large', `${pointer}/content`, `more than ${MAX_INLINE_CONTENT_BYTES} bytes`);
  }
  const digests: { [name in HashName]?: Uint8Array } = {};
  for (const name of hashes) {
    const digest = hash(name, bytes);
    const claimed = given[name];
    if (claimed !== undefined && !equalBytes(claimed, digest)) {
      return refuse('digest-mismatch', `${pointer}/digests/${name}`, 'not the digest of the content');
    }
    digests[name] = digest;
  }
  return { ok: true, value: digests };
}

/** Bytes of hex that the schema has already checked; the strict decoder would check every digit again. */
function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function refuse(
  code: InputError['code'],
  pointer: string,
  detail: string,
): { readonly ok: false; readonly error: InputError } {
  return { ok: false, error: { code, errors: [{ pointer, detail }] } };
}
