import t from 'tap';
import { certified, chain, last, stored } from './support/chain.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

t.test('a finality certificate moves a node forward: blocks, then batches, then final', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 3);
  const finalization = certified(node, blocks);
  node.receive(1, finalization);
  t.equal(node.state.view, 4, 'it takes part again at once');
  t.match(node.sent('fetch-blocks'), [{ to: 1, message: { fromHeight: 1 } }]);
  t.match(node.reports('syncing'), [{ fromHeight: 1, toHeight: 3 }]);
  node.receive(1, { kind: 'blocks', blocks: blocks.map(stored), finalization });
  t.equal(node.sent('fetch-batch').length, 3, 'in parallel');
  for (const batch of batches) node.receive(3, batch);
  t.same(
    node.of('finalized').map((effect) => effect.blocks.length),
    [3],
    'one certificate covers the range',
  );
});

t.test('blocks that are not what they claim are refused, and asked of another peer', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 2);
  const finalization = certified(node, blocks);
  node.receive(1, finalization);
  const [first, second] = blocks.map(stored);
  if (first === undefined || second === undefined) throw new RangeError('two blocks');
  const forged = { ...first, timeMs: first.timeMs + 1 };
  node.receive(1, { kind: 'blocks', blocks: [forged, second], finalization });
  for (const batch of batches) node.receive(2, batch);
  t.match(node.reports('invalid-block'), [{ from: 1, code: 'digest-mismatch' }]);
  t.same(node.of('finalized'), []);
  t.not(node.sent('fetch-blocks').at(-1)?.to, 1);
  const next = node.sent('fetch-blocks').at(-1)?.to ?? 0;
  node.receive(next, { kind: 'blocks', blocks: [first, second], finalization });
  t.equal(node.of('finalized').length, 1);
});

t.test('a block with references that do not exist is asked of another, and nobody is accused', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 2);
  const finalization = certified(node, blocks);
  const [first, second] = blocks.map(stored);
  if (first === undefined || second === undefined) throw new RangeError('two blocks');
  const [ref] = first.refs;
  if (ref === undefined) throw new RangeError('a reference');
  const madeUp = { ...first, refs: [{ ...ref, digest: new Uint8Array(32).fill(9) }] };
  node.receive(1, finalization);
  node.receive(1, { kind: 'blocks', blocks: [madeUp, second], finalization });
  for (const batch of batches) node.receive(2, batch);
  t.equal(node.state.tip.height, 0);
  node.pass(60_000);
  t.same(node.reports('invalid-block'), []);
  const next = node.sent('fetch-blocks')[1]?.to ?? 0;
  t.not(next, 1);
  node.receive(next, { kind: 'blocks', blocks: [first, second], finalization });
  t.equal(node.state.tip.height, 2);
});

t.test('what claims to descend from a false block goes with it', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 2);
  const finalization = certified(node, blocks);
  const [first, second] = blocks.map(stored);
  if (first === undefined || second === undefined) throw new RangeError('two blocks');
  const falseDigests = first.digests.map(() => new Uint8Array(32).fill(9));
  const falseFirst = { ...first, digests: falseDigests };
  const misled = { ...second, parent: { ...second.parent, digests: falseDigests } };
  node.receive(1, finalization);
  node.receive(1, { kind: 'blocks', blocks: [falseFirst, misled], finalization });
  for (const batch of batches) node.receive(2, batch);
  t.match(node.reports('invalid-block'), [{ from: 1, code: 'digest-mismatch' }]);
  t.equal(node.state.blocks.size, 0);
  const next = node.sent('fetch-blocks').at(-1)?.to ?? 0;
  node.receive(next, { kind: 'blocks', blocks: [first, second], finalization });
  t.equal(node.state.tip.height, 2);
});

t.test('blocks that continue nothing that is held are not taken', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks } = chain(node, 3);
  const finalization = certified(node, blocks);
  node.receive(1, finalization);
  node.receive(1, { kind: 'blocks', blocks: blocks.slice(1).map(stored), finalization });
  t.equal(node.state.blocks.size, 0);
  node.pass(PARAMETERS.maxDeltaMs);
  t.not(node.sent('fetch-blocks').at(-1)?.to, 1, 'the next one is asked');
});

t.test('a node whose disk does not keep up stops executing, and votes no more, until it does', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 4 * PARAMETERS.maxFetchBlocks);
  for (const [index, block] of blocks.entries()) {
    const batch = batches[index];
    if (batch !== undefined) node.receive(2, batch);
    node.receive(1, certified(node, [block]));
    node.receive(1, block);
  }
  t.ok(node.state.tip.height <= 2 * PARAMETERS.maxFetchBlocks, `${node.state.tip.height} given to the host`);
  const { height } = node.state.tip;
  node.give({ type: 'applied', height });
  t.ok(node.state.tip.height > height);
});

t.test('blocks that were not asked for, or do not link, are ignored', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks } = chain(node, 3);
  const finalization = certified(node, blocks);
  node.receive(2, { kind: 'blocks', blocks: blocks.map(stored), finalization });
  t.equal(node.state.blocks.size, 0);
  node.receive(1, finalization);
  const [first, , third] = blocks.map(stored);
  if (first === undefined || third === undefined) throw new RangeError('three blocks');
  node.receive(1, { kind: 'blocks', blocks: [first, third], finalization });
  t.match(node.reports('invalid-message'), [{ from: 1, code: 'malformed-blocks' }]);
});

t.test('a peer that does not answer is passed over', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks } = chain(node, 1);
  node.receive(1, certified(node, blocks));
  node.pass(20 * PARAMETERS.minDeltaMs);
  t.same(new Set(node.sent('fetch-blocks').map(({ to }) => to)), new Set([1, 2, 3]));
});

t.test('what few have is asked of ever more peers at a time', async (t) => {
  const n = 31;
  const node = new LoneNode(n, 0);
  const { blocks } = chain(node, 1);
  const peers = Array.from({ length: n - 1 }, (_, index) => index + 1);
  node.receive(1, node.finalization(peers, last(blocks)));
  const widths = [node.sent('fetch-blocks').length];
  for (let turn = 0; turn < 300; turn++) {
    const before = node.sent('fetch-blocks').length;
    node.pass(PARAMETERS.minDeltaMs);
    const width = node.sent('fetch-blocks').length - before;
    if (width > 0) widths.push(width);
  }
  t.same(widths.slice(0, 9), [1, 1, 1, 2, 4, 8, 13, 1, 1]);
  const asked = node.sent('fetch-blocks').map(({ to }) => to);
  t.same(new Set(asked.slice(0, peers.length)), new Set(peers), 'nobody twice before all once');
});

t.test('what is not executed or applied yet is bounded, however much peers offer', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 5 * PARAMETERS.maxFetchBlocks);
  node.receive(1, certified(node, blocks));
  for (let served = 0; served < 5; served++) {
    const asked = node.sent('fetch-blocks').at(-1);
    if (asked === undefined) throw new RangeError('nothing asked');
    const from = asked.message.fromHeight - 1;
    const part = blocks.slice(from, from + PARAMETERS.maxFetchBlocks);
    node.receive(asked.to, { kind: 'blocks', blocks: part.map(stored), finalization: certified(node, part) });
  }
  const asked = new Set(node.sent('fetch-blocks').map(({ message }) => message.fromHeight));
  t.same([...asked], [1, 5], 'two answers ahead of what is applied');
  for (const batch of batches) node.receive(3, batch);
  node.give({ type: 'applied', height: 2 * PARAMETERS.maxFetchBlocks });
  t.ok(node.sent('fetch-blocks').some(({ message }) => message.fromHeight === 9));
});

t.test('the highest finalization is reached, whatever others come in between', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 3 * PARAMETERS.maxFetchBlocks);
  node.receive(1, certified(node, blocks));
  for (const batch of batches) node.receive(3, batch);
  for (let from = 0; from < blocks.length; from += PARAMETERS.maxFetchBlocks) {
    const part = blocks.slice(from, from + PARAMETERS.maxFetchBlocks);
    node.receive(1, { kind: 'blocks', blocks: part.map(stored), finalization: certified(node, part) });
    node.give({ type: 'applied', height: from + part.length });
    for (const batch of batches) node.receive(3, batch);
  }
  t.equal(node.state.tip.height, blocks.length);
});

t.test('a long run of blocks without certificates of their own is caught up with, too', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks, batches } = chain(node, 26 * PARAMETERS.maxFetchBlocks);
  node.receive(1, certified(node, blocks));
  const part = blocks.slice(0, 25 * PARAMETERS.maxFetchBlocks);
  node.receive(1, { kind: 'blocks', blocks: part.map(stored), finalization: certified(node, part) });
  t.same(node.reports('invalid-message'), [], 'nobody is blamed');
  // As many as are asked for at a time.
  for (let given = 0; given < part.length; given += 16) {
    for (const batch of batches) node.receive(3, batch);
  }
  t.equal(node.state.tip.height, part.length);
});

t.test(
  'far behind, a node does not hold what happens meanwhile, and arrives there all the same',
  async (t) => {
    const node = new LoneNode(4, 0);
    const { blocks, batches } = chain(node, 240);
    node.receive(1, certified(node, blocks.slice(0, 120)));
    for (const block of blocks.slice(120)) {
      node.receive(block.view % 4, block);
      node.receive(1, certified(node, [block]));
    }
    t.equal(node.state.blocks.size, 0);
    t.equal(node.state.checkpoints.length, 1, 'the highest finalization only');
    t.same(node.sent('fetch-proposal'), []);
    for (let served = 0; served < 60; served++) {
      const asked = node.sent('fetch-blocks').at(-1);
      if (asked === undefined) throw new RangeError('nothing asked');
      const from = asked.message.fromHeight - 1;
      const part = blocks.slice(from, from + PARAMETERS.maxFetchBlocks);
      node.receive(asked.to, {
        kind: 'blocks',
        blocks: part.map(stored),
        finalization: certified(node, part),
      });
      for (const batch of batches.slice(from, from + part.length)) node.receive(3, batch);
      node.give({ type: 'applied', height: node.state.tip.height });
    }
    t.equal(node.state.tip.height, blocks.length);
  },
);

t.test('slow for a moment, a node holds the live blocks', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks } = chain(node, 16);
  const live = blocks.slice(2);
  for (const block of live) {
    node.receive(block.view % 4, block);
    node.receive(1, certified(node, [block]));
  }
  const ofOthers = live.filter(({ view }) => view % 4 !== node.self);
  t.equal(node.state.blocks.size, ofOthers.length);
});

t.test('a peer that is behind is given the certificates that bring it here', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  const finalization = node.finalization([1, 2, 3], proposal);
  node.receive(1, proposal);
  node.receive(1, finalization);
  node.receive(2, node.nullification([1, 2, 3], 2));
  node.effects.length = 0;
  node.receive(3, { kind: 'status', view: proposal.view, finalization: null });
  t.same(
    node.of('send').map(({ to, message }) => [to, message.kind]),
    [
      [3, 'finalization'],
      [3, 'nullification'],
    ],
  );
});

t.test('blocks and batches are served to those who ask', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  node.receive(3, {
    kind: 'fetch-proposal',
    view: proposal.view,
    id: [...node.state.blocks.keys()][0] ?? never(),
  });
  t.same(node.sent('proposal')[0]?.message, proposal);
  node.receive(1, node.finalization([1, 2, 3], proposal));
  node.receive(3, { kind: 'fetch-blocks', fromHeight: 1 });
  t.match(node.of('serve-blocks'), [{ to: 3, fromHeight: 1 }]);
  const { origin, seq, digest } = node.batch(2);
  node.receive(3, { kind: 'fetch-batch', ref: { origin, seq, digest } });
  t.match(node.of('serve-batch'), [{ to: 3, ref: { origin, seq } }]);
});

t.test('a proposal that may not be what it claims is not passed on', async (t) => {
  const node = new LoneNode(4, 0);
  node.ignored.add('execute');
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  node.receive(3, {
    kind: 'fetch-proposal',
    view: proposal.view,
    id: [...node.state.blocks.keys()][0] ?? never(),
  });
  t.same(node.sent('proposal'), []);
});

function never(): never {
  throw new RangeError('no block is held');
}

t.test('small batches are asked for many at a time, large ones few', async (t) => {
  const asked = (maxBatchBytes: number): number => {
    const parameters = { ...PARAMETERS, maxBatchBytes };
    const node = new LoneNode(4, 0, {}, undefined, { parameters });
    const { blocks } = chain(node, 60);
    const finalization = certified(node, blocks);
    node.receive(1, finalization);
    node.receive(1, { kind: 'blocks', blocks: blocks.map(stored), finalization });
    return node.sent('fetch-batch').length;
  };
  t.equal(asked(100), 48);
  t.equal(asked(2 * 1024 * 1024), 24);
  t.equal(asked(4 * 1024 * 1024), 16);
});

t.test('claims that name one another as parent lead nowhere', async (t) => {
  const node = new LoneNode(4, 0);
  const { blocks } = chain(node, 6);
  node.receive(1, certified(node, blocks));
  const part = blocks.slice(0, 4);
  node.receive(1, { kind: 'blocks', blocks: part.map(stored), finalization: certified(node, part) });
  const [fifth, sixth] = blocks.slice(4).map(stored);
  if (fifth === undefined || sixth === undefined) throw new RangeError('six blocks');
  const circular = { ...fifth, parent: { ...fifth.parent, digests: sixth.digests } };
  node.receive(1, { kind: 'blocks', blocks: [circular, sixth], finalization: certified(node, blocks) });
  t.equal(node.state.blocks.size, 4);
  t.equal(node.sent('fetch-blocks').at(-1)?.message.fromHeight, 5, 'what is linked ends below them');
});
