import { isDeepStrictEqual } from 'node:util';
import { checker, EpochEndSchema } from '@hufu/api';
import { HASH_BYTES, toBase64, utf8 } from '@hufu/crypto';
import {
  type AnyEntry,
  certificateFromJson,
  certificateToJson,
  decodeAnyEntry,
  decodeBatchPayload,
  decodeEntry,
  decodeGovernanceAction,
  decodeHeader,
  decodeSubmission,
  decodeValidatorSet,
  encodeBatchPayload,
  encodeBundle,
  encodeEntry,
  encodeGenesis,
  encodeGovernanceAction,
  encodeGovernanceDocument,
  encodeHeader,
  encodeSubmission,
  encodeValidatorSet,
  epochStepFromJson,
  MAX_BATCH_PAYLOAD_BYTES,
  MAX_BUNDLE_BYTES,
  MAX_ENTRY_BYTES,
  MAX_GENESIS_BYTES,
  MAX_GOVERNANCE_DOCUMENT_BYTES,
  MAX_GOVERNANCE_ENTRY_BYTES,
  MAX_HEADER_BYTES,
  MAX_SUBMISSION_BYTES,
  MAX_VALIDATOR_SET_BYTES,
  parseBundle,
  parseGenesis,
  parseGovernanceDocument,
} from '@hufu/proof';
import { Violation } from '../../sim/oracles/violation.ts';
import { BUNDLES, distinct, encodings, testdataFile } from '../corpus.ts';
import { decoder, type Target } from '../target.ts';

const ENTRIES = encodings('entry');
const VALID_ENTRIES = ENTRIES.filter((bytes) => decodeEntry(bytes).ok);
const SIGNATURE = new Uint8Array(64).fill(7);

/** Records in order, as a gateway signs them. */
function submissionOf(count: number): Uint8Array {
  const [gateway, firstSerial] = [1, 7];
  const records = Array.from({ length: count }, (_, i) => {
    const digests = { sha256: new Uint8Array(HASH_BYTES).fill(i), sm3: new Uint8Array(HASH_BYTES) };
    return encodeEntry({ gateway, serial: firstSerial + i, digests, claimedTimeMs: i });
  });
  return encodeSubmission({ gateway, firstSerial, records, signature: SIGNATURE });
}

const SUBMISSIONS = [
  ...encodings('submission'),
  encodeSubmission({ gateway: 1, firstSerial: 7, records: VALID_ENTRIES, signature: SIGNATURE }),
  ...[1, 2, 5, 9].map(submissionOf),
];
export const BATCH_PAYLOADS = [
  ...encodings('batch'),
  encodeBatchPayload(SUBMISSIONS.slice(-1)),
  encodeBatchPayload(SUBMISSIONS),
  encodeBatchPayload([...SUBMISSIONS.slice(-2), ...encodings('governance', 'action').slice(0, 1)]),
];
const ACTIONS = encodings('governance', 'action');
const GENESES = [
  testdataFile('example/genesis.json'),
  ...distinct(BUNDLES.map(({ genesis }) => genesis)),
  ...encodings('genesis'),
];
const DOCUMENTS = ACTIONS.flatMap((bytes) => {
  const action = decodeGovernanceAction(bytes);
  return action.ok ? [action.value.document] : [];
});
const STEPS = BUNDLES.flatMap(({ epochChain }) => epochChain);
const SETS = distinct([...encodings('validator-set'), ...STEPS.map(({ validatorSet }) => validatorSet)]);
const HEADERS = distinct([
  ...encodings('header'),
  ...BUNDLES.map(({ header }) => header),
  ...STEPS.map(({ header }) => header),
]);
const CERTIFICATES = BUNDLES.flatMap(({ certificates }) => certificates.map(certificateToJson)).map(textOf);

function encodeAnyEntry(entry: AnyEntry): Uint8Array {
  return entry.kind === 'evidence' ? encodeEntry(entry.record) : encodeGovernanceAction(entry.action);
}

function textOf(document: object): Uint8Array {
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
}

/** What JSON text means; undefined for none. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Read from JSON that was parsed before: as a value it is written as it was read. */
const certificate: Target = {
  name: 'certificate',
  seeds: distinct(CERTIFICATES),
  maxBytes: 20_000,
  share: 30,
  accepts(bytes) {
    const value = jsonOf(bytes);
    const read = certificateFromJson(value);
    if (read.ok && !isDeepStrictEqual(value, { ...certificateToJson(read.value) }))
      throw new Violation('one encoding', 'a certificate is written otherwise');
    return read.ok;
  },
};

const checkEpochEnd = checker(EpochEndSchema);

/** As a client reads it: by the API's schema first. */
const epochStep: Target = {
  name: 'epoch-step',
  seeds: STEPS.map((step) =>
    textOf({
      height: 1,
      digests: { sha256: '00'.repeat(HASH_BYTES) },
      headerBytes: toBase64(step.header),
      certificates: step.certificates.map(certificateToJson),
      nextValidatorSet: toBase64(step.validatorSet),
    }),
  ),
  maxBytes: 65_536,
  share: 10,
  accepts(bytes) {
    const checked = checkEpochEnd(jsonOf(bytes));
    return checked.ok && epochStepFromJson(checked.value).ok;
  },
};

export const PROOF_TARGETS: readonly Target[] = [
  decoder({
    name: 'entry',
    seeds: ENTRIES,
    maxBytes: MAX_ENTRY_BYTES,
    share: 100,
    decode: decodeEntry,
    encode: encodeEntry,
  }),
  decoder({
    name: 'any-entry',
    seeds: [...ENTRIES, ...ACTIONS],
    maxBytes: MAX_GOVERNANCE_ENTRY_BYTES,
    share: 50,
    decode: decodeAnyEntry,
    encode: encodeAnyEntry,
  }),
  decoder({
    name: 'submission',
    seeds: SUBMISSIONS,
    maxBytes: MAX_SUBMISSION_BYTES,
    share: 100,
    decode: decodeSubmission,
    encode: encodeSubmission,
  }),
  decoder({
    name: 'batch-payload',
    seeds: BATCH_PAYLOADS,
    maxBytes: MAX_BATCH_PAYLOAD_BYTES,
    share: 30,
    decode: decodeBatchPayload,
    encode: encodeBatchPayload,
  }),
  decoder({
    name: 'governance-action',
    seeds: ACTIONS,
    maxBytes: MAX_GOVERNANCE_ENTRY_BYTES,
    share: 50,
    decode: decodeGovernanceAction,
    encode: encodeGovernanceAction,
  }),
  decoder({
    name: 'governance-document',
    seeds: distinct(DOCUMENTS),
    maxBytes: MAX_GOVERNANCE_DOCUMENT_BYTES,
    share: 30,
    decode: parseGovernanceDocument,
    encode: encodeGovernanceDocument,
  }),
  decoder({
    name: 'genesis',
    seeds: GENESES,
    maxBytes: MAX_GENESIS_BYTES,
    share: 10,
    decode: parseGenesis,
    encode: ({ genesis }) => encodeGenesis(genesis),
  }),
  decoder({
    name: 'header',
    seeds: HEADERS,
    maxBytes: MAX_HEADER_BYTES,
    share: 100,
    decode: decodeHeader,
    encode: encodeHeader,
  }),
  decoder({
    name: 'validator-set',
    seeds: SETS,
    maxBytes: MAX_VALIDATOR_SET_BYTES,
    share: 20,
    decode: decodeValidatorSet,
    encode: encodeValidatorSet,
  }),
  certificate,
  epochStep,
  decoder({
    name: 'bundle',
    seeds: encodings('bundle', 'bundle'),
    maxBytes: MAX_BUNDLE_BYTES,
    share: 20,
    decode: parseBundle,
    encode: encodeBundle,
  }),
];
