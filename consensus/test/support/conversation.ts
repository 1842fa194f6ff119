import type { Message } from '../../src/interface.ts';
import type { LoneNode } from './lone-node.ts';

const STEP_MS = 10;
const ROUND_TRIP_MS = 20;

/** Who talks with a lone node. */
export interface Conversation {
  /** What `peer` answers to what the node sent to it, a round trip later; null: nothing. */
  readonly answer: (peer: number, question: Message) => Message | null;
  /** What others do meanwhile, every few milliseconds. */
  readonly meanwhile?: () => void;
}

/**
 * Lets time pass while others answer the node and its host applies what is final: until `done`, or for `mostMs`.
 * Returns whether it is done.
 */
export function converse(
  node: LoneNode,
  { answer, meanwhile = () => {} }: Conversation,
  done: () => boolean,
  mostMs: number,
): boolean {
  const untilMs = node.nowMs + mostMs;
  const answers: { readonly atMs: number; readonly from: number; readonly message: Message }[] = [];
  let seen = 0;
  while (!done() && node.nowMs < untilMs) {
    meanwhile();
    node.pass(STEP_MS);
    while (answers[0] !== undefined && answers[0].atMs <= node.nowMs) {
      const { from, message } = answers[0];
      answers.shift();
      node.receive(from, message);
    }
    for (; seen < node.effects.length; seen++) {
      const effect = node.effects[seen];
      if (effect?.type === 'finalized') node.give({ type: 'applied', height: effect.finalization.height });
      if (effect?.type !== 'send') continue;
      const message = answer(effect.to, effect.message);
      if (message !== null) answers.push({ atMs: node.nowMs + ROUND_TRIP_MS, from: effect.to, message });
    }
  }
  return done();
}
