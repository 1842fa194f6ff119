import type { Message } from '../../src/interface.ts';
import { asHeight, asView } from '../../src/types.ts';
import type { Host, Tamper } from '../host.ts';

/** Sends what does not verify: forged shares, altered blocks and batches, wild claims; and repeats old messages. */
export function liar(): Tamper {
  const past: Message[] = [];
  return (host, to, message) => {
    past.push(message);
    const old = host.world.prng.pick(past.slice(-200));
    const lie = falsified(host, message);
    return host.world.prng.chance(0.5)
      ? [
          [to, lie],
          [to, message],
        ]
      : [
          [to, message],
          [to, old],
          [to, lie],
        ];
  };
}

function falsified(host: Host, message: Message): Message {
  switch (message.kind) {
    case 'notarize':
      return { ...message, signatures: [host.world.prng.bytes(8)] };
    case 'finalize':
      return { ...message, height: asHeight(message.height + 1) };
    case 'nullify':
      return { ...message, view: asView(message.view + host.world.prng.pick([1, 2, 10 ** 15])) };
    case 'notarization':
    case 'finalization':
    case 'nullification': {
      const [first] = message.shares;
      const shares =
        first === undefined ? [] : message.shares.map((share) => ({ ...first, signer: share.signer }));
      return { ...message, shares };
    }
    case 'proposal':
      return { ...message, timeMs: message.timeMs + 1 };
    case 'reproposal':
      return { ...message, height: asHeight(message.height + 1) };
    case 'batch':
      return { ...message, payload: new Uint8Array([1, 2, 3]) };
    case 'acks':
      return {
        ...message,
        held: message.held.map(({ origin }) => ({ origin, next: Number.MAX_SAFE_INTEGER })),
      };
    case 'status':
      return { ...message, view: asView(Number.MAX_SAFE_INTEGER) };
    case 'blocks':
      return { ...message, blocks: message.blocks.map((block) => ({ ...block, timeMs: block.timeMs + 1 })) };
    case 'fetch-blocks':
      return { ...message, fromHeight: -1 };
    case 'fetch-certificates':
      return { ...message, toView: asView(Number.MAX_SAFE_INTEGER) };
    case 'fetch-proposal':
    case 'fetch-batch':
      return message;
  }
}
