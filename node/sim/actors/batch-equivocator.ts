import { batchDigest } from '@hufu/consensus';
import { hashOf, toHex } from '@hufu/crypto';
import { SUITE } from '../keys.ts';
import { type Actor, isOfSecondHalf, isOwn, signed } from './actor.ts';

/** How often the second chain goes on from the first. */
const CROSSING_RATE = 0.3;

/** Signs two chains of batches and gives one to half of the others, the second to the rest. */
export function batchEquivocator(): Actor {
  /** Digest of a batch of the second chain by that of its twin in the first. */
  const twins = new Map<string, Uint8Array>();
  return (life, to, { epoch, message }) => {
    if (message.kind !== 'batch' || !isOwn(life, message) || !isOfSecondHalf(life, to)) return [message];
    const { random } = life.node.parts;
    const { origin, seq } = message;
    const twin = twins.get(toHex(message.prev));
    const prev = twin === undefined || random.chance(CROSSING_RATE) ? message.prev : twin;
    const payload = Uint8Array.of((message.payload[0] ?? 0) ^ 1, ...message.payload.slice(1));
    const content = { origin, seq, prev, payload };
    const digest = batchDigest(hashOf(SUITE), content);
    const second = signed(life, epoch, { kind: 'batch', ...content, digest });
    if (second === undefined) return [message];
    twins.set(toHex(message.digest), digest);
    return [second];
  };
}
