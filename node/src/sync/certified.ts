import type { Finalization } from '@hufu/consensus';
import {
  type CertifiedContext,
  certificatesFromFinalization,
  type FinalityCertificate,
  verifyFinalityCertificate,
} from '@hufu/proof';

/** The certificates of a finalization that a peer sent, not verified yet; undefined when it has not their shape. */
export function certificatesOf(
  finalization: Finalization,
  context: CertifiedContext,
): readonly FinalityCertificate[] | undefined {
  const { suites, validators } = context.validators;
  const { shares, digests } = finalization;
  const isShaped =
    digests.length === suites.length &&
    shares.every(
      ({ signer, signatures }, i) =>
        signer < validators.length &&
        signatures.length === suites.length &&
        signer > (shares[i - 1]?.signer ?? -1),
    );
  return isShaped ? certificatesFromFinalization(finalization, context) : undefined;
}

/** Whether a quorum of the set signed the finalization under every suite. */
export function isCertified(finalization: Finalization, context: CertifiedContext): boolean {
  const certificates = certificatesOf(finalization, context);
  return certificates?.every((certificate) => verifyFinalityCertificate(certificate, context).ok) ?? false;
}
