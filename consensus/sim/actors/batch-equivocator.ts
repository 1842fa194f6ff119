import { toHex } from '@hufu/crypto';
import { batchDigest } from '../../src/index.ts';
import type { Tamper } from '../host.ts';

/**
 * Signs two chains of batches and gives one to half of the others, the second to the rest. The second sometimes has a
 * batch that follows one of the first.
 */
export function batchEquivocator(): Tamper {
  /** Digest of a batch of the second chain by that of its twin in the first. */
  const twins = new Map<string, Uint8Array>();
  return (host, to, message) => {
    if (message.kind !== 'batch' || message.origin !== host.index || to % 2 === 0) return [[to, message]];
    const { origin, seq } = message;
    const twin = twins.get(toHex(message.prev));
    const prev = twin === undefined || host.world.prng.chance(0.3) ? message.prev : twin;
    const content = { origin, seq, prev, payload: Uint8Array.of(1, ...message.payload.slice(1)) };
    const digest = batchDigest(host.world.config.hash, content);
    twins.set(toHex(message.digest), digest);
    const second = { kind: 'batch', ...content, digest } as const;
    const [signature = new Uint8Array()] = host.world.signatures.sign(host.index, second);
    return [[to, { ...second, signature }]];
  };
}
