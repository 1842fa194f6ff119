import { asHeight, asView, blockIdOf, type Nullification, type Proposal } from '../../src/types.ts';
import { executeBlock } from '../execution.ts';
import type { Host, Tamper } from '../host.ts';
import { alteredProposal, forgedShares } from './actor.ts';

/** Embeds certificates that nobody signed: in proposals that skip a block, in answers to those who catch up. */
export const forger: Tamper = (host, to, message) => {
  switch (message.kind) {
    case 'proposal':
      return [[to, message.view % host.world.config.n === host.index ? skipping(host, message) : message]];
    case 'blocks': {
      const last = message.blocks.at(-1);
      if (last === undefined) return [[to, message]];
      const { view, height, parent, refs } = last;
      const input = { view, height, parent, refs, timeMs: last.timeMs + 1 };
      const forged = { ...input, digests: executeBlock(input) };
      const finalization = {
        ...message.finalization,
        digests: forged.digests,
        shares: forgedShares(host, 2),
      };
      return [[to, { ...message, blocks: [...message.blocks.slice(0, -1), forged], finalization }]];
    }
    case 'status': {
      const { finalization } = message;
      if (finalization === null) return [[to, message]];
      const digests = finalization.digests.map((digest) => digest.toReversed());
      const height = asHeight(finalization.height + 1);
      return [
        [
          to,
          { ...message, finalization: { ...finalization, height, digests, shares: forgedShares(host, 2) } },
        ],
      ];
    }
    default:
      return [[to, message]];
  }
};

/** On the parent's parent, as if the view between had been nullified. */
function skipping(host: Host, proposal: Proposal): Proposal {
  const [digest = new Uint8Array()] = proposal.parent.digests;
  const parent = host.state?.blocks.get(blockIdOf(digest));
  if (parent === undefined || parent.proposal === null) return proposal;
  const { justification, refs, height, input } = { ...parent, ...parent.proposal };
  const nullifications: Nullification[] = [];
  for (let view = input.parent.view + 1; view < proposal.view; view++) {
    nullifications.push({ kind: 'nullification', view: asView(view), shares: forgedShares(host, 1) });
  }
  return alteredProposal(host, proposal, {
    parent: input.parent,
    height,
    refs,
    justification,
    nullifications,
  });
}
