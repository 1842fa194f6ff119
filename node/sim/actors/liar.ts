import { LIES_OF_HISTORY, LIES_OF_STATE } from '../../test/support/lies.ts';
import type { Actor } from './actor.ts';

const LIES = [...Object.values(LIES_OF_HISTORY), ...Object.values(LIES_OF_STATE)];
/** How often it tells the truth: who only lies is soon left alone. */
const TRUTH_RATE = 0.3;

/** Alters whatever others need to catch up: blocks, batches, and all that a state is fetched by. */
export function liar(): Actor {
  return ({ node: { parts } }, _, { message }) => {
    if (parts.random.chance(TRUTH_RATE)) return [message];
    // Most lies leave a message as it is, being about another kind.
    const lies = LIES.flatMap((lie) => {
      const told = lie(message);
      return told === undefined || told === message ? [] : [told];
    });
    return lies.length === 0 ? [message] : [parts.random.pick(lies)];
  };
}
