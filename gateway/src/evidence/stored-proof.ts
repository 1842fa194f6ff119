import { HASH_BYTES } from '@hufu/crypto';
import { certificateFromJson, certificateToJson, type FinalityCertificate } from '@hufu/proof';

/**
 * How proofs stand in the database. Certificates are a JSON array of their JSON form. The range proofs of the
 * hashes, in the order of the suites, are packed one after the other; all have the same number of siblings.
 */
export function packCertificates(certificates: readonly FinalityCertificate[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(certificates.map(certificateToJson)));
}

/** Throws for anything that `packCertificates` did not write: the database is our own. */
export function unpackCertificates(bytes: Uint8Array): readonly FinalityCertificate[] {
  const values: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(values)) throw new Error('stored certificates are no list');
  return values.map((value) => {
    const certificate = certificateFromJson(value);
    if (!certificate.ok) throw new Error(`stored certificate: ${certificate.error.remark}`);
    return certificate.value;
  });
}

/** `proofs`: one list of siblings per hash. Throws when their lengths differ. */
export function packRangeProofs(proofs: readonly (readonly Uint8Array[])[]): Uint8Array {
  const siblings = proofs[0]?.length ?? 0;
  const packed = new Uint8Array(proofs.length * siblings * HASH_BYTES);
  let at = 0;
  for (const proof of proofs) {
    if (proof.length !== siblings) throw new Error('range proofs of different lengths');
    for (const sibling of proof) {
      packed.set(sibling, at);
      at += HASH_BYTES;
    }
  }
  return packed;
}

/** The siblings per hash, as views. */
export function unpackRangeProofs(packed: Uint8Array, hashes: number): readonly (readonly Uint8Array[])[] {
  const siblings = packed.length / hashes / HASH_BYTES;
  if (!Number.isInteger(siblings)) throw new Error('stored range proof has a wrong length');
  return Array.from({ length: hashes }, (_, hash) =>
    Array.from({ length: siblings }, (_, i) => {
      const at = (hash * siblings + i) * HASH_BYTES;
      return packed.subarray(at, at + HASH_BYTES);
    }),
  );
}
