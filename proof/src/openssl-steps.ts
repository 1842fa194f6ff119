import { ok, type SuiteName } from '@hufu/crypto';
import { parseBundle } from './bundle.ts';
import { certificateSignBytes, type FinalityCertificate, readBitmap } from './finality-certificate.ts';
import { genesisValidatorSet, parseGenesis } from './genesis.ts';
import type { Decoded } from './problems.ts';
import { decodeValidatorSet, type ValidatorSet } from './validator-set.ts';

/**
 * One signature to check by hand. Whoever shows it writes `signBytes`, `signature` and the public key (as PEM,
 * SubjectPublicKeyInfo) into the files that `command` names.
 */
export interface OpensslStep {
  /** Base of the file names: `<name>.bin`, `<name>.sig`, `<name>.pem`. */
  readonly name: string;
  /** The signer's. */
  readonly epoch: number;
  readonly suite: SuiteName;
  readonly validator: string;
  readonly signBytes: Uint8Array;
  readonly signature: Uint8Array;
  /** Raw: Ed25519 32 bytes, SM2 65 bytes 0x04 ‖ x ‖ y. */
  readonly publicKey: Uint8Array;
  readonly command: string;
}

/**
 * Every finality signature of a bundle, those of its epoch chain first, for stock OpenSSL 3. It extracts and does not
 * verify: a signature that is wrong must come out, so that OpenSSL can say so. Errors: those of `parseBundle`,
 * `parseGenesis` and `decodeValidatorSet`.
 */
export function opensslSteps(bundleBytes: Uint8Array): Decoded<readonly OpensslStep[]> {
  const bundle = parseBundle(bundleBytes);
  if (!bundle.ok) return bundle;
  const parsed = parseGenesis(bundle.value.genesis);
  if (!parsed.ok) return parsed;
  let validators = genesisValidatorSet(parsed.value.genesis);
  const steps: OpensslStep[] = [];
  for (const [epoch, { certificates, validatorSet }] of bundle.value.epochChain.entries()) {
    steps.push(...stepsOf(`epoch-${epoch}`, certificates, validators));
    const next = decodeValidatorSet(validatorSet);
    if (!next.ok) return next;
    validators = next.value;
  }
  return ok([...steps, ...stepsOf('finality', bundle.value.certificates, validators)]);
}

function stepsOf(
  prefix: string,
  certificates: readonly FinalityCertificate[],
  { epoch, suites, validators }: ValidatorSet,
): readonly OpensslStep[] {
  return certificates.flatMap((certificate) => {
    const { suite } = certificate;
    const signBytes = certificateSignBytes(certificate);
    const signers = readBitmap(certificate.bitmap, validators.length) ?? [];
    return signers.flatMap((signer, i): OpensslStep[] => {
      const validator = validators[signer];
      const publicKey = validator?.keys[suites.indexOf(suite)];
      const signature = certificate.signatures[i];
      if (!validator || !publicKey || !signature) return [];
      const name = `${prefix}-${suite}-${signer}-${validator.name}`;
      const command = opensslCommand(suite, name);
      return [{ name, epoch, suite, validator: validator.name, signBytes, signature, publicKey, command }];
    });
  });
}

function opensslCommand(suite: SuiteName, name: string): string {
  return suite === 'sm2-sm3'
    ? `openssl dgst -sm3 -verify ${name}.pem -sigopt distid:1234567812345678 -signature ${name}.sig ${name}.bin`
    : `openssl pkeyutl -verify -pubin -inkey ${name}.pem -rawin -in ${name}.bin -sigfile ${name}.sig`;
}
