import type { StoredBlock } from '../../src/interface.ts';
import { asValidatorIndex, type Finalization } from '../../src/types.ts';
import type { Signatures } from '../signatures.ts';
import { Violation } from './violation.ts';

/** Certified prefix: what is finalized ends in a block that more than two thirds signed, each once. */
export function checkCertified(
  who: string,
  n: number,
  lastHeight: number | null,
  signatures: Signatures,
  blocks: readonly StoredBlock[],
  finalization: Finalization,
): void {
  const signers = new Set(finalization.shares.map(({ signer }) => signer));
  if (signers.size !== finalization.shares.length)
    throw new Violation('certificate', `${who}: a signer twice`);
  if (3 * signers.size <= 2 * n)
    throw new Violation('certificate', `${who}: ${signers.size} signers of ${n}`);
  if (!signatures.verify(finalization, [], asValidatorIndex(0))) {
    throw new Violation('certificate', `${who}: a signature does not verify`);
  }
  const last = blocks.at(-1);
  // The epoch's last block is proposed again, and may be certified in a later view.
  const isView =
    last?.view === finalization.view || (last?.height === lastHeight && last.view < finalization.view);
  if (last?.height !== finalization.height || !isView) {
    throw new Violation('certificate', `${who}: the certificate is for another block`);
  }
}
