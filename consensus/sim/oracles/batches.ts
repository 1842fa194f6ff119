import { equalBytes } from '@hufu/crypto';
import type { StoredBlock } from '../../src/interface.ts';
import type { Batch } from '../../src/types.ts';
import type { Disk } from '../disk.ts';
import type { Signatures } from '../signatures.ts';
import type { Chain } from './agreement.ts';
import { Violation } from './violation.ts';

/** An honest node stores only what its origin signed. */
export function checkStored(who: string, signatures: Signatures, batch: Batch): void {
  if (!signatures.verifyBatch(batch)) {
    throw new Violation(
      'data',
      `${who} stored a batch ${batch.origin}/${batch.seq} that its origin did not sign`,
    );
  }
}

/** Whoever finalizes a block holds its batches, and each names the one that is final before it. */
export function checkHeld(who: string, disk: Disk, chain: Chain, blocks: readonly StoredBlock[]): void {
  for (const ref of blocks.flatMap(({ refs }) => refs)) {
    const batch = disk.batch(ref);
    const name = `batch ${ref.origin}/${ref.seq}`;
    if (batch === undefined) throw new Violation('data', `${who} finalized ${name} without holding it`);
    if (!equalBytes(batch.prev, chain.digestOf(ref.origin, ref.seq - 1))) {
      throw new Violation('validity', `${name} does not follow the one before`);
    }
  }
}
