import t from 'tap';
import { asView, type Proposal, type Reproposal } from '../src/types.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

/** Node `self` of four, and its view 1's block, which ends the epoch. It refers to a batch, as an epoch's end does. */
function atLastBlock(self: number): { readonly node: LoneNode; readonly block: Proposal } {
  const node = new LoneNode(4, self);
  node.lastHeight = 1;
  const batch = node.batch(3);
  node.receive(3, batch);
  return { node, block: node.proposal(1, { refs: [batch] }) };
}

/** The same after the block is notarized: the node is in view 2. */
function afterNotarization(self: number): { readonly node: LoneNode; readonly block: Proposal } {
  const { node, block } = atLastBlock(self);
  node.receive(1, block);
  node.receive(1, node.notarization([1, 2, 3], block));
  return { node, block };
}

/** The leader of `view` proposes the block again, justified by its notarization in `certified`. */
function reproposal(
  node: LoneNode,
  { height, digests }: Proposal,
  view: number,
  certified: number,
): Reproposal {
  const nullifications = [];
  for (let skipped = certified + 1; skipped < view; skipped++) {
    nullifications.push(node.nullification([1, 2, 3], skipped));
  }
  const point = { height, digests };
  const justification = node.notarization([1, 2, 3], { ...point, view: asView(certified) });
  const unsigned = {
    kind: 'reproposal',
    ...point,
    view: asView(view),
    justification,
    nullifications,
  } as const;
  return node.signed(view % 4, unsigned);
}

t.test(
  're-propose: the leader proposes the last block again, unchanged, and extends it by nothing',
  async (t) => {
    const { node, block } = afterNotarization(2);
    node.receive(3, node.batch(3, 1, block.refs[0]));
    t.equal(node.broadcast('reproposal').length, 0, 'Finalize votes get Δ to arrive');
    node.pass(PARAMETERS.minDeltaMs);
    const [again] = node.broadcast('reproposal');
    t.match(again, { view: 2, height: 1, justification: { view: 1 }, nullifications: [] });
    t.same(again?.digests, block.digests);
    t.equal(node.broadcast('proposal').length, 0);
    t.match(node.broadcast('notarize').at(-1), { view: 2, height: 1 }, 'its own vote');
  },
);

t.test('re-propose: what was persisted is signed again after a restart, and nothing else', async (t) => {
  const { node } = afterNotarization(2);
  node.pass(PARAMETERS.minDeltaMs);
  const again = node.restarted();
  t.same(again.broadcast('reproposal'), node.broadcast('reproposal'));
  again.pass(PARAMETERS.minDeltaMs);
  t.equal(again.broadcast('proposal').length, 0);
});

t.test('notarize: the last block again, in the view in which its leader proposes it', async (t) => {
  const { node, block } = afterNotarization(0);
  node.receive(2, reproposal(node, block, 2, 1));
  t.match(node.broadcast('notarize').at(-1), { view: 2, height: 1, digest: block.digests[0] });
});

t.test('notarize: the last block again after skipped views, by the certificates inside', async (t) => {
  const { node, block } = afterNotarization(0);
  node.receive(1, reproposal(node, block, 5, 1));
  t.equal(node.state.view, 5);
  t.match(node.broadcast('notarize').at(-1), { view: 5, height: 1, digest: block.digests[0] });
});

t.test('notarize: whoever lacks the block asks for it and then votes', async (t) => {
  const { node, block } = atLastBlock(0);
  node.receive(2, reproposal(node, block, 2, 1));
  t.equal(node.broadcast('notarize').length, 0);
  t.match(node.sent('fetch-proposal')[0]?.message, { view: 1 });
  node.receive(3, block);
  t.match(node.broadcast('notarize').at(-1), { view: 2, height: 1 });
});

t.test(
  'notarize: the block was notarized again in a view whose own notarization is not known here',
  async (t) => {
    const { node, block } = atLastBlock(0);
    node.receive(3, reproposal(node, block, 3, 2));
    node.receive(1, block);
    t.match(node.broadcast('notarize').at(-1), { view: 3, height: 1 });
  },
);

t.test('notarize: never a block again that does not end the epoch', async (t) => {
  const { node, block } = atLastBlock(0);
  node.lastHeight = 7;
  node.receive(1, block);
  node.receive(1, node.notarization([1, 2, 3], block));
  const votes = node.broadcast('notarize').length;
  node.receive(2, reproposal(node, block, 2, 1));
  t.equal(node.broadcast('notarize').length, votes);
});

t.test('a block that extends the last one is invalid: its view is nullified', async (t) => {
  const { node, block } = afterNotarization(0);
  const justification = node.notarization([1, 2, 3], block);
  node.receive(2, node.proposal(2, { parent: block, justification }));
  t.match(node.reports('invalid-block'), [{ from: 2, code: 'epoch-is-over' }]);
  t.match(node.broadcast('nullify'), [{ view: 2 }]);
});

t.test('a reproposal counts from its leader only, whole, and once', async (t) => {
  const { node, block } = afterNotarization(0);
  const votes = node.broadcast('notarize').length;
  const valid = reproposal(node, block, 5, 1);
  node.receive(3, reproposal(node, block, 2, 1));
  node.receive(1, { ...valid, nullifications: valid.nullifications.slice(1) });
  node.receive(2, { ...reproposal(node, block, 2, 1), height: block.height, digests: [] });
  t.equal(node.broadcast('notarize').length, votes);
  t.match(node.reports('invalid-message'), [
    { from: 1, code: 'malformed-reproposal' },
    { from: 2, code: 'malformed-reproposal' },
  ]);
});

t.test('a leader that proposes a block and the last one again is reported', async (t) => {
  const { node, block } = afterNotarization(0);
  const justification = node.notarization([1, 2, 3], block);
  const first = reproposal(node, block, 2, 1);
  const second = node.proposal(2, { parent: block, justification });
  node.receive(2, first);
  node.receive(2, second);
  t.match(node.reports('equivocation'), [{ signer: 2, first, second }]);
});

t.test('final: the last block by a certificate of a later view; then the epoch is over', async (t) => {
  const { node, block } = afterNotarization(0);
  node.receive(2, reproposal(node, block, 2, 1));
  const later = { view: asView(2), height: block.height, digests: block.digests };
  node.receive(1, node.finalization([1, 2, 3], later));
  t.match(node.of('finalized'), [{ blocks: [{ height: 1, view: 1 }], finalization: { view: 2, height: 1 } }]);
  t.ok(node.state.tip.endsEpoch);
  const signed = node.of('sign').length;
  node.receive(3, node.batch(3, 1, block.refs[0]));
  node.pass(10 * PARAMETERS.heartbeatMs);
  t.equal(node.of('sign').length, signed, 'nothing is signed any more');
  t.strictSame(
    node.of('set-timer').filter(({ atMs }) => !Number.isSafeInteger(atMs)),
    [],
    'a timer is for a moment',
  );
});

t.test('blocks of catch-up may end with the last one, certified in a later view', async (t) => {
  const { node, block } = atLastBlock(0);
  const finalization = node.finalization([1, 2, 3], { ...block, view: asView(5) });
  node.receive(1, finalization);
  t.match(node.sent('fetch-blocks')[0]?.message, { fromHeight: 1 });
  const { view, height, parent, timeMs, refs, digests } = block;
  const stored = { view, height, parent, timeMs, refs, digests };
  node.receive(1, { kind: 'blocks', blocks: [stored], finalization });
  t.match(node.of('finalized'), [{ finalization: { view: 5 } }]);
});

t.test('the next epoch begins on the last block: its parent needs no certificate', async (t) => {
  const { node, block } = afterNotarization(0);
  const { view, height, digests, timeMs } = block;
  const origins = node.genesis.origins.map(() => ({
    nextSeq: 0,
    lastDigest: digests[0] ?? new Uint8Array(),
  }));
  const tip = { view, height, digests, timeMs, endsEpoch: false, origins };
  const next = new LoneNode(4, 2, { tip }, undefined, { genesisHeight: 1 });
  t.equal(next.state.view, 2);
  const first = next.proposal(2, { parent: { view, height, digests }, timeMs: timeMs + 1 });
  const voter = new LoneNode(4, 0, { tip }, next.signatures, { genesisHeight: 1 });
  voter.receive(2, first);
  t.match(voter.broadcast('notarize'), [{ view: 2, height: 2 }]);
});
