import { type ChainIdentity, prepareItems } from '../../src/ledger/index.ts';
import type { PreparedBatch } from '../../src/ledger/types.ts';

/** Reads a whole batch at once. */
export function prepareBatch(payload: Uint8Array, chain: ChainIdentity): PreparedBatch {
  return { submissions: [...prepareItems(payload, chain)].map(({ item }) => item) };
}
