import type { Effect } from '../../src/interface.ts';
import type { Disk } from '../disk.ts';
import { Violation } from './violation.ts';

/**
 * A validator that starts again is in a view no lower than the one that the certificates on its disk began, and signs the
 * votes of that view that are there again: nobody else can.
 */
export function checkResumed(index: number, disk: Disk, view: number, effects: readonly Effect[]): void {
  for (const record of disk.log) {
    if (record.type === 'certificate' && record.certificate.view >= view) {
      throw new Violation(
        'restart',
        `node ${index} is back in view ${view}, having left ${record.certificate.view}`,
      );
    }
    if (record.type !== 'vote' || record.vote.view !== view) continue;
    const { kind } = record.vote;
    const again = effects.some((effect) => effect.type === 'sign' && effect.message.kind === kind);
    if (!again) throw new Violation('restart', `node ${index} keeps its ${kind} of view ${view} to itself`);
  }
}
