import t from 'tap';
import { certified, chain, honestAnswer, madeUpBlocks, madeUpRef } from './support/chain.ts';
import { converse } from './support/conversation.ts';
import { LoneNode } from './support/lone-node.ts';

/** Long enough for every question to be asked of everybody several times. */
const MOST_MS = 60_000;

t.test('made-up blocks do not keep out the true ones, however often they come unasked', async (t) => {
  const node = new LoneNode(4, 0);
  const known = chain(node, 4);
  const finalization = certified(node, known.blocks);
  let number = 0;
  const bother = (): void => {
    number++;
    const blocks = madeUpBlocks(node, finalization, { number, refs: [madeUpRef(number)] });
    node.receive(1, { kind: 'blocks', blocks, finalization });
  };
  node.receive(2, finalization);
  const hasArrived = converse(
    node,
    {
      answer: (peer, question) => (peer === 1 ? null : honestAnswer(known, finalization, question)),
      meanwhile: bother,
    },
    () => node.state.tip.height === 4,
    MOST_MS,
  );
  t.ok(hasArrived);
});

t.test(
  'a made-up copy of a notarized block does not keep out the true one, however often it comes',
  async (t) => {
    const node = new LoneNode(4, 0);
    const known = chain(node, 1);
    const [block] = known.blocks;
    if (block === undefined) throw new RangeError('a block');
    const finalization = certified(node, known.blocks);
    let number = 0;
    const bother = (): void => {
      number++;
      node.receive(3, { ...block, refs: [madeUpRef(number)] });
    };
    node.receive(2, node.notarization([1, 2, 3], block));
    const isExecuted = converse(
      node,
      {
        answer: (peer, question) => (peer === 3 ? null : honestAnswer(known, finalization, question)),
        meanwhile: bother,
      },
      () => node.broadcast('finalize').length > 0,
      MOST_MS,
    );
    t.ok(isExecuted);
  },
);

t.test('made-up blocks of views to come do not keep out the true ones', async (t) => {
  const node = new LoneNode(4, 0);
  const known = chain(node, 6);
  const finalization = certified(node, known.blocks);
  const lower = certified(node, known.blocks.slice(0, 4));
  node.receive(2, lower);
  t.match(node.sent('fetch-blocks'), [{ to: 1 }]);
  const blocks = madeUpBlocks(node, lower, { firstView: 1_000_001, refs: [madeUpRef(1)] });
  node.receive(1, { kind: 'blocks', blocks, finalization: lower });
  node.receive(2, finalization);
  const hasArrived = converse(
    node,
    { answer: (peer, question) => (peer === 1 ? null : honestAnswer(known, finalization, question)) },
    () => node.state.tip.height === 6,
    MOST_MS,
  );
  t.ok(hasArrived);
});

t.test('a block given with another parent than it has does not keep out the true one', async (t) => {
  const node = new LoneNode(7, 0);
  const quorum = [1, 3, 4, 5, 6];
  // A block whose notarization nobody else saw, and the chain that was made instead.
  const hidden = node.proposal(1);
  const first = node.proposal(2, {
    timeMs: node.nowMs + 1,
    nullifications: [node.nullification(quorum, 1)],
  });
  const second = node.proposal(3, {
    parent: first,
    timeMs: node.nowMs + 2,
    justification: node.notarization(quorum, first),
  });
  const third = node.proposal(4, {
    parent: second,
    timeMs: node.nowMs + 3,
    justification: node.notarization(quorum, second),
  });
  const known = { blocks: [first, second, third], batches: [] };
  const finalization = node.finalization(quorum, third);
  node.receive(1, node.finalization(quorum, second));
  // View, height and digest are signed; the parent is not.
  node.receive(1, {
    ...second,
    parent: { view: hidden.view, height: hidden.height, digests: hidden.digests },
    justification: node.notarization(quorum, hidden),
    nullifications: [node.nullification(quorum, 2)],
  });
  node.receive(3, finalization);
  const hasArrived = converse(
    node,
    { answer: (peer, question) => (peer <= 2 ? null : honestAnswer(known, finalization, question)) },
    () => node.state.tip.height === 3,
    MOST_MS,
  );
  t.ok(hasArrived);
});
