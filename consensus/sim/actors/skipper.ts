import { blockIdOf } from '../../src/types.ts';
import type { Tamper } from '../host.ts';
import { alteredProposal } from './actor.ts';

/** Extends its parent's parent, as if the view between had been nullified: a rival to what may just become final. */
export const skipper: Tamper = (host, to, message) => {
  if (message.kind !== 'proposal' || message.view % host.world.config.n !== host.index)
    return [[to, message]];
  const [digest = new Uint8Array()] = message.parent.digests;
  const parent = host.state?.blocks.get(blockIdOf(digest));
  if (parent === undefined || parent.proposal === null) return [[to, message]];
  const { justification, nullifications, refs, height } = parent.proposal;
  const rival = { parent: parent.input.parent, height, refs, justification, nullifications };
  return [[to, alteredProposal(host, message, rival)]];
};
