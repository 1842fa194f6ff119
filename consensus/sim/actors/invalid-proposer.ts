import { asHeight, type HeaderDigests, type Proposal } from '../../src/types.ts';
import type { Host, Tamper } from '../host.ts';
import { alteredProposal, signProposal } from './actor.ts';

/** Proposes blocks that break one rule each, a different one every time, all correctly signed. */
export const invalidProposer: Tamper = (host, to, message) => {
  if (message.kind !== 'proposal' || message.view % host.world.config.n !== host.index)
    return [[to, message]];
  const broken = breakOneRule(
    host,
    message,
    host.world.seed + Math.floor(message.view / host.world.config.n),
  );
  return [[to, broken]];
};

function breakOneRule(host: Host, proposal: Proposal, turn: number): Proposal {
  const { digests, refs, parent, timeMs } = proposal;
  switch (turn % 10) {
    case 0: // header differs from execution under the second suite only
      return signProposal(host, { ...proposal, digests: secondReversed(digests) });
    case 1: // header differs from execution
      return signProposal(host, { ...proposal, digests: digests.map((digest) => digest.toReversed()) });
    case 2: // time not after the parent's
      return alteredProposal(host, proposal, { timeMs: 0 });
    case 3: // time far ahead
      return alteredProposal(host, proposal, { timeMs: timeMs + 3_600_000 });
    case 4: // a gap in an origin's sequence
      return alteredProposal(host, proposal, {
        refs: refs.map((ref) => ({ ...ref, seq: ref.seq + 1 })),
      });
    case 5: // a batch that does not exist
      return alteredProposal(host, proposal, {
        refs: refs.map((ref) => ({ ...ref, digest: ref.digest.toReversed() })),
      });
    case 6: // a batch twice
      return alteredProposal(host, proposal, { refs: [...refs, ...refs] });
    case 7: // a parent that was never notarized
      return alteredProposal(host, proposal, {
        parent: { ...parent, digests: parent.digests.map((digest) => digest.toReversed()) },
      });
    case 8: // a parent that is another under the second suite
      return alteredProposal(host, proposal, {
        parent: { ...parent, digests: secondReversed(parent.digests) },
      });
    default: // skipped views not nullified
      return alteredProposal(host, proposal, {
        nullifications: proposal.nullifications.slice(1),
        height: asHeight(proposal.height + 1),
      });
  }
}

function secondReversed([first = new Uint8Array(), ...rest]: HeaderDigests): HeaderDigests {
  return [first, ...rest.map((digest) => digest.toReversed())];
}
