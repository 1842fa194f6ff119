/** What the rate needs to know of a block. */
export interface RatedBlock {
  readonly timeMs: number;
  readonly entryCount: number;
}

/**
 * Records a second over the window of blocks given. The oldest block only marks where the window starts: its
 * own records came before it.
 * @param blocks newest first.
 * @returns undefined with fewer than two blocks or no time between them.
 */
export function recordsPerSecond(blocks: readonly RatedBlock[]): number | undefined {
  const newest = blocks[0];
  const oldest = blocks[blocks.length - 1];
  if (newest === undefined || oldest === undefined || newest.timeMs <= oldest.timeMs) return undefined;
  const records = blocks.slice(0, -1).reduce((sum, block) => sum + block.entryCount, 0);
  return (records * 1000) / (newest.timeMs - oldest.timeMs);
}
