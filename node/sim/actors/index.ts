import type { Actor } from './actor.ts';
import { batchEquivocator } from './batch-equivocator.ts';
import { liar } from './liar.ts';
import { proposalEquivocator } from './proposal-equivocator.ts';
import { withholder } from './withholder.ts';

/** Each call makes an actor for one node. */
export const ACTORS: { readonly [name in ActorName]: () => Actor } = {
  'proposal-equivocator': proposalEquivocator,
  'batch-equivocator': batchEquivocator,
  withholder,
  liar,
};

export const ACTOR_NAMES = ['proposal-equivocator', 'batch-equivocator', 'withholder', 'liar'] as const;
export type ActorName = (typeof ACTOR_NAMES)[number];
