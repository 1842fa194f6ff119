import type { StoredBlock } from '../../src/interface.ts';
import { Violation } from './violation.ts';

/**
 * Liveness in views: of any f + 1 views in a row one is led by an honest node, and once the network is calm its block
 * becomes final. Twice that, because messages from before are still under way in the first ones.
 */
export function checkLiveness(blocks: readonly StoredBlock[], n: number, calmFromView: number): void {
  const faulty = Math.floor((n - 1) / 3);
  const first = blocks.find(({ view }) => view > calmFromView);
  const most = 2 * (faulty + 1);
  if (first !== undefined && first.view > calmFromView + most) {
    throw new Violation('liveness', `no block became final in views ${calmFromView + 1} … ${first.view - 1}`);
  }
}
