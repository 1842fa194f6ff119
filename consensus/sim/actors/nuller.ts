import type { Tamper } from '../host.ts';
import { signVote } from './actor.ts';

/** Gives up on every view at once, and never votes for a block. */
export const nuller: Tamper = (host, to, message) => {
  switch (message.kind) {
    case 'notarize':
    case 'finalize':
      return [[to, signVote(host, { kind: 'nullify', view: message.view })]];
    case 'notarization':
    case 'nullification': {
      const next = host.state?.view ?? message.view;
      return [
        [to, message],
        [to, signVote(host, { kind: 'nullify', view: next })],
      ];
    }
    default:
      return [[to, message]];
  }
};
