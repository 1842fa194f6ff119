import { asEpoch, faults, MAX_VALIDATORS, type Parameters } from '@hufu/consensus';
import { err, fromHex, isPublicKey, ok, type Result, SUITE_NAMES, type SuiteName } from '@hufu/crypto';
import { integer, list, object, oneOf, readShape, type Shape, someOf, text } from './closed-json.ts';
import { MAX_GATEWAY } from './entry.ts';
import { MAX_BATCH_PAYLOAD_BYTES, MAX_SUBMISSION_BYTES, MAX_SUBMISSION_RECORDS } from './submission.ts';
import type { Validator, ValidatorSet } from './validator-set.ts';

export const ROLES = ['broker', 'exchange-infra', 'ca', 'notary', 'observer'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Who takes part in an epoch and by which rules. The genesis states that of epoch 0; each governance action
 * replaces it as a whole.
 */
export interface Registry {
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

export const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/**
 * 1 … 128 characters, no control, surrogate or line-breaking one, and none that is invisible or turns the direction
 * of what follows (threat: a name that reads as another's). Listed one by one: \p{Cf} grows with Unicode versions,
 * and every engine must give the same answer for ever.
 */
const ORGANISATION =
  /^[^\p{Cc}\u{ad}\u{61c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{d800}-\u{dfff}\u{feff}\u{fff9}-\u{fffb}]{1,128}$/u;
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

const members = list(
  object<Member>({
    name: text(NAME),
    organisation: text(ORGANISATION),
    roles: list(oneOf(...ROLES), 1, ROLES.length),
  }),
  1,
  256,
);

const validators = list(
  object<GenesisValidator>({
    member: text(NAME),
    peerId: text(PEER_ID),
    keys: someOf(SUITE_NAMES, text(KEY)),
  }),
  1,
  MAX_VALIDATORS,
);

const gateways = list(
  object<GenesisGateway>({
    index: integer(0, MAX_GATEWAY),
    name: text(NAME),
    member: text(NAME),
    suite: oneOf(...SUITE_NAMES),
    publicKey: text(KEY),
  }),
  0,
  1_024,
);

/** The members of a document that states a registry, in its order. */
export const registryShapes = { members, validators, gateways, parameters };

const registryShape: Shape<Registry> = object<Registry>(registryShapes);

/**
 * A registry that was written otherwise than as JSON, only if a document could state it: every value in its range, and
 * no contradiction. The error is a remark.
 */
export function checkRegistry(suites: readonly SuiteName[], registry: Registry): Result<Registry, string> {
  const read = readShape(registry, registryShape);
  if (read.type === 'malformed') return err(read.remark);
  const contradiction = findContradiction(suites, read.value);
  return contradiction === undefined ? ok(read.value) : err(contradiction);
}

/** The validators of an epoch as a registry names them. */
export function registryValidatorSet(
  epoch: number,
  suites: readonly SuiteName[],
  registry: Registry,
): ValidatorSet {
  const validators = registry.validators.map((validator): Validator => {
    const keys = suites.map((suite) => fromHex(validator.keys[suite] ?? '') ?? new Uint8Array(0));
    return { name: validator.member, keys };
  });
  return { epoch: asEpoch(epoch), suites, validators };
}

/** What in the registry breaks a rule of docs/spec/genesis.md; undefined when nothing does. */
export function findContradiction(suites: readonly SuiteName[], registry: Registry): string | undefined {
  const { members, validators, gateways, parameters } = registry;
  if (repeats(members.map((member) => member.name))) return 'a member is named twice';
  if (members.some((member) => repeats(member.roles))) return 'a role is given twice';
  if (repeats(validators.map((validator) => validator.peerId))) return 'a peer id is used twice';
  if (repeats(gateways.map((gateway) => gateway.name))) return 'a gateway is named twice';
  if (parameters.minDeltaMs > parameters.maxDeltaMs) return 'minDeltaMs is above maxDeltaMs';
  return findBadValidator(suites, registry) ?? findBadGateway(suites, registry) ?? findRepeatedKey(registry);
}

/**
 * What keeps `next` from following `before`; undefined when nothing does. Entries name gateways by index and serials go
 * on, so an index means one gateway for ever; only its key may change.
 */
export function findBrokenSuccession(before: Registry, next: Registry): string | undefined {
  for (const [i, gateway] of before.gateways.entries()) {
    const same = next.gateways[i];
    if (same === undefined) return `gateway ${gateway.name} is missing`;
    if (same.name !== gateway.name || same.member !== gateway.member || same.suite !== gateway.suite) {
      return `gateway ${gateway.name}: another name, member or suite`;
    }
  }
  return undefined;
}

function findBadValidator(suites: readonly SuiteName[], registry: Registry): string | undefined {
  const mostOwned = Math.max(1, faults(registry.validators.length));
  for (const { member, keys } of registry.validators) {
    const owner = registry.members.find((candidate) => candidate.name === member);
    if (owner === undefined) return `validator of ${member}, which is no member`;
    if (owner.roles.every((role) => role === 'observer')) return `${member} only observes`;
    // No organisation may by itself stop or fork the chain.
    const owned = registry.validators.filter((validator) => validator.member === member).length;
    if (owned > mostOwned) return `${member} runs ${owned} validators`;
    const named = Object.keys(keys);
    if (named.length !== suites.length || suites.some((suite, i) => named[i] !== suite)) {
      return `${member}: not one key per suite, in the order of the suites`;
    }
    if (!suites.every((suite) => isKey(suite, keys[suite] ?? ''))) return `${member}: an invalid key`;
  }
  return undefined;
}

function findBadGateway(suites: readonly SuiteName[], registry: Registry): string | undefined {
  for (const [i, gateway] of registry.gateways.entries()) {
    if (gateway.index !== i) return `gateway ${gateway.name}: index ${gateway.index} at position ${i}`;
    if (!registry.members.some((member) => member.name === gateway.member)) {
      return `gateway of ${gateway.member}, which is no member`;
    }
    if (!suites.includes(gateway.suite)) return `gateway ${gateway.name}: suite not of this chain`;
    if (!isKey(gateway.suite, gateway.publicKey)) return `gateway ${gateway.name}: an invalid key`;
  }
  return undefined;
}

function findRepeatedKey(registry: Registry): string | undefined {
  const keys = [
    ...registry.validators.flatMap((validator) => Object.values(validator.keys)),
    ...registry.gateways.map((gateway) => gateway.publicKey),
  ];
  return repeats(keys) ? 'a key is used twice' : undefined;
}

function isKey(suite: SuiteName, hexKey: string): boolean {
  const key = fromHex(hexKey);
  return key !== undefined && isPublicKey(suite, key);
}

/** Whether a value stands twice. */
export function repeats(values: readonly string[]): boolean {
  return new Set(values).size !== values.length;
}
