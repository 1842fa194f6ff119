import { asEpoch, asHeight, asView } from '@hufu/consensus';
import { concatBytes, type SuiteName, utf8 } from '@hufu/crypto';
import { encodeBundle, type FinalityCertificate } from '../../src/index.ts';
import { must } from '../must.ts';
import { derInteger, SM2_ORDER, sm2PrivateKey, sm2Sign } from '../network/sm2-signer.ts';
import { testCase } from '../network/test-bundle.ts';
import { certify, signBytesOf, testNetwork } from '../network/test-network.ts';
import { type Attack, altered, TRUE, TRUE_HEADER, withCertificate, withCertificates } from './attack.ts';

const ED25519 = 0;
const SM2 = 1;
const INVALID = 'certificate-signature-invalid';
const ofEd25519 = (problem: string): readonly string[] => [`finality-ed25519-sha256: ${problem}`];
const ofSm2 = (problem: string): readonly string[] => [`finality-sm2-sm3: ${problem}`];
const ofBoth = (problem: string): readonly string[] => [...ofEd25519(problem), ...ofSm2(problem)];

const { network } = TRUE;
const [ed25519, sm2] = [must(TRUE.bundle.certificates[ED25519]), must(TRUE.bundle.certificates[SM2])];
const byTwo = certify(network, TRUE_HEADER, [0, 1]);
const byAll = certify(network, TRUE_HEADER, [0, 1, 2, 3]);

/** The certificate's signatures with the first one replaced. */
const replaceFirst = (certificate: FinalityCertificate, signature: Uint8Array) => ({
  signatures: certificate.signatures.with(0, signature),
});

/** What the validators 0, 1 and 3 sign when asked to sign these bytes. */
const signaturesOver = (suite: SuiteName, message: Uint8Array): readonly Uint8Array[] =>
  [0, 1, 3].map((signer) => must(network.keys[signer]).sign(suite, message));

const otherKind = (kind: string) => (certificate: FinalityCertificate) => {
  const prefix = utf8('hufu/finalize/v1').length;
  const message = concatBytes(utf8(`hufu/${kind}/v1`), signBytesOf(certificate).subarray(prefix));
  return { signatures: signaturesOver(certificate.suite, message) };
};

/** r and s of a strict DER SM2 signature. */
function readDer(signature: Uint8Array): readonly [bigint, bigint] {
  const rLength = must(signature[3]);
  const hex = Buffer.from(signature).toString('hex');
  const r = BigInt(`0x${hex.slice(8, 8 + 2 * rLength)}`);
  return [r, BigInt(`0x${hex.slice(12 + 2 * rLength)}`)];
}

function der(...integers: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...integers);
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}

const sm2Message = signBytesOf(sm2);
const sm2Signature = must(sm2.signatures[0]);
const [r, s] = readDer(sm2Signature);

/** Ed25519's group order L, little-endian addition to the S half. */
function addOrder(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const half = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  const bytes = Buffer.from(half.toString(16).padStart(64, '0'), 'hex').reverse();
  return concatBytes(signature.subarray(0, 32), bytes);
}

const oneSuite = testNetwork({ suites: ['sm2-sm3'] });
const oneSuiteCase = testCase({ network: oneSuite });

/** Too few votes, wrong votes, votes for something else, and votes in another spelling. */
export const ATTACKS_ON_CERTIFICATES: readonly Attack[] = [
  {
    name: 'below-quorum',
    attack: 'Two of four validators signed: one fewer than the quorum.',
    bundle: altered({ certificates: byTwo }),
    failed: ofBoth('certificate-below-quorum'),
  },
  {
    name: 'below-quorum-sm2-only',
    attack: 'The Ed25519 certificate is true, the SM2 one has two signatures of four.',
    bundle: altered({ certificates: [ed25519, must(byTwo[SM2])] }),
    failed: ofSm2('certificate-below-quorum'),
  },
  {
    name: 'one-vote-counted-thrice',
    attack: "One validator's signature stands three times, for three signers.",
    bundle: withCertificates(({ signatures }) => ({ signatures: signatures.map(() => must(signatures[0])) })),
    failed: ofBoth(INVALID),
  },
  {
    name: 'invalid-beside-quorum',
    attack: 'Three valid signatures, a quorum, stand beside a fourth that is not valid.',
    bundle: altered({
      certificates: byAll.map((certificate) => ({
        ...certificate,
        signatures: certificate.signatures.with(2, must(certificate.signatures[0])),
      })),
    }),
    failed: ofBoth(INVALID),
  },
  {
    name: 'signatures-in-other-order',
    attack: 'Two signatures are swapped.',
    bundle: withCertificates(({ signatures: [a, b, c] }) => ({ signatures: [must(b), must(a), must(c)] })),
    failed: ofBoth(INVALID),
  },
  {
    name: 'bitmap-of-other-signers',
    attack: 'The bitmap names validator 2 instead of 3.',
    bundle: withCertificates(() => ({ bitmap: Uint8Array.of(0b0111) })),
    failed: ofBoth(INVALID),
  },
  {
    name: 'bitmap-beyond-the-set',
    attack: 'The bitmap names a validator 4, whom the set of four does not have.',
    bundle: withCertificates(() => ({ bitmap: Uint8Array.of(0b10011) })),
    failed: ofBoth('certificate-bitmap-invalid'),
  },
  {
    name: 'bitmap-too-long',
    attack: 'The bitmap has a zero byte too many.',
    bundle: withCertificates(() => ({ bitmap: Uint8Array.of(0b1011, 0) })),
    failed: ofBoth('certificate-bitmap-invalid'),
  },
  {
    name: 'bitmap-claims-all',
    attack: 'The bitmap names all four validators beside three signatures.',
    bundle: withCertificates(() => ({ bitmap: Uint8Array.of(0b1111) })),
    failed: ofBoth('certificate-bitmap-invalid'),
  },
  {
    name: 'bitmap-empty-beside-signatures',
    attack: 'The bitmap names nobody.',
    bundle: withCertificates(() => ({ bitmap: Uint8Array.of(0) })),
    failed: ofBoth('certificate-bitmap-invalid'),
  },
  {
    name: 'notarize-shown-as-finalize',
    attack:
      'The signatures are true Notarize votes for this header: a block that was notarized need not be final.',
    bundle: withCertificates(otherKind('notarize')),
    failed: ofBoth(INVALID),
  },
  {
    name: 'proposal-shown-as-finalize',
    attack: 'The signatures are over the proposal sign-bytes.',
    bundle: withCertificates(otherKind('proposal')),
    failed: ofBoth(INVALID),
  },
  {
    name: 'certificate-view-changed',
    attack: 'The view in the certificates is another than the one that was signed.',
    bundle: withCertificates(() => ({ view: asView(2) })),
    failed: ofBoth(INVALID),
  },
  {
    name: 'certificate-height-changed',
    attack: 'The height in the certificates is another than the one that was signed.',
    bundle: withCertificates(() => ({ height: asHeight(2) })),
    failed: ofBoth(INVALID),
  },
  {
    name: 'certificate-epoch-changed',
    attack: 'The epoch in the certificates is another than the one that was signed.',
    bundle: withCertificates(() => ({ epoch: asEpoch(1) })),
    failed: ofBoth('certificate-wrong-epoch'),
  },
  {
    name: 'certificate-chain-of-other-suite',
    attack: "The SM2 certificate carries the chain id's SHA-256 digest.",
    bundle: withCertificate(SM2, () => ({ chainId: ed25519.chainId })),
    failed: ofSm2('certificate-wrong-chain'),
  },
  {
    name: 'certificate-set-of-other-suite',
    attack: "The SM2 certificate carries the validator set's SHA-256 digest.",
    bundle: withCertificate(SM2, () => ({ validatorSetDigest: ed25519.validatorSetDigest })),
    failed: ofSm2('certificate-wrong-validators'),
  },
  {
    name: 'certificate-header-of-other-suite',
    attack: "The SM2 signatures are over the header's SHA-256 digest, correctly signed so.",
    bundle: withCertificate(SM2, (certificate) => {
      const changed = { ...certificate, headerDigest: ed25519.headerDigest };
      return { ...changed, signatures: signaturesOver('sm2-sm3', signBytesOf(changed)) };
    }),
    failed: ofSm2('certificate-wrong-block'),
  },
  {
    name: 'certificate-missing',
    attack: 'The SM2 certificate is left out.',
    bundle: altered({ certificates: [ed25519] }),
    failed: ['suites: certificate-missing', ...ofSm2('certificate-missing')],
  },
  {
    name: 'certificates-missing',
    attack: 'There is no certificate at all.',
    bundle: altered({ certificates: [] }),
    failed: ['suites: certificate-missing', ...ofBoth('certificate-missing')],
  },
  {
    name: 'certificate-twice',
    attack: 'The Ed25519 certificate stands twice, in place of the SM2 one.',
    bundle: altered({ certificates: [ed25519, ed25519] }),
    failed: ['suites: certificate-missing', ...ofSm2('certificate-missing')],
  },
  {
    name: 'certificates-in-other-order',
    attack: 'Both certificates are true but not in the order of the genesis.',
    bundle: altered({ certificates: [sm2, ed25519] }),
    failed: ['suites: bundle-surplus'],
  },
  {
    name: 'certificate-of-foreign-suite',
    attack: 'A chain of SM2 only carries an Ed25519 certificate besides its own.',
    bundle: encodeBundle({
      ...oneSuiteCase.bundle,
      certificates: [...oneSuiteCase.bundle.certificates, ed25519],
    }),
    trusted: oneSuite,
    failed: ['suites: bundle-surplus'],
  },
  {
    name: 'suite-relabelled',
    attack: 'The Ed25519 certificate is labelled SM2.',
    bundle: withCertificate(SM2, () => ({ ...ed25519, suite: 'sm2-sm3' })),
    failed: ofSm2('certificate-wrong-chain'),
  },
  {
    name: 'ed25519-s-plus-order',
    attack:
      'S of an Ed25519 signature is raised by the group order, which lenient verifiers take for the same.',
    bundle: withCertificate(ED25519, (c) => replaceFirst(c, addOrder(must(c.signatures[0])))),
    failed: ofEd25519(INVALID),
  },
  {
    name: 'ed25519-all-zero',
    attack: 'An Ed25519 signature is 64 zero bytes.',
    bundle: withCertificate(ED25519, (c) => replaceFirst(c, new Uint8Array(64))),
    failed: ofEd25519(INVALID),
  },
  {
    name: 'ed25519-too-long',
    attack: 'A byte is appended to an Ed25519 signature.',
    bundle: withCertificate(ED25519, (c) =>
      replaceFirst(c, concatBytes(must(c.signatures[0]), Uint8Array.of(0))),
    ),
    failed: ofEd25519(INVALID),
  },
  {
    name: 'sm2-s-negated',
    attack:
      's of an SM2 signature is replaced by n − s, which is the same signature in ECDSA but not in SM2.',
    bundle: withCertificate(SM2, (c) => replaceFirst(c, der(derInteger(r), derInteger(SM2_ORDER - s)))),
    failed: ofSm2(INVALID),
  },
  {
    name: 'sm2-s-plus-order',
    attack: 's of an SM2 signature is raised by the group order.',
    bundle: withCertificate(SM2, (c) => replaceFirst(c, der(derInteger(r), derInteger(s + SM2_ORDER)))),
    failed: ofSm2(INVALID),
  },
  {
    name: 'sm2-r-zero',
    attack: 'r of an SM2 signature is 0.',
    bundle: withCertificate(SM2, (c) => replaceFirst(c, der(Uint8Array.of(2, 1, 0), derInteger(s)))),
    failed: ofSm2(INVALID),
  },
  {
    name: 'sm2-der-not-minimal',
    attack: 'A zero byte stands before s where DER has none.',
    bundle: withCertificate(SM2, (c) => {
      const bytes = Buffer.concat([Buffer.of(0), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
      const padded =
        bytes[1] !== undefined && bytes[1] >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
      return replaceFirst(c, der(derInteger(r), concatBytes(Uint8Array.of(2, padded.length), padded)));
    }),
    failed: ofSm2(INVALID),
  },
  {
    name: 'sm2-der-trailing-byte',
    attack: 'A byte follows the DER of an SM2 signature whose integers leave room for it.',
    bundle: withCertificate(SM2, (c) =>
      replaceFirst(c, concatBytes(der(derInteger(r >> 8n), derInteger(s)), Uint8Array.of(0))),
    ),
    failed: ofSm2(INVALID),
  },
  {
    name: 'sm2-raw-r-s',
    attack: 'An SM2 signature is r ‖ s in 64 bytes instead of DER.',
    bundle: withCertificate(SM2, (c) =>
      replaceFirst(
        c,
        Uint8Array.from(Buffer.from([r, s].map((n) => n.toString(16).padStart(64, '0')).join(''), 'hex')),
      ),
    ),
    failed: ofSm2(INVALID),
  },
  {
    name: 'sm2-empty-id',
    attack: 'An SM2 signature is made with an empty user id, as some libraries do by default.',
    bundle: withCertificate(SM2, (c) =>
      replaceFirst(c, sm2Sign(sm2PrivateKey('test validator 0 sm2'), sm2Message, '')),
    ),
    failed: ofSm2(INVALID),
  },
];
