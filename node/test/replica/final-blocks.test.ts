import { asHeight, asView, type Finalization, type StoredBlock } from '@hufu/consensus';
import t from 'tap';
import { FinalBlocks } from '../../src/replica/final-blocks.ts';

function finalizationOf(height: number): Finalization {
  return { kind: 'finalization', view: asView(height), height: asHeight(height), digests: [], shares: [] };
}

/** The blocks first … last, as one `finalized`. */
function run(first: number, last: number) {
  const blocks = Array.from({ length: last - first + 1 }, (_, i): StoredBlock => {
    const { view, height, digests } = finalizationOf(first + i);
    return { view, height, digests, parent: finalizationOf(first + i - 1), timeMs: 0, refs: [] };
  });
  return { blocks, finalization: finalizationOf(last) };
}

t.test('what waits becomes one run, in height order, with the last finalization', async (t) => {
  const final = new FinalBlocks();
  t.equal(final.takeRun(), undefined);
  final.add(run(1, 1));
  final.add(run(2, 4));
  final.add(run(5, 5));
  t.strictSame(final.takeRun(), run(1, 5));
  t.equal(final.takeRun(), undefined);
});

t.test('at most 64 blocks are joined; a longer run stays what it is', async (t) => {
  const final = new FinalBlocks();
  for (let height = 1; height <= 100; height += 1) final.add(run(height, height));
  final.add(run(101, 400));
  final.add(run(401, 401));
  t.strictSame(final.takeRun(), run(1, 64));
  t.strictSame(final.takeRun(), run(65, 100));
  t.strictSame(final.takeRun(), run(101, 400));
  t.strictSame(final.takeRun(), run(401, 401));
});
