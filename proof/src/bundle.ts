import { equalBytes, HASH_BYTES, type HashName, ok, SUITE_NAMES, toBase64, toHex } from '@hufu/crypto';
import {
  base64,
  hex,
  integer,
  list,
  object,
  oneOf,
  parseJson,
  readShape,
  type Shape,
  someOf,
  writeClosedJson,
} from './closed-json.ts';
import { HASH_NAMES } from './entry.ts';
import type { EpochStep } from './epoch-chain.ts';
import { certificateShape, certificateToJson, type FinalityCertificate } from './finality-certificate.ts';
import { MAX_GENESIS_BYTES } from './genesis.ts';
import { MAX_GOVERNANCE_ENTRY_BYTES } from './governance-action.ts';
import { MAX_HEADER_BYTES } from './header.ts';
import { MAX_UINT } from './numbers.ts';
import { type Decoded, refuse } from './problems.ts';
import { MAX_VALIDATOR_SET_BYTES } from './validator-set.ts';

export const BUNDLE_FORMAT = 'hufu-bundle/1';

/** 1,000 records with two paths of 40 hashes each, indented, are 6.5 MB. */
export const MAX_BUNDLE_BYTES = 8_388_608;
export const MAX_BUNDLE_RECORDS = 1_000;
/** Changes of the validator set that a bundle can show; the bytes may allow fewer. */
export const MAX_EPOCHS = 1_024;

/** A log of 2^53 − 1 leaves is 53 levels high. */
const MAX_PATH_HASHES = 53;

/**
 * The proof of one record, or of several that share a checkpoint, as a file that needs nobody. Its parts stay
 * encoded: `verify` decodes each in its own step.
 */
export interface Bundle {
  /** The exact genesis file. */
  readonly genesis: Uint8Array;
  /** In ascending order of index. */
  readonly records: readonly BundleRecord[];
  /** The header's, repeated for whoever reads the file. */
  readonly logSize: number;
  readonly header: Uint8Array;
  /** One per suite of the genesis, in its order. */
  readonly certificates: readonly FinalityCertificate[];
  /** One step for each epoch before the header's, from epoch 0. */
  readonly epochChain: readonly EpochStep[];
}

export interface BundleRecord {
  readonly entry: Uint8Array;
  readonly index: number;
  /** Inclusion path in the log of `logSize` for each hash, in the order of the genesis's suites. */
  readonly paths: { readonly [name in HashName]?: readonly Uint8Array[] };
}

interface BundleDocument extends Bundle {
  readonly format: string;
}

const record: Shape<BundleRecord> = object<BundleRecord>({
  entry: base64(MAX_GOVERNANCE_ENTRY_BYTES),
  index: integer(0, MAX_UINT),
  paths: someOf(HASH_NAMES, list(hex(HASH_BYTES), 0, MAX_PATH_HASHES)),
});

const certificates = list(certificateShape, 0, SUITE_NAMES.length);

const epochStep: Shape<EpochStep> = object<EpochStep>({
  header: base64(MAX_HEADER_BYTES),
  certificates,
  validatorSet: base64(MAX_VALIDATOR_SET_BYTES),
});

const document: Shape<BundleDocument> = object<BundleDocument>({
  format: oneOf(BUNDLE_FORMAT),
  genesis: base64(MAX_GENESIS_BYTES),
  records: list(record, 1, MAX_BUNDLE_RECORDS),
  logSize: integer(1, MAX_UINT),
  header: base64(MAX_HEADER_BYTES),
  certificates,
  epochChain: list(epochStep, 0, MAX_EPOCHS),
});

/** The bundle's one serialisation (docs/spec/bundle.md). */
export function encodeBundle(bundle: Bundle): Uint8Array {
  return writeClosedJson({
    format: BUNDLE_FORMAT,
    genesis: toBase64(bundle.genesis),
    records: bundle.records.map(({ entry, index, paths }) => ({
      entry: toBase64(entry),
      index,
      paths: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, path.map(toHex)])),
    })),
    logSize: bundle.logSize,
    header: toBase64(bundle.header),
    certificates: bundle.certificates.map(certificateToJson),
    epochChain: bundle.epochChain.map(({ header, certificates, validatorSet }) => ({
      header: toBase64(header),
      certificates: certificates.map(certificateToJson),
      validatorSet: toBase64(validatorSet),
    })),
  });
}

/**
 * Reads a bundle. It proves nothing yet: that is `verify`. Errors: 'bundle-too-large', 'bundle-not-json',
 * 'bundle-unknown-format', 'bundle-malformed', 'bundle-not-canonical'.
 */
export function parseBundle(bytes: Uint8Array): Decoded<Bundle> {
  // Threat: a huge file must not be decoded before it is measured.
  if (bytes.length > MAX_BUNDLE_BYTES) return refuse('bundle-too-large', `${bytes.length} bytes`);
  const raw = parseJson(bytes);
  if (raw === undefined) return refuse('bundle-not-json', 'not JSON in UTF-8');
  const read = readShape(raw, document);
  if (read.type === 'malformed') {
    return refuse(isOtherFormat(raw) ? 'bundle-unknown-format' : 'bundle-malformed', read.remark);
  }
  const { format: _format, ...bundle } = read.value;
  if (bundle.records.some(({ index }, i) => i > 0 && index <= (bundle.records[i - 1]?.index ?? index))) {
    return refuse('bundle-malformed', 'records not in ascending order of index');
  }
  // Threat: JSON has many texts for one value, and readers differ over repeated members. Only one text passes,
  // so every byte of the file is bound to what it says.
  if (!equalBytes(encodeBundle(bundle), bytes)) {
    return refuse('bundle-not-canonical', 'written again it differs');
  }
  return ok(bundle);
}

function isOtherFormat(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'format' in raw && raw.format !== BUNDLE_FORMAT;
}
