import type { Message } from '../../src/interface.ts';
import type { BatchRef } from '../../src/types.ts';
import type { Host, Tamper } from '../host.ts';

/** Sends some nodes blocks under their true digests with references that do not exist: no signature covers those. */
export const fabricator: Tamper = (host, to, message) =>
  host.world.prng.chance(0.5) ? [[to, fabricated(host, message)]] : [[to, message]];

function fabricated(host: Host, message: Message): Message {
  switch (message.kind) {
    case 'proposal':
      return { ...message, refs: [...message.refs, madeUp(host)] };
    case 'blocks': {
      const [first, ...rest] = message.blocks;
      if (first === undefined) return message;
      return { ...message, blocks: [{ ...first, refs: [madeUp(host)] }, ...rest] };
    }
    default:
      return message;
  }
}

function madeUp(host: Host): BatchRef {
  return { origin: host.index, seq: host.world.prng.integer(0, 100), digest: host.world.prng.bytes(32) };
}
