import type { Message, UnsignedBatch, UnsignedProposal, UnsignedVote } from '../../src/interface.ts';
import type { State } from '../../src/state.ts';
import type { BatchRef, Proposal, Share, Vote } from '../../src/types.ts';
import { executeBlock } from '../execution.ts';
import type { Host, Tamper } from '../host.ts';

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

/** Shares of all validators that nobody signed. */
export function forgedShares(host: Host, suites: number): readonly Share[] {
  const signature = new Uint8Array(8);
  return host.world.validators.map((signer) => ({
    signer,
    signatures: new Array<Uint8Array>(suites).fill(signature),
  }));
}

/** A batch that does not exist, in place of an origin's next one above the tip. */
export function madeUpRef({ world: { prng, validators } }: Host, { tip }: State): BatchRef {
  const origin = prng.pick(validators);
  return { origin, seq: tip.origins[origin]?.nextSeq ?? 0, digest: prng.bytes(32) };
}

/** How often an intruder looks, ms: an honest answer to a question takes longer. */
const PAUSE_MS = 2;
/** Its chance to act when it looks, in one run. */
const RATES: readonly number[] = [0.02, 0.2, 1];

/**
 * An actor that sends at times of its own, too: `intrude` says again and again what each honest node is sent besides. It sees
 * what that node asks for and holds: an attacker may know everything but others' keys.
 */
export function unasked(tamper: Tamper, intrude: (host: Host, state: State) => readonly Message[]): Tamper {
  const look = (host: Host, rate: number): void => {
    const { hosts, network, prng, queue } = host.world;
    for (const { up, tamper, index, state } of hosts) {
      const isVictim = up && tamper === null && state !== null;
      if (!host.up || !isVictim || !prng.chance(rate)) continue;
      for (const message of intrude(host, state)) network.send(host.node, index, message, state.view);
    }
    queue.after(PAUSE_MS, () => look(host, rate));
  };
  let isLooking = false;
  return (host, to, message) => {
    if (!isLooking) look(host, host.world.prng.pick(RATES));
    isLooking = true;
    return tamper(host, to, message);
  };
}
