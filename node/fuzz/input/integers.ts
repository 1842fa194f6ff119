import type { Random } from '../../sim/random.ts';

/** Where lengths get another byte, where types end, and one beyond what is allowed. */
const INTEGERS: readonly bigint[] = [
  ...[0n, 1n, 2n, 32n, 33n, 127n, 128n, 255n, 256n, 16_383n, 16_384n, 65_535n, 65_536n],
  ...[31n, 32n, 53n, 63n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]),
  2n ** 64n - 1n,
];

/** An integer of up to 64 bits that decoders may stumble over. */
export function interestingInteger(random: Random): bigint {
  return random.pick(INTEGERS);
}
