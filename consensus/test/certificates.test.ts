import t from 'tap';
import { quorum } from '../src/index.ts';
import { asView } from '../src/types.ts';
import { LoneNode } from './support/lone-node.ts';

t.test('q notarizes → notarization, broadcast once, enter v+1', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  node.receive(1, node.notarize(1, proposal));
  t.equal(node.state.view, 1, 'two of four, with our own');
  node.receive(2, node.notarize(2, proposal));
  t.equal(node.state.view, 2);
  node.receive(3, node.notarize(3, proposal));
  node.receive(3, node.notarization([1, 2, 3], proposal));
  t.equal(node.broadcast('notarization').length, 1);
  t.same(
    node.broadcast('notarization')[0]?.shares.map(({ signer }) => signer),
    [0, 1, 2],
  );
  t.ok(
    node.log.some((record) => record.type === 'certificate'),
    'the certificate used to enter a view is persisted',
  );
});

t.test('q nullifies → nullification, enter v+1', async (t) => {
  for (const n of [4, 5, 7, 10]) {
    const node = new LoneNode(n, 0);
    for (let signer = 1; signer < quorum(n); signer++) node.receive(signer, node.nullify(signer, 1));
    const own = node.broadcast('nullify').length;
    t.equal(node.state.view, own === 0 ? 1 : 2, `n = ${n}: one short`);
    node.receive(quorum(n), node.nullify(quorum(n), 1));
    t.equal(node.state.view, 2, `n = ${n}`);
  }
});

t.test('q finalizes → the block and all its ancestors are final', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.proposal(1);
  node.receive(1, first);
  node.receive(1, node.notarization([1, 2, 3], first));
  const second = node.proposal(2, {
    parent: first,
    timeMs: first.timeMs + 1,
    justification: node.notarization([1, 2, 3], first),
  });
  node.receive(2, second);
  for (const signer of [1, 2, 3]) node.receive(signer, node.finalize(signer, second));
  const [final] = node.of('finalized');
  t.same(
    final?.blocks.map(({ height }) => height),
    [1, 2],
    'in height order',
  );
  t.equal(final?.finalization.height, 2, 'the last one is certified');
  t.equal(node.state.tip.height, 2);
});

t.test('final: whenever the certificate arrives, even before the block', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(3, node.finalization([1, 2, 3], proposal));
  t.equal(node.state.view, 2);
  t.same(node.of('finalized'), []);
  node.receive(1, proposal);
  t.equal(node.of('finalized').length, 1);
});

t.test('votes for different blocks of one view do not add up', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.proposal(1);
  const second = node.proposal(1, { timeMs: node.nowMs + 1 });
  node.receive(1, first);
  node.receive(2, node.notarize(2, second));
  node.receive(3, node.notarize(3, second));
  t.equal(node.state.view, 1);
});

t.test('Finalize votes must match under every suite', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  const [digest = new Uint8Array()] = proposal.digests;
  const twisted = { ...proposal, digests: [digest, new Uint8Array(32)] };
  node.receive(1, proposal);
  node.receive(1, node.notarization([1, 2, 3], proposal));
  node.receive(1, node.finalize(1, twisted));
  node.receive(2, node.finalize(2, twisted));
  node.receive(3, node.finalize(3, proposal));
  t.same(node.of('finalized'), [], 'two and two');
});

t.test('a vote that contradicts an earlier one does not count, and is kept as evidence', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(1, node.nullify(1, 1));
  node.receive(1, node.finalize(1, proposal));
  node.receive(2, node.notarize(2, proposal));
  node.receive(2, node.notarize(2, node.proposal(1, { timeMs: node.nowMs + 1 })));
  t.same(
    node.reports('equivocation').map(({ signer, first, second }) => [signer, first.kind, second.kind]),
    [
      [1, 'nullify', 'finalize'],
      [2, 'notarize', 'notarize'],
    ],
  );
});

t.test('a certificate moves the view from anywhere; votes ahead do not', async (t) => {
  const node = new LoneNode(4, 0);
  for (const signer of [1, 2, 3]) node.receive(signer, node.nullify(signer, 1_000));
  t.equal(node.state.view, 1);
  node.receive(1, node.nullification([1, 2, 3], 1_000));
  t.equal(node.state.view, 1_001);
  t.match(
    node.sent('fetch-certificates'),
    [{ message: { fromView: 1, toView: 999 } }],
    'the gap is asked for',
  );
});

t.test('a proposal brings the certificates that its receiver lacks', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.proposal(1);
  const skipped = [2, 3, 4].map((view) => node.nullification([1, 2, 3], view));
  const fifth = node.proposal(5, {
    parent: first,
    timeMs: first.timeMs + 1,
    justification: node.notarization([1, 2, 3], first),
    nullifications: skipped,
  });
  node.receive(1, fifth);
  t.equal(node.state.view, 5);
  node.receive(1, first);
  t.equal(node.broadcast('notarize').at(-1)?.view, 5, 'voted for when the fetched parent is executed');
});

t.test('our key’s signature that we did not make: halt, say why, sign nothing more', async (t) => {
  const node = new LoneNode(4, 0);
  const evidence = node.nullification([0, 1, 2], 1);
  node.receive(1, evidence);
  t.same(node.reports('halted'), [{ type: 'halted', evidence }]);
  node.effects.length = 0;
  node.receive(2, node.proposal(2, { nullifications: [evidence] }));
  node.pass(60_000);
  t.same(node.of('sign'), []);
  t.equal(node.state.view, asView(2), 'it still follows');
});
