import t from 'tap';
import { asValidatorIndex, type BatchRef } from '../src/types.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

function acked(node: LoneNode, from: number, origin: number, next: number): void {
  node.receive(from, { kind: 'acks', held: [{ origin: asValidatorIndex(origin), next }] });
}

function names(refs: readonly BatchRef[] | undefined): readonly string[] | undefined {
  return refs?.map(({ origin, seq }) => `${origin}/${seq}`);
}

t.test('propose: references batches that q validators hold', async (t) => {
  const node = new LoneNode(4, 1);
  node.receive(2, node.batch(2));
  t.equal(node.broadcast('proposal').length, 0, 'its origin and this node: two of three');
  acked(node, 3, 2, 1);
  t.same(names(node.broadcast('proposal')[0]?.refs), ['2/0']);
});

t.test('propose: what it holds itself, when too few acked within the least Δ', async (t) => {
  const node = new LoneNode(4, 1);
  node.receive(2, node.batch(2));
  node.pass(PARAMETERS.minDeltaMs - 1);
  t.equal(node.broadcast('proposal').length, 0);
  node.pass(1);
  t.same(names(node.broadcast('proposal')[0]?.refs), ['2/0']);
});

t.test('propose: origins in turns, each in sequence, no more than a block may hold', async (t) => {
  const node = new LoneNode(4, 1);
  let prev: BatchRef | null = null;
  for (let seq = 0; seq < 4; seq++) {
    const batch = node.batch(2, seq, prev);
    node.receive(2, batch);
    prev = batch;
  }
  node.receive(3, node.batch(3));
  acked(node, 0, 3, 1);
  t.same(names(node.broadcast('proposal')[0]?.refs), ['3/0'], 'batches that too few acked wait');
  const node2 = new LoneNode(4, 1);
  node2.ignored.add('execute');
  prev = null;
  for (let seq = 0; seq < 4; seq++) {
    const batch = node2.batch(2, seq, prev);
    node2.receive(2, batch);
    prev = batch;
  }
  node2.receive(3, node2.batch(3));
  node2.pass(PARAMETERS.minDeltaMs);
  t.same(names(node2.of('execute')[0]?.input.refs), ['2/0', '3/0', '2/1', '2/2']);
});

t.test('propose: the next block at once on a notarization, while work is pending', async (t) => {
  const node = new LoneNode(4, 2);
  const batch = node.batch(3);
  node.receive(3, batch);
  acked(node, 0, 3, 1);
  const first = node.proposal(1);
  node.receive(1, first);
  node.receive(1, node.notarization([0, 1, 3], first));
  const [second] = node.broadcast('proposal');
  t.same(second?.parent.digests, first.digests, 'on the block just notarized, not yet final');
  t.equal(second?.justification?.kind, 'notarization');
  t.same(names(second?.refs), ['3/0']);
});

t.test('propose: one build at a time, however long it takes and whatever views pass', async (t) => {
  const node = new LoneNode(4, 1);
  node.ignored.add('execute');
  node.receive(2, node.batch(2));
  acked(node, 3, 2, 1);
  for (const view of [1, 2, 3, 4]) node.receive(2, node.nullification([0, 2, 3], view));
  t.equal(node.state.view, 5, 'it leads again');
  const [first, ...others] = node.of('execute');
  t.equal(first?.input.view, 1);
  t.same(others, []);
  if (first === undefined) throw new Error('nothing was to be executed');
  node.ignored.delete('execute');
  const result = { ok: true, digests: node.genesis.digests, endsEpoch: false } as const;
  node.give({ type: 'executed', id: first.id, result });
  t.same(
    node.broadcast('proposal').map(({ view }) => view),
    [5],
    'what was built is of a view that is over; it is built anew',
  );
});

t.test('propose: skips nullified views and shows why', async (t) => {
  const node = new LoneNode(4, 0);
  for (const view of [1, 2, 3]) node.receive(1, node.nullification([1, 2, 3], view));
  node.receive(3, node.batch(3));
  acked(node, 1, 3, 1);
  const [proposal] = node.broadcast('proposal');
  t.equal(proposal?.view, 4);
  t.equal(proposal?.justification, null, 'the parent is the genesis');
  t.same(
    proposal?.nullifications.map(({ view }) => view),
    [1, 2, 3],
  );
});

t.test('propose: persisted with the own vote before either is signed', async (t) => {
  const node = new LoneNode(4, 1);
  node.pass(PARAMETERS.heartbeatMs);
  const order = node.effects
    .filter(({ type }) => type === 'persist' || type === 'sign' || type === 'broadcast')
    .map((effect) => effect.type);
  t.same(order.slice(-6), ['persist', 'sign', 'persist', 'sign', 'broadcast', 'broadcast']);
  t.same(
    node.log.map(({ type }) => type),
    ['own-proposal', 'vote'],
  );
});

t.test('n = 1: a chain of one', async (t) => {
  const node = new LoneNode(1, 0);
  node.give({ type: 'local-batch', payload: Uint8Array.of(1) });
  t.same(
    node.of('finalized').flatMap(({ blocks }) => blocks.map(({ refs }) => names(refs))),
    [['0/0']],
  );
});

t.test('propose: after a long run of nullified views only the last nullifications travel', async (t) => {
  const VIEWS = 1_999;
  const node = new LoneNode(4, 0);
  for (let view = 1; view <= VIEWS; view++) node.receive(1, node.nullification([1, 2, 3], view));
  node.receive(2, node.batch(2));
  node.pass(PARAMETERS.minDeltaMs);
  const [proposal] = node.broadcast('proposal');
  t.equal(proposal?.view, VIEWS + 1);
  t.same(
    proposal?.nullifications.map(({ view }) => view),
    Array.from({ length: 64 }, (_, index) => VIEWS - 63 + index),
  );
});

t.test('notarize: nullifications that a proposal does not carry are asked for', async (t) => {
  const node = new LoneNode(4, 1);
  const nullifications = Array.from({ length: 99 }, (_, index) => node.nullification([0, 2, 3], index + 1));
  const carried = nullifications.slice(-64);
  node.receive(0, node.proposal(100, { nullifications: carried.slice(1) }));
  t.match(
    node.reports('invalid-message'),
    [{ from: 0, code: 'malformed-proposal' }],
    'fewer than may be carried',
  );
  node.receive(0, node.proposal(100, { nullifications: carried }));
  t.equal(node.broadcast('notarize').length, 0);
  t.match(node.sent('fetch-certificates').at(-1)?.message, { fromView: 1, toView: 35 });
  for (const nullification of nullifications.slice(0, 35)) node.receive(2, nullification);
  t.equal(node.broadcast('notarize').length, 1);
});
