import type { Tamper } from '../host.ts';
import { alteredProposal, signVote } from './actor.ts';

/** Proposes one block to half of the others and a second one to the rest (to some both), and votes for each before its half. */
export const equivocator: Tamper = (host, to, message) => {
  const second = to % 2 === 1;
  switch (message.kind) {
    case 'proposal': {
      const mine = message.view % host.world.config.n === host.index;
      if (!mine || !second) return [[to, message]];
      const other = alteredProposal(host, message, { timeMs: message.timeMs + 1 });
      return to % 4 === 3
        ? [
            [to, message],
            [to, other],
          ]
        : [[to, other]];
    }
    case 'notarize': {
      const proposal = [...(host.state?.blocks.values() ?? [])].find(
        ({ input }) => input.view === message.view,
      )?.proposal;
      if (!second || proposal === null || proposal === undefined) return [[to, message]];
      const { digests, height } = alteredProposal(host, proposal, { timeMs: proposal.timeMs + 1 });
      const [digest = new Uint8Array()] = digests;
      const other = signVote(host, { kind: 'notarize', view: message.view, height, digest });
      return [
        [to, message],
        [to, other],
      ];
    }
    default:
      return [[to, message]];
  }
};
