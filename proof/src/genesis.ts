import { asEpoch, faults, MAX_VALIDATORS, type Parameters } from '@hufu/consensus';
import {
  equalBytes,
  fromHex,
  hash,
  hashOf,
  isPublicKey,
  ok,
  SUITE_NAMES,
  type SuiteName,
} from '@hufu/crypto';
import {
  integer,
  list,
  object,
  oneOf,
  parseJson,
  readShape,
  type Shape,
  someOf,
  text,
  writeClosedJson,
} from './closed-json.ts';
import { MAX_GATEWAY } from './entry.ts';
import type { SuiteDigests } from './header.ts';
import { type Decoded, refuse } from './problems.ts';
import { MAX_BATCH_PAYLOAD_BYTES, MAX_SUBMISSION_BYTES, MAX_SUBMISSION_RECORDS } from './submission.ts';
import type { Validator, ValidatorSet } from './validator-set.ts';

export const GENESIS_FORMAT = 'hufu-genesis/1';
export const MAX_GENESIS_BYTES = 524_288;
export const ROLES = ['broker', 'exchange-infra', 'ca', 'notary', 'observer'] as const;
export type Role = (typeof ROLES)[number];

/** The trust anchor: who takes part and by which rules. Hashed as the exact bytes of its file. */
export interface Genesis {
  readonly format: typeof GENESIS_FORMAT;
  /** The network's name. */
  readonly name: string;
  /** ISO 8601, UTC, to the millisecond. */
  readonly createdAt: string;
  readonly suites: readonly SuiteName[];
  readonly members: readonly Member[];
  readonly validators: readonly GenesisValidator[];
  readonly gateways: readonly GenesisGateway[];
  readonly parameters: GenesisParameters;
}

export interface Member {
  readonly name: string;
  /** The legal person's name, in its own language. */
  readonly organisation: string;
  readonly roles: readonly Role[];
}

/** A validator's index is its position in the list. */
export interface GenesisValidator {
  readonly member: string;
  /** libp2p peer id, base58. */
  readonly peerId: string;
  /** One key per suite, lower-case hex of the raw bytes. */
  readonly keys: { readonly [suite in SuiteName]?: string };
}

export interface GenesisGateway {
  /** Position in the list; what entries name. */
  readonly index: number;
  readonly name: string;
  readonly member: string;
  readonly suite: SuiteName;
  readonly publicKey: string;
}

/** What every node of the network must have in common; process settings are elsewhere. */
export interface GenesisParameters extends Parameters {
  readonly maxSubmissionRecords: number;
  readonly maxSubmissionBytes: number;
}

export const DEFAULT_PARAMETERS: GenesisParameters = {
  minDeltaMs: 30,
  maxDeltaMs: 2_000,
  maxClockSkewMs: 500,
  heartbeatMs: 30_000,
  maxBlockBatches: 64,
  maxBatchBytes: 1_048_576,
  maxPendingBatchesPerOrigin: 64,
  maxFetchBlocks: 64,
  maxSubmissionRecords: MAX_SUBMISSION_RECORDS,
  maxSubmissionBytes: MAX_SUBMISSION_BYTES,
};

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/**
 * 1 … 128 characters, no control, surrogate or line-breaking one, and none that is invisible or turns the direction
 * of what follows (threat: a name that reads as another's). Listed one by one: \p{Cf} grows with Unicode versions,
 * and every engine must give the same answer for ever.
 */
const ORGANISATION =
  /^[^\p{Cc}\u{ad}\u{61c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{d800}-\u{dfff}\u{feff}\u{fff9}-\u{fffb}]{1,128}$/u;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{40,64}$/;
const KEY = /^(?:[0-9a-f]{2}){32,65}$/;

const HOUR_MS = 3_600_000;

const parameters: Shape<GenesisParameters> = object<GenesisParameters>({
  minDeltaMs: integer(1, HOUR_MS),
  maxDeltaMs: integer(1, HOUR_MS),
  maxClockSkewMs: integer(0, HOUR_MS),
  heartbeatMs: integer(1, 24 * HOUR_MS),
  maxBlockBatches: integer(1, 1_024),
  maxBatchBytes: integer(1_024, MAX_BATCH_PAYLOAD_BYTES),
  maxPendingBatchesPerOrigin: integer(1, 65_536),
  maxFetchBlocks: integer(1, 4_096),
  maxSubmissionRecords: integer(1, MAX_SUBMISSION_RECORDS),
  maxSubmissionBytes: integer(1_024, MAX_SUBMISSION_BYTES),
});

const genesisShape: Shape<Genesis> = object<Genesis>({
  format: oneOf(GENESIS_FORMAT),
  name: text(NAME),
  createdAt: text(TIMESTAMP),
  suites: list(oneOf(...SUITE_NAMES), 1, SUITE_NAMES.length),
  members: list(
    object<Member>({
      name: text(NAME),
      organisation: text(ORGANISATION),
      roles: list(oneOf(...ROLES), 1, ROLES.length),
    }),
    1,
    256,
  ),
  validators: list(
    object<GenesisValidator>({
      member: text(NAME),
      peerId: text(PEER_ID),
      keys: someOf(SUITE_NAMES, text(KEY)),
    }),
    1,
    MAX_VALIDATORS,
  ),
  gateways: list(
    object<GenesisGateway>({
      index: integer(0, MAX_GATEWAY),
      name: text(NAME),
      member: text(NAME),
      suite: oneOf(...SUITE_NAMES),
      publicKey: text(KEY),
    }),
    0,
    1_024,
  ),
  parameters,
});

export interface ParsedGenesis {
  readonly genesis: Genesis;
  /** Digest of the file's bytes under each suite's hash: the chain's identity. */
  readonly chainId: SuiteDigests;
}

/**
 * The genesis read last. A verifier of many bundles meets the same one in each, and checking its keys takes
 * milliseconds. It holds a copy of the bytes, so the answer still depends on the argument alone.
 */
let lastRead: { readonly bytes: Uint8Array; readonly parsed: ParsedGenesis } | undefined;

/**
 * Reads a genesis file. Closed schema, one serialisation (that of `encodeGenesis`), and the rules of
 * docs/spec/genesis.md. Errors: 'genesis-too-large', 'genesis-malformed', 'genesis-not-canonical',
 * 'genesis-inconsistent'.
 */
export function parseGenesis(bytes: Uint8Array): Decoded<ParsedGenesis> {
  if (bytes.length > MAX_GENESIS_BYTES) return refuse('genesis-too-large', `${bytes.length} bytes`);
  if (lastRead !== undefined && equalBytes(lastRead.bytes, bytes)) return ok(lastRead.parsed);
  const read = readShape(parseJson(bytes), genesisShape);
  if (read.type === 'malformed') return refuse('genesis-malformed', read.remark);
  const genesis = read.value;
  if (!equalBytes(writeClosedJson(genesis), bytes)) {
    return refuse('genesis-not-canonical', 'written again it differs');
  }
  const contradiction = findContradiction(genesis);
  if (contradiction !== undefined) return refuse('genesis-inconsistent', contradiction);
  const parsed = { genesis, chainId: chainIdOf(genesis.suites, bytes) };
  lastRead = { bytes: bytes.slice(), parsed };
  return ok(parsed);
}

/**
 * The genesis file's bytes. Throws an Error for a document that `parseGenesis` would refuse, so that no
 * network starts from one.
 */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const ordered = readShape(genesis, genesisShape);
  if (ordered.type === 'malformed') throw new Error(`genesis: ${ordered.remark}`);
  const bytes = writeClosedJson(ordered.value);
  const parsed = parseGenesis(bytes);
  if (!parsed.ok) throw new Error(`genesis: ${parsed.error.remark}`);
  return bytes;
}

/** Digest of the genesis file under each suite's hash. */
export function chainIdOf(suites: readonly SuiteName[], genesisBytes: Uint8Array): SuiteDigests {
  return suites.map((suite) => hash(hashOf(suite), genesisBytes));
}

/** The validators of epoch 0, which the genesis names. */
export function genesisValidatorSet(genesis: Genesis): ValidatorSet {
  const validators = genesis.validators.map((validator): Validator => {
    const keys = genesis.suites.map((suite) => fromHex(validator.keys[suite] ?? '') ?? new Uint8Array(0));
    return { name: validator.member, keys };
  });
  return { epoch: asEpoch(0), suites: genesis.suites, validators };
}

/** What in the document breaks a rule of docs/spec/genesis.md; undefined when nothing does. */
function findContradiction(genesis: Genesis): string | undefined {
  const { suites, members, validators, gateways, parameters } = genesis;
  if (!isDate(genesis.createdAt)) return 'createdAt is no date';
  if (repeats(suites)) return 'a suite is named twice';
  if (repeats(members.map((member) => member.name))) return 'a member is named twice';
  if (members.some((member) => repeats(member.roles))) return 'a role is given twice';
  if (repeats(validators.map((validator) => validator.peerId))) return 'a peer id is used twice';
  if (repeats(gateways.map((gateway) => gateway.name))) return 'a gateway is named twice';
  if (parameters.minDeltaMs > parameters.maxDeltaMs) return 'minDeltaMs is above maxDeltaMs';
  return findBadValidator(genesis) ?? findBadGateway(genesis) ?? findRepeatedKey(genesis);
}

function findBadValidator(genesis: Genesis): string | undefined {
  const mostOwned = Math.max(1, faults(genesis.validators.length));
  for (const { member, keys } of genesis.validators) {
    const owner = genesis.members.find((candidate) => candidate.name === member);
    if (owner === undefined) return `validator of ${member}, which is no member`;
    if (owner.roles.every((role) => role === 'observer')) return `${member} only observes`;
    // No organisation may by itself stop or fork the chain.
    const owned = genesis.validators.filter((validator) => validator.member === member).length;
    if (owned > mostOwned) return `${member} runs ${owned} validators`;
    const named = Object.keys(keys);
    if (named.length !== genesis.suites.length || genesis.suites.some((suite, i) => named[i] !== suite)) {
      return `${member}: not one key per suite, in the order of the suites`;
    }
    if (!genesis.suites.every((suite) => isKey(suite, keys[suite] ?? ''))) return `${member}: an invalid key`;
  }
  return undefined;
}

function findBadGateway(genesis: Genesis): string | undefined {
  for (const [i, gateway] of genesis.gateways.entries()) {
    if (gateway.index !== i) return `gateway ${gateway.name}: index ${gateway.index} at position ${i}`;
    if (!genesis.members.some((member) => member.name === gateway.member)) {
      return `gateway of ${gateway.member}, which is no member`;
    }
    if (!genesis.suites.includes(gateway.suite)) return `gateway ${gateway.name}: suite not of this chain`;
    if (!isKey(gateway.suite, gateway.publicKey)) return `gateway ${gateway.name}: an invalid key`;
  }
  return undefined;
}

function findRepeatedKey(genesis: Genesis): string | undefined {
  const keys = [
    ...genesis.validators.flatMap((validator) => Object.values(validator.keys)),
    ...genesis.gateways.map((gateway) => gateway.publicKey),
  ];
  return repeats(keys) ? 'a key is used twice' : undefined;
}

function isKey(suite: SuiteName, hexKey: string): boolean {
  const key = fromHex(hexKey);
  return key !== undefined && isPublicKey(suite, key);
}

/** Whether the timestamp names a day that exists: writing it again must give the same text. */
function isDate(timestamp: string): boolean {
  const timeMs = Date.parse(timestamp);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString() === timestamp;
}

function repeats(values: readonly string[]): boolean {
  return new Set(values).size !== values.length;
}
