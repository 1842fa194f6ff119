import { type Epoch, leader, type UnsignedMessage } from '@hufu/consensus';
import { ProtocolSignatures } from '../../src/replica/signatures.ts';
import type { AnyMessage, Envelope } from '../../src/wire/index.ts';
import type { Life } from '../node.ts';

/** What goes to a peer instead of what the node, which is honest by itself, would send: nothing, or as much as it likes. */
export type Actor = (life: Life, to: string, sent: Envelope) => readonly AnyMessage[];

/** The message signed with the keys of the node's place in the epoch; undefined when it has none. */
export function signed(life: Life, epoch: Epoch, message: UnsignedMessage): AnyMessage | undefined {
  const { state, place } = life;
  if (state?.epoch !== epoch || place?.kind !== 'validator') return undefined;
  return new ProtocolSignatures(state, place.index, place.signers).sign(message);
}

/** Whether the message is the node's own, not one that it passes on. */
export function isOwn({ place, validators }: Life, message: AnyMessage): boolean {
  if (place?.kind !== 'validator') return false;
  if (message.kind === 'batch') return message.origin === place.index;
  return message.kind === 'proposal' && leader(message.view, validators.length) === place.index;
}

/** Whether the peer is of those who are told the other thing: about half, in every epoch the same. */
export function isOfSecondHalf({ node }: Life, peer: string): boolean {
  return node.parts.everyone.indexOf(peer) % 2 === 1;
}
