import { toHex } from '@hufu/crypto';
import type { Validator, ValidatorSet } from '@hufu/proof';

/** How one epoch's validators differ from the last one's, by the names of the members that run them. */
export interface ValidatorChanges {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** In both, with other keys. */
  readonly rotated: readonly string[];
}

/**
 * Compares two sets. A member may run several validators, so names are compared as often as they stand: of a name in
 * both sets as many count as rotated as have keys that the set before does not have.
 */
export function validatorChanges(before: ValidatorSet, next: ValidatorSet): ValidatorChanges {
  const fresh = unknownTo(before, next);
  const gone = unknownTo(next, before);
  const rotated: string[] = [];
  const left = [...gone];
  const joined = fresh.filter((name) => {
    const at = left.indexOf(name);
    if (at < 0) return true;
    left.splice(at, 1);
    rotated.push(name);
    return false;
  });
  return { joined, left, rotated };
}

/** Names of the validators of `set` whose name and keys `other` does not have. */
function unknownTo(other: ValidatorSet, set: ValidatorSet): readonly string[] {
  const known = new Set(other.validators.map(identity));
  return set.validators.filter((validator) => !known.has(identity(validator))).map(({ name }) => name);
}

function identity({ name, keys }: Validator): string {
  return [name, ...keys.map(toHex)].join(' ');
}
