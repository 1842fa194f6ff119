import type { BlockSummary } from '@hufu/api';

/** A block as the lists show it: what both the page of blocks and the event stream tell of one. */
export interface ListedBlock {
  readonly height: number;
  readonly timeMs: number;
  readonly entryCount: number;
  /** Size of the log after this block. */
  readonly logSize: number;
  readonly digests: BlockSummary['digests'];
}

/** How many blocks the home page holds; the rate is measured over these. */
export const WINDOW_BLOCKS = 60;

/**
 * The newest WINDOW_BLOCKS of both lists, newest first, each height once: a stream that was interrupted may
 * tell of a block again.
 */
export function mergeBlocks(
  newer: readonly ListedBlock[],
  older: readonly ListedBlock[],
): readonly ListedBlock[] {
  const byHeight = new Map([...older, ...newer].map((block) => [block.height, block]));
  return [...byHeight.values()].sort((a, b) => b.height - a.height).slice(0, WINDOW_BLOCKS);
}

/**
 * Records a second over the window of blocks given. The oldest block only marks where the window starts: its
 * own records came before it.
 * @param blocks newest first.
 * @returns undefined with fewer than two blocks or no time between them.
 */
export function recordsPerSecond(blocks: readonly ListedBlock[]): number | undefined {
  const newest = blocks[0];
  const oldest = blocks[blocks.length - 1];
  if (newest === undefined || oldest === undefined || newest.timeMs <= oldest.timeMs) return undefined;
  const records = blocks.slice(0, -1).reduce((sum, block) => sum + block.entryCount, 0);
  return (records * 1000) / (newest.timeMs - oldest.timeMs);
}
