import { type Actor, isOwn } from './actor.ts';

/** Batches of others that it says it holds, beyond those that it does. */
const CLAIMED = 5;

/**
 * Votes and acknowledges, but lets only one other node have its batches, gives nothing that is asked for, and claims to
 * hold more than it does.
 */
export function withholder(): Actor {
  return (life, to, { message }) => {
    switch (message.kind) {
      case 'batch':
        return isOwn(life, message) && to === confidantOf(life.validators, life.peerId) ? [message] : [];
      case 'blocks':
      case 'epochs':
      case 'snapshot':
      case 'state-chunk':
        return [];
      case 'acks':
        return [
          { kind: 'acks', held: message.held.map(({ origin, next }) => ({ origin, next: next + CLAIMED })) },
        ];
      default:
        return [message];
    }
  };
}

/** The one who is let have its batches: the next validator. */
function confidantOf(validators: readonly string[], self: string): string | undefined {
  return validators[(validators.indexOf(self) + 1) % validators.length];
}
