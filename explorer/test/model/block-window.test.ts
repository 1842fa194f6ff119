import t from 'tap';
import {
  type ListedBlock,
  mergeBlocks,
  recordsPerSecond,
  WINDOW_BLOCKS,
} from '../../src/model/block-window.ts';

function block(height: number, timeMs = height * 1_000, entryCount = 1): ListedBlock {
  return { height, timeMs, entryCount, logSize: height, digests: { sha256: '00'.repeat(32) } };
}

const heights = (blocks: readonly ListedBlock[]): readonly number[] => blocks.map(({ height }) => height);

t.test('merging keeps each height once, newest first, and no more than the window', async (t) => {
  t.same(heights(mergeBlocks([block(4), block(3)], [block(3), block(2)])), [4, 3, 2]);
  t.same(heights(mergeBlocks([], [block(1)])), [1]);
  const many = Array.from({ length: WINDOW_BLOCKS + 10 }, (_, i) => block(i + 1));
  const merged = mergeBlocks(many, []);
  t.equal(merged.length, WINDOW_BLOCKS);
  t.equal(merged[0]?.height, WINDOW_BLOCKS + 10);
});

t.test('the rate counts the records of the window, without the block that opens it', async (t) => {
  t.equal(recordsPerSecond([block(3, 3_000, 10), block(2, 2_000, 20), block(1, 1_000, 999)]), 15);
  t.equal(recordsPerSecond([block(2, 3_000, 0), block(1, 1_000, 5)]), 0);
});

t.test('no rate without time between blocks', async (t) => {
  t.equal(recordsPerSecond([]), undefined);
  t.equal(recordsPerSecond([block(1)]), undefined);
  t.equal(recordsPerSecond([block(2, 1_000), block(1, 1_000)]), undefined, 'equal times');
  t.equal(recordsPerSecond([block(2, 500), block(1, 1_000)]), undefined, 'times that run backwards');
});
