import type { UnsignedBatch, UnsignedProposal, UnsignedVote } from '../../src/interface.ts';
import type { Proposal, Vote } from '../../src/types.ts';
import { executeBlock } from '../execution.ts';
import type { Host } from '../host.ts';

/** Signs anything with the actor's own key: the only key it has. */
export function signVote(host: Host, unsigned: UnsignedVote): Vote {
  const share = { signer: host.index, signatures: sign(host, unsigned) };
  return { ...unsigned, ...share };
}

/** A proposal with other contents, correctly executed and signed. */
export function alteredProposal(host: Host, proposal: Proposal, change: Partial<Proposal>): Proposal {
  const altered = { ...proposal, ...change };
  const { view, height, parent, timeMs, refs } = altered;
  return signProposal(host, { ...altered, digests: executeBlock({ view, height, parent, timeMs, refs }) });
}

/** Signs a proposal as it is, true or not. */
export function signProposal(host: Host, proposal: UnsignedProposal): Proposal {
  const [signature = new Uint8Array()] = sign(host, proposal);
  return { ...proposal, signature };
}

function sign(host: Host, message: UnsignedVote | UnsignedProposal | UnsignedBatch): readonly Uint8Array[] {
  return host.world.signatures.sign(host.index, message);
}
