import type { Tamper } from '../host.ts';
import { batchEquivocator } from './batch-equivocator.ts';
import { conflictingFinalizer } from './conflicting-finalizer.ts';
import { equivocator } from './equivocator.ts';
import { invalidProposer } from './invalid-proposer.ts';
import { liar } from './liar.ts';
import { nuller } from './nuller.ts';
import { silent } from './silent.ts';
import { skipper } from './skipper.ts';
import { stuffer } from './stuffer.ts';
import { withholder } from './withholder.ts';

/** The faulty validators that a run can hold, by name; each call makes a new one. */
export const ACTORS = {
  'batch-equivocator': batchEquivocator,
  'conflicting-finalizer': (): Tamper => conflictingFinalizer,
  equivocator: (): Tamper => equivocator,
  'invalid-proposer': (): Tamper => invalidProposer,
  liar,
  nuller: (): Tamper => nuller,
  silent: (): Tamper => silent,
  skipper: (): Tamper => skipper,
  stuffer: (): Tamper => stuffer,
  withholder: (): Tamper => withholder,
} as const;

export type ActorName = keyof typeof ACTORS;
export const ACTOR_NAMES: readonly ActorName[] = [
  'batch-equivocator',
  'conflicting-finalizer',
  'equivocator',
  'invalid-proposer',
  'liar',
  'nuller',
  'silent',
  'skipper',
  'stuffer',
  'withholder',
];
