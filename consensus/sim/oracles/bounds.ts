import type { State } from '../../src/state.ts';
import { Violation } from './violation.ts';

/** Several times what a node ever holds in runs without faulty validators: 70 views that came to nothing leave about 80 blocks. */
const MOST_BLOCKS = 256;

/** Whatever peers send, what a node remembers of blocks that are not final does not grow without end. */
export function checkBounds(who: string, { blocks }: State): void {
  if (blocks.size > MOST_BLOCKS) throw new Violation('bounds', `${who} holds ${blocks.size} blocks`);
}
