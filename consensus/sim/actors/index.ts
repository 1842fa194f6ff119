import type { Tamper } from '../host.ts';
import { batchEquivocator } from './batch-equivocator.ts';
import { conflictingFinalizer } from './conflicting-finalizer.ts';
import { equivocator } from './equivocator.ts';
import { fabricator } from './fabricator.ts';
import { forger } from './forger.ts';
import { hider } from './hider.ts';
import { intruder } from './intruder.ts';
import { invalidProposer } from './invalid-proposer.ts';
import { liar } from './liar.ts';
import { nuller } from './nuller.ts';
import { outdated } from './outdated.ts';
import { replayer } from './replayer.ts';
import { rewriter } from './rewriter.ts';
import { silent } from './silent.ts';
import { skipper } from './skipper.ts';
import { stuffer } from './stuffer.ts';
import { suiteEquivocator } from './suite-equivocator.ts';
import { withholder } from './withholder.ts';

/** The faulty validators that a run can hold, by name; each call makes a new one. */
export const ACTORS = {
  'batch-equivocator': batchEquivocator,
  'conflicting-finalizer': (): Tamper => conflictingFinalizer,
  equivocator: (): Tamper => equivocator,
  fabricator: (): Tamper => fabricator,
  forger: (): Tamper => forger,
  hider: (): Tamper => hider,
  intruder,
  'invalid-proposer': (): Tamper => invalidProposer,
  liar,
  nuller: (): Tamper => nuller,
  outdated,
  replayer: (): Tamper => replayer,
  rewriter,
  silent: (): Tamper => silent,
  skipper: (): Tamper => skipper,
  stuffer: (): Tamper => stuffer,
  'suite-equivocator': (): Tamper => suiteEquivocator,
  withholder: (): Tamper => withholder,
} as const;

export type ActorName = keyof typeof ACTORS;
export const ACTOR_NAMES: readonly ActorName[] = [
  'batch-equivocator',
  'conflicting-finalizer',
  'equivocator',
  'fabricator',
  'forger',
  'hider',
  'intruder',
  'invalid-proposer',
  'liar',
  'nuller',
  'outdated',
  'replayer',
  'rewriter',
  'silent',
  'skipper',
  'stuffer',
  'suite-equivocator',
  'withholder',
];

/** The actor of that name. Throws for another. */
export function actorNamed(name: string): ActorName {
  const known = ACTOR_NAMES.find((other) => other === name);
  if (known === undefined) throw new RangeError(`no actor ${name}; there are ${ACTOR_NAMES.join(', ')}`);
  return known;
}
