import { BLOCK_MUTANTS } from './blocks.ts';
import { DURABILITY_MUTANTS } from './durability.ts';
import { EPOCH_MUTANTS } from './epoch.ts';
import type { Sought } from './mutant.ts';
import { REPAIR_MUTANTS } from './repair.ts';
import { VOTE_MUTANTS } from './votes.ts';

/** Planted bugs that the simulator must find. */
export const MUTANTS: readonly Sought[] = [
  ...VOTE_MUTANTS,
  ...BLOCK_MUTANTS,
  ...DURABILITY_MUTANTS,
  ...REPAIR_MUTANTS,
  ...EPOCH_MUTANTS,
];
