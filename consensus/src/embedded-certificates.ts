import { heldFor } from './certificates.ts';
import { type State, viewRecord } from './state.ts';
import type { Certificate, Proposal, Reproposal } from './types.ts';

/*
 * The certificates that travel in a proposal: what justifies its parent, and the nullifications of the views between.
 * The leader's signature does not cover their shares, so whoever passes the proposal on can put others in.
 */

export function embeddedCertificates({
  justification,
  nullifications,
}: Proposal | Reproposal): readonly Certificate[] {
  return justification === null ? nullifications : [justification, ...nullifications];
}

/**
 * The message with the certificates held here in place of embedded ones that say the same. Threat: the embedded ones may
 * be forged; those held are genuine, and stay so while the rest is checked, whatever this node forgets meanwhile.
 */
export function withHeldCertificates(state: State, message: Proposal): Proposal;
export function withHeldCertificates(state: State, message: Reproposal): Reproposal;
export function withHeldCertificates(state: State, message: Proposal | Reproposal): Proposal | Reproposal {
  const nullifications = message.nullifications.map(
    (embedded) => viewRecord(state, embedded.view).nullification ?? embedded,
  );
  if (message.kind === 'proposal') {
    const { justification } = message;
    const held = justification === null ? null : heldFor(state, justification);
    return { ...message, justification: held ?? justification, nullifications };
  }
  const held = heldFor(state, message.justification);
  const justification = held?.kind === 'notarization' ? held : message.justification;
  return { ...message, justification, nullifications };
}

/** The certificates inside that are not held here: their signatures must be checked. */
export function unknownCertificates(state: State, message: Proposal | Reproposal): readonly Certificate[] {
  return embeddedCertificates(message).filter((certificate) => heldFor(state, certificate) !== certificate);
}
