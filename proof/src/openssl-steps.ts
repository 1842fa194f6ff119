import { ok, type SuiteName } from '@hufu/crypto';
import { parseBundle } from './bundle.ts';
import { certificateSignBytes, readBitmap } from './finality-certificate.ts';
import { genesisValidatorSet, parseGenesis } from './genesis.ts';
import type { Decoded } from './problems.ts';

/**
 * One signature to check by hand. Whoever shows it writes `signBytes`, `signature` and the public key (as PEM,
 * SubjectPublicKeyInfo) into the files that `command` names.
 */
export interface OpensslStep {
  /** Base of the file names: `<name>.bin`, `<name>.sig`, `<name>.pem`. */
  readonly name: string;
  readonly suite: SuiteName;
  readonly validator: string;
  readonly signBytes: Uint8Array;
  readonly signature: Uint8Array;
  /** Raw: Ed25519 32 bytes, SM2 65 bytes 0x04 ‖ x ‖ y. */
  readonly publicKey: Uint8Array;
  readonly command: string;
}

/**
 * Every finality signature of a bundle, for stock OpenSSL 3. It extracts and does not verify: a signature that
 * is wrong must come out, so that OpenSSL can say so. Errors: those of `parseBundle` and `parseGenesis`.
 */
export function opensslSteps(bundleBytes: Uint8Array): Decoded<readonly OpensslStep[]> {
  const bundle = parseBundle(bundleBytes);
  if (!bundle.ok) return bundle;
  const parsed = parseGenesis(bundle.value.genesis);
  if (!parsed.ok) return parsed;
  const { suites, validators } = genesisValidatorSet(parsed.value.genesis);
  const steps = bundle.value.certificates.flatMap((certificate) => {
    const signBytes = certificateSignBytes(certificate);
    const signers = readBitmap(certificate.bitmap, validators.length) ?? [];
    return signers.flatMap((signer, i): OpensslStep[] => {
      const validator = validators[signer];
      const publicKey = validator?.keys[suites.indexOf(certificate.suite)];
      const signature = certificate.signatures[i];
      if (!validator || !publicKey || !signature) return [];
      const name = `finality-${certificate.suite}-${signer}-${validator.name}`;
      const command = opensslCommand(certificate.suite, name);
      return [
        {
          name,
          suite: certificate.suite,
          validator: validator.name,
          signBytes,
          signature,
          publicKey,
          command,
        },
      ];
    });
  });
  return ok(steps);
}

function opensslCommand(suite: SuiteName, name: string): string {
  return suite === 'sm2-sm3'
    ? `openssl dgst -sm3 -verify ${name}.pem -sigopt distid:1234567812345678 -signature ${name}.sig ${name}.bin`
    : `openssl pkeyutl -verify -pubin -inkey ${name}.pem -rawin -in ${name}.bin -sigfile ${name}.sig`;
}
