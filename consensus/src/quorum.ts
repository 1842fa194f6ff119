import { asValidatorIndex, type ValidatorIndex } from './types.ts';

/** Most validators in one epoch: votes are exchanged all to all. */
export const MAX_VALIDATORS = 100;

/** f = ⌊(n−1)/3⌋: how many of n validators may be faulty. Exact: n is a small integer. */
export function faults(n: number): number {
  return Math.floor((n - 1) / 3);
}

/**
 * q = n − f: votes in a certificate. Not 2f+1, which at n = 5 lets two quorums of 3 meet in one faulty validator:
 * two quorums of n − f share at least n − 2f ≥ f + 1, so one honest.
 */
export function quorum(n: number): number {
  return n - faults(n);
}

/** Round robin: each validator leads one view in n. */
export function leader(view: number, n: number): ValidatorIndex {
  return asValidatorIndex(view % n);
}
