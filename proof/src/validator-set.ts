import { asEpoch, type Epoch, MAX_VALIDATORS } from '@hufu/consensus';
import { fromUtf8, hash, hashOf, isPublicKey, ok, SUITE_NAMES, type SuiteName, toHex } from '@hufu/crypto';
import { ProtoReader, ProtoWriter } from './canonical-protobuf.ts';
import type { SuiteDigests } from './header.ts';
import { MAX_UINT } from './numbers.ts';
import { type Decoded, refuse } from './problems.ts';
import { NAME } from './registry.ts';

/** Who votes in an epoch. A validator's index is its position here. */
export interface ValidatorSet {
  readonly epoch: Epoch;
  /** In the genesis's order. */
  readonly suites: readonly SuiteName[];
  readonly validators: readonly Validator[];
}

export interface Validator {
  /** Name of the member that runs it. */
  readonly name: string;
  /** One raw public key per suite, in the order of `suites`. */
  readonly keys: readonly Uint8Array[];
}

const FIELD = { epoch: 1, suites: 2, validators: 3 } as const;
const VALIDATOR_FIELD = { name: 1, keys: 2 } as const;

const MAX_NAME_BYTES = 63;
const MAX_SUITE_NAME_BYTES = 32;
const MAX_KEY_BYTES = 65;
const MAX_VALIDATOR_BYTES = 256;
export const MAX_VALIDATOR_SET_BYTES = 32_768;

/** The set's canonical bytes (docs/spec/validator-set.md). */
export function encodeValidatorSet(set: ValidatorSet): Uint8Array {
  const writer = new ProtoWriter(64 + set.validators.length * MAX_VALIDATOR_BYTES);
  writer.uint(FIELD.epoch, set.epoch);
  for (const suite of set.suites) writer.string(FIELD.suites, suite);
  for (const validator of set.validators) {
    const body = new ProtoWriter(MAX_VALIDATOR_BYTES);
    body.string(VALIDATOR_FIELD.name, validator.name);
    body.repeatedBytes(VALIDATOR_FIELD.keys, validator.keys);
    writer.bytes(FIELD.validators, body.finish());
  }
  return writer.finish();
}

/**
 * The set in `bytes`, only if they are its canonical encoding, every key is a valid point and none occurs
 * twice. Error: 'validator-set-malformed'.
 */
export function decodeValidatorSet(bytes: Uint8Array): Decoded<ValidatorSet> {
  if (bytes.length > MAX_VALIDATOR_SET_BYTES) {
    return refuse('validator-set-malformed', `${bytes.length} bytes`);
  }
  const reader = new ProtoReader(bytes);
  const epoch = reader.uint(FIELD.epoch, MAX_UINT);
  const suiteNames = reader.repeatedBytes(FIELD.suites, 1, MAX_SUITE_NAME_BYTES, SUITE_NAMES.length);
  const bodies = reader.repeatedBytes(FIELD.validators, 1, MAX_VALIDATOR_BYTES, MAX_VALIDATORS);
  if (!reader.done()) return refuse('validator-set-malformed', reader.reason ?? '');
  const suites = suiteNames.flatMap((name) => SUITE_NAMES.filter((suite) => suite === fromUtf8(name)));
  if (suites.length === 0 || suites.length !== suiteNames.length || new Set(suites).size !== suites.length) {
    return refuse('validator-set-malformed', 'unknown or repeated suite');
  }
  if (bodies.length === 0) return refuse('validator-set-malformed', 'no validator');
  const validators: Validator[] = [];
  for (const body of bodies) {
    const validator = decodeValidator(body, suites);
    if (!validator.ok) return validator;
    validators.push(validator.value);
  }
  if (hasRepeatedKey(validators)) return refuse('validator-set-malformed', 'a repeated key');
  return ok({ epoch: asEpoch(epoch), suites, validators });
}

/** Digest of the encoded set under each of its suites' hashes. */
export function validatorSetDigests(set: ValidatorSet): SuiteDigests {
  const bytes = encodeValidatorSet(set);
  return set.suites.map((suite) => hash(hashOf(suite), bytes));
}

/** Whether one key stands twice: its holder would vote twice. */
export function hasRepeatedKey(validators: readonly Validator[]): boolean {
  const keys = validators.flatMap((validator) => validator.keys.map(toHex));
  return new Set(keys).size !== keys.length;
}

function decodeValidator(bytes: Uint8Array, suites: readonly SuiteName[]): Decoded<Validator> {
  const reader = new ProtoReader(bytes);
  const name = reader.requiredString(VALIDATOR_FIELD.name, MAX_NAME_BYTES);
  // Threat: names go into file names and scripts; free text there would be anybody's commands.
  if (!NAME.test(name)) reader.fail('no name');
  const keys = reader.repeatedBytes(VALIDATOR_FIELD.keys, 1, MAX_KEY_BYTES, suites.length);
  if (keys.length !== suites.length) reader.fail('not one key per suite');
  if (!reader.done()) return refuse('validator-set-malformed', reader.reason ?? '');
  const valid = keys.every((key, i) => {
    const suite = suites[i];
    return suite !== undefined && isPublicKey(suite, key);
  });
  return valid ? ok({ name, keys }) : refuse('validator-set-malformed', `a key of ${name} is no valid point`);
}
