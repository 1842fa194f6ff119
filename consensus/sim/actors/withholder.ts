import type { Tamper } from '../host.ts';

/** Lets only one other node have its batches, gives nothing that is asked for, and claims to hold everything. */
export const withholder: Tamper = (host, to, message) => {
  switch (message.kind) {
    case 'batch':
      return to === (host.index + 1) % host.world.config.n ? [[to, message]] : [];
    case 'blocks':
      return [];
    case 'acks':
      return [
        [to, { kind: 'acks', held: message.held.map(({ origin, next }) => ({ origin, next: next + 5 })) }],
      ];
    default:
      return [[to, message]];
  }
};
