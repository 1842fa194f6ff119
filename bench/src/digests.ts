import { createHash, randomBytes } from 'node:crypto';

/** A source of distinct digests, as if of distinct documents: a counter behind a random prefix, hashed. */
export function digestSource(): () => string {
  const run = randomBytes(16);
  let counter = 0;
  const block = Buffer.alloc(24);
  run.copy(block);
  return () => {
    counter += 1;
    block.writeBigUInt64BE(BigInt(counter), 16);
    return createHash('sha256').update(block).digest('hex');
  };
}
