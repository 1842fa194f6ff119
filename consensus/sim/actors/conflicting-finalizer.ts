import type { Tamper } from '../host.ts';
import { signVote } from './actor.ts';

/** Signs Nullify and Finalize for the same view, some to some, some to others, and Finalize before any notarization. */
export const conflictingFinalizer: Tamper = (host, to, message) => {
  if (message.kind !== 'notarize' && message.kind !== 'nullify' && message.kind !== 'finalize') {
    return [[to, message]];
  }
  const nullify = signVote(host, { kind: 'nullify', view: message.view });
  const block = [...(host.state?.blocks.values() ?? [])].find(({ input }) => input.view === message.view);
  if (block === undefined) return [[to, message]];
  const { height } = block.input;
  const finalize = signVote(host, { kind: 'finalize', view: message.view, height, digests: block.digests });
  return to % 2 === 0
    ? [
        [to, finalize],
        [to, nullify],
        [to, message],
      ]
    : [
        [to, nullify],
        [to, message],
        [to, finalize],
      ];
};
