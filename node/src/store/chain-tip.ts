import type { Finalization, OriginHead } from '@hufu/consensus';
import type { ExecutedBlock, LedgerState } from '../ledger/types.ts';

/** Where the chain stands. */
export interface ChainTip {
  readonly state: LedgerState;
  readonly finalization: Finalization | null;
  readonly origins: readonly OriginHead[];
}

/** A tip above genesis is certified. */
export type AppliedTip = ChainTip & { readonly finalization: Finalization };

/** How far each origin's batches are; of the next epoch's origins when the last block ends its own. */
export function originsAfter(
  origins: readonly OriginHead[],
  blocks: readonly ExecutedBlock[],
): readonly OriginHead[] {
  const last = blocks.at(-1);
  if (last?.endsEpoch) return firstOrigins(last.state);
  const after = [...origins];
  for (const { block } of blocks) {
    for (const { origin, seq, digest } of block.refs)
      after[origin] = { nextSeq: seq + 1, lastDigest: digest };
  }
  return after;
}

/** The last block of an epoch stands before the first batch of every origin of the next. */
export function firstOrigins({ tip, next }: LedgerState): readonly OriginHead[] {
  const [lastDigest] = tip.digests;
  if (next === null || lastDigest === undefined) throw new Error(`block ${tip.height} ends no epoch`);
  return next.validators.validators.map(() => ({ nextSeq: 0, lastDigest }));
}
