import type { ExecutedBlock } from '../ledger/types.ts';
import type { DigestIndex } from './digest-index/digest-index.ts';

/** Adds what these blocks brought to the index, which must cover everything before them. */
export function indexDigests(index: DigestIndex, blocks: readonly ExecutedBlock[]): void {
  for (const { applied, digests } of blocks) {
    for (const [i, { firstIndex, count }] of applied.entries()) {
      const list = digests[i];
      if (list === undefined) throw new Error('one list of digests for each applied range');
      index.add(firstIndex, count, list);
    }
  }
}
