import t from 'tap';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

const DELTA_MS = PARAMETERS.minDeltaMs;

t.test('notarize: a valid proposal is executed, persisted and voted for', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  const [vote] = node.broadcast('notarize');
  t.equal(vote?.view, 1);
  t.same(vote?.digest, proposal.digests[0]);
  t.same(
    node.log.map(({ type }) => type),
    ['proposal', 'vote'],
    'the proposal before the vote',
  );
});

t.test('notarize: at most one per view, the second proposal is evidence', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.proposal(1);
  const second = node.proposal(1, { timeMs: node.nowMs + 1 });
  node.receive(1, first);
  node.receive(1, second);
  node.receive(1, second);
  t.equal(node.broadcast('notarize').length, 1);
  t.same(node.reports('equivocation'), [{ type: 'equivocation', signer: 1, first, second }]);
});

t.test('notarize: not for the proposal of anyone but the leader', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(2, node.proposal(1));
  t.equal(node.broadcast('notarize').length, 0);
});

t.test('notarize: only with every referenced batch held durably', async (t) => {
  const node = new LoneNode(4, 0);
  const batch = node.batch(2);
  const { origin, seq, digest } = batch;
  node.receive(1, node.proposal(1, { refs: [{ origin, seq, digest }] }));
  t.equal(node.broadcast('notarize').length, 0);
  node.pass(DELTA_MS);
  const [asked] = node.sent('fetch-batch');
  t.equal(asked?.to, 1, 'a missing batch is fetched, from the leader first');
  node.receive(1, batch);
  t.equal(node.batches.length, 1, 'stored');
  t.equal(node.broadcast('notarize').length, 1);
});

t.test('notarize: header equals own execution, under every suite', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  const [first = new Uint8Array()] = proposal.digests;
  const { signature: _, ...unsigned } = { ...proposal, digests: [first, new Uint8Array(32)] };
  node.receive(1, node.signed(1, unsigned));
  t.equal(node.broadcast('notarize').length, 0);
  t.equal(node.reports('invalid-block').length, 1);
  t.equal(node.broadcast('nullify').length, 1, 'an invalid proposal is nullified at once');
});

t.test('time: not later than the parent’s is invalid', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(1, node.proposal(1, { timeMs: 0 }));
  t.equal(node.broadcast('nullify').length, 1);
});

t.test('time: a proposal ahead of the clock waits for it, and says so', async (t) => {
  const node = new LoneNode(4, 0);
  const aheadMs = PARAMETERS.maxClockSkewMs + 50;
  node.receive(1, node.proposal(1, { timeMs: node.nowMs + aheadMs }));
  t.equal(node.broadcast('notarize').length, 0);
  t.same(node.reports('clock-skew'), [{ type: 'clock-skew', leader: 1, aheadMs }]);
  node.pass(49);
  t.equal(node.broadcast('notarize').length, 0);
  node.pass(1);
  t.equal(node.broadcast('notarize').length, 1);
});

t.test('time: a leader whose clock is behind its parent uses the parent’s time + 1', async (t) => {
  const node = new LoneNode(4, 2);
  const first = node.proposal(1, { timeMs: node.nowMs + 400 });
  node.receive(1, first);
  node.receive(1, node.notarization([0, 1, 3], first));
  node.receive(0, node.batch(0));
  node.pass(DELTA_MS);
  t.equal(node.broadcast('proposal')[0]?.timeMs, first.timeMs + 1);
});

t.test('time: headers show the machine’s clock, whatever timers run on', async (t) => {
  const node = new LoneNode(4, 1);
  node.give({ type: 'clock', aheadMs: 3_600_000 });
  node.receive(2, node.batch(2));
  node.pass(PARAMETERS.minDeltaMs);
  t.equal(node.broadcast('proposal')[0]?.timeMs, node.nowMs + 3_600_000);
});

t.test('time: a clock that was ahead and is set back is no obstacle', async (t) => {
  const node = new LoneNode(4, 1);
  node.give({ type: 'clock', aheadMs: 3_600_000 });
  node.pass(50);
  node.give({ type: 'clock', aheadMs: 0 });
  node.receive(2, node.batch(2));
  node.pass(PARAMETERS.minDeltaMs);
  t.equal(node.broadcast('proposal')[0]?.timeMs, node.nowMs);
});

t.test('time: a proposal ahead of the clock is voted for at once when the clock is put right', async (t) => {
  const node = new LoneNode(4, 0);
  node.give({ type: 'clock', aheadMs: -10_000 });
  node.receive(1, node.proposal(1));
  t.match(node.reports('clock-skew'), [{ leader: 1, aheadMs: 10_000 }]);
  t.equal(node.broadcast('notarize').length, 0);
  node.give({ type: 'clock', aheadMs: 0 });
  t.equal(node.broadcast('notarize').length, 1);
});

t.test(
  'time: a proposal that arrives long past its time says that a clock is wrong, and is voted for',
  async (t) => {
    const node = new LoneNode(4, 0);
    node.give({ type: 'clock', aheadMs: 10_000 });
    node.receive(1, node.proposal(1));
    t.match(node.reports('clock-skew'), [{ leader: 1, aheadMs: -10_000 }]);
    t.equal(node.broadcast('notarize').length, 1);
  },
);

t.test('nullify: no proposal in 2Δ once there is work', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(2, node.batch(2));
  node.pass(2 * DELTA_MS - 1);
  t.equal(node.broadcast('nullify').length, 0);
  node.pass(1);
  t.same(
    node.broadcast('nullify').map(({ view }) => view),
    [1],
  );
  t.same(node.reports('view-nullified'), [{ type: 'view-nullified', view: 1, leader: 1 }]);
});

t.test('nullify: no notarization in 3Δ', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(1, node.proposal(1));
  node.pass(3 * DELTA_MS - 1);
  t.equal(node.broadcast('nullify').length, 0);
  node.pass(1);
  t.equal(node.broadcast('nullify').length, 1);
});

t.test('notarize is still possible after Nullify; Finalize is not', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(2, node.batch(2));
  node.pass(2 * DELTA_MS);
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  t.equal(node.broadcast('nullify').length, 1);
  t.equal(node.broadcast('notarize').length, 1);
  node.receive(1, node.notarization([1, 2, 3], proposal));
  t.equal(node.state.view, 2);
  t.equal(node.broadcast('finalize').length, 0, 'never both Nullify and Finalize in one view');
});

t.test('finalize: after a notarization, for the executed header under every suite', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  node.receive(1, node.notarization([1, 2, 3], proposal));
  const [vote] = node.broadcast('finalize');
  t.same(vote?.digests, proposal.digests);
  t.equal(vote?.signatures.length, 2);
});

t.test('finalize: a notarized block never seen is fetched and executed first', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(1);
  node.receive(2, node.notarization([1, 2, 3], proposal));
  t.equal(node.state.view, 2);
  t.equal(node.broadcast('finalize').length, 0);
  t.match(node.sent('fetch-proposal'), [{ to: 1, message: { view: 1 } }]);
  node.receive(3, proposal);
  t.equal(node.broadcast('finalize').length, 1);
});

t.test('an observer follows and signs nothing', async (t) => {
  const node = new LoneNode(4, 0);
  const observer = { ...node.state, config: { ...node.state.config, self: null } };
  node.state = observer;
  const proposal = node.proposal(1);
  node.receive(1, proposal);
  node.receive(1, node.notarization([1, 2, 3], proposal));
  node.receive(1, node.finalization([1, 2, 3], proposal));
  node.pass(PARAMETERS.heartbeatMs * 2);
  t.same(node.of('sign'), []);
  t.equal(node.of('finalized').length, 1);
});
