import type { Tamper } from '../host.ts';
import { signProposal } from './actor.ts';

/** Proposes a block that is the same for all under the first suite, and for half of them another under the second. */
export const suiteEquivocator: Tamper = (host, to, message) => {
  const mine = message.kind === 'proposal' && message.view % host.world.config.n === host.index;
  if (!mine || to % 2 === 0) return [[to, message]];
  const [first = new Uint8Array(), ...rest] = message.digests;
  const digests = [first, ...rest.map((digest) => digest.toReversed())];
  return [[to, signProposal(host, { ...message, digests })]];
};
