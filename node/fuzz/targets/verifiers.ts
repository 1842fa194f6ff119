import { isDeepStrictEqual } from 'node:util';
import { asEpoch } from '@hufu/consensus';
import { hash, SUITE_NAMES, type SuiteName, toHex, utf8, verify as verifySignature } from '@hufu/crypto';
import {
  certificateSignBytes,
  decodeGovernanceAction,
  encodeBundle,
  GOVERNANCE_FORMAT,
  type GovernanceContext,
  genesisValidatorSet,
  judgeGovernance,
  MAX_BUNDLE_BYTES,
  MAX_GOVERNANCE_ENTRY_BYTES,
  ProtoReader,
  ProtoWriter,
  parseBundle,
  parseGenesis,
  parseGovernanceDocument,
  readBitmap,
  type VerifyOptions,
  verify,
} from '@hufu/proof';
import { Violation } from '../../sim/oracles/violation.ts';
import { BUNDLES, base64Of, encodings, hexListOf, must, objectOf, unwrapped, vectors } from '../corpus.ts';
import type { Target } from '../target.ts';

/** The network that most vectors are of. */
const TRUSTED = must(BUNDLES[0]).genesis;

const TRUSTED_ID = { sha256: hash('sha256', TRUSTED), sm3: hash('sm3', TRUSTED) };
/** What a bundle may be verified with; the input's length says which. */
const OPTIONS: readonly VerifyOptions[] = [
  { trust: { genesis: TRUSTED } },
  { trust: { chainId: TRUSTED_ID } },
  { trust: { genesis: TRUSTED }, content: base64Of(must(vectors('bundle', 'valid')[0]), 'content') },
];

/**
 * What each record of a vector says, in the log of the header that it is shown with, if it is proven by itself: a hostile
 * bundle may hold true records beside a forged one.
 */
const TRUTHS: ReadonlySet<string> = new Set(
  BUNDLES.flatMap((bundle) => bundle.records.map((record) => encodeBundle({ ...bundle, records: [record] })))
    .filter((bytes) => verify(bytes, OPTIONS[0]).conclusion === 'passed')
    .flatMap(statements),
);

function statements(bytes: Uint8Array): readonly string[] {
  const { genesis, header, logSize, records } = unwrapped(parseBundle(bytes));
  const chain = toHex(hash('sha256', genesis));
  return records.map(({ index, entry }) => [chain, toHex(header), logSize, index, toHex(entry)].join());
}

/**
 * The verifier passes nothing that is not true: a bundle whose every record is known to be in the log of that header,
 * whatever else of the bundle was changed.
 */
export function bundleVerifier(verifyBundle: typeof verify): Target {
  return {
    name: 'verify',
    seeds: encodings('bundle', 'bundle'),
    maxBytes: MAX_BUNDLE_BYTES,
    share: 20,
    accepts(bytes) {
      const { conclusion, steps } = verifyBundle(bytes, OPTIONS[bytes.length % OPTIONS.length]);
      if (steps.length === 0) throw new Violation('result', 'a report without a step');
      if (conclusion !== 'passed') return false;
      const untrue = statements(bytes).find((statement) => !TRUTHS.has(statement));
      if (untrue !== undefined) throw new Violation('truth', `passed, and is not true: ${untrue}`);
      return true;
    },
  };
}

const GOVERNED = must(
  vectors('governance', 'valid').find((vector) => String(vector.description).includes('joins')),
);

function contextOf(): GovernanceContext {
  const context = objectOf(GOVERNED, 'context');
  const chainId = { sha256: '00'.repeat(32) };
  const document = { format: GOVERNANCE_FORMAT, chainId, epoch: 0, ...objectOf(context, 'registry') };
  return {
    suites: SUITE_NAMES.filter((suite) => JSON.stringify(context.suites).includes(suite)),
    chainId: hexListOf(context, 'chainId'),
    epoch: asEpoch(Number(context.epoch)),
    validatorSetDigest: hexListOf(context, 'validatorSetDigest'),
    registry: unwrapped(parseGovernanceDocument(utf8(`${JSON.stringify(document, null, 2)}\n`))),
    firstHeight: Number(context.firstHeight),
    parentHeight: Number(context.parentHeight),
  };
}

const CONTEXT = contextOf();

/** The documents that enough members approve in this very context. */
const APPROVED: ReadonlySet<string> = new Set(
  vectors('governance', 'valid')
    .filter((vector) => isDeepStrictEqual(vector.context, GOVERNED.context))
    .map((vector) => toHex(unwrapped(decodeGovernanceAction(base64Of(vector, 'action'))).document)),
);

/** No epoch begins with a document that the members did not approve. */
const governance: Target = {
  name: 'judge-governance',
  seeds: encodings('governance', 'action'),
  maxBytes: MAX_GOVERNANCE_ENTRY_BYTES,
  share: 5,
  accepts(bytes) {
    if (!judgeGovernance(bytes, CONTEXT).ok) return false;
    if (APPROVED.has(toHex(unwrapped(decodeGovernanceAction(bytes)).document))) return true;
    throw new Violation('truth', 'a document that nobody approved');
  },
};

const FIELD = { key: 1, message: 2, signature: 3 } as const;
const MAX_PART_BYTES = 1_024;

interface Signed {
  readonly suite: SuiteName;
  readonly bytes: Uint8Array;
}

/** Key, message and signature of every validator that signed a valid bundle of epoch 0. */
const SIGNED: readonly Signed[] = vectors('bundle', 'valid').flatMap((vector) => {
  const { genesis, certificates, epochChain } = unwrapped(parseBundle(base64Of(vector, 'bundle')));
  const { validators } = genesisValidatorSet(unwrapped(parseGenesis(genesis)).genesis);
  if (epochChain.length > 0) return [];
  return certificates.flatMap((certificate, i) =>
    must(readBitmap(certificate.bitmap, validators.length)).map((signer, nth) => {
      const writer = new ProtoWriter(MAX_PART_BYTES);
      writer.bytes(FIELD.key, must(validators[signer]?.keys[i]));
      writer.bytes(FIELD.message, certificateSignBytes(certificate));
      writer.bytes(FIELD.signature, must(certificate.signatures[nth]));
      return { suite: certificate.suite, bytes: writer.finish() };
    }),
  );
});

/** A signature has one spelling: nothing verifies that was not signed just so. */
function signatureVerifier(suite: SuiteName): Target {
  const seeds = SIGNED.filter((signed) => signed.suite === suite).map(({ bytes }) => bytes);
  const known = new Set(seeds.map(toHex));
  return {
    name: `signature-${suite}`,
    seeds,
    maxBytes: 3 * MAX_PART_BYTES,
    share: 10,
    accepts(bytes) {
      const reader = new ProtoReader(bytes);
      const [key, message, signature] = Object.values(FIELD).map(
        (field) => reader.optionalBytes(field, 0, MAX_PART_BYTES) ?? new Uint8Array(0),
      );
      if (!key || !message || !signature || !reader.done()) return false;
      const holds = verifySignature(suite, key, message, signature);
      if (typeof holds !== 'boolean') throw new Violation('result', 'neither true nor false');
      if (holds && !known.has(toHex(bytes))) throw new Violation('truth', 'verified what nobody signed');
      return holds;
    },
  };
}

export const VERIFIERS: readonly Target[] = [
  bundleVerifier(verify),
  governance,
  ...SUITE_NAMES.map(signatureVerifier),
];
