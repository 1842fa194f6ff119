import t from 'tap';
import { backedOffDeltaMs, deltaMs } from '../src/pacemaker.ts';
import { asValidatorIndex, type Notarization, type Nullification, type Proposal } from '../src/types.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

const DELTA_MS = PARAMETERS.minDeltaMs;

function certified(node: LoneNode, block: Proposal): Notarization {
  return node.notarization([0, 1, 2], block);
}

/** The leader of `view` proposes, and the block is notarized 50 ms later. */
function propose(node: LoneNode, view: number, change: Partial<Proposal>): Proposal {
  const proposal = node.proposal(view, change);
  node.receive(view % 4, proposal);
  node.pass(50);
  node.receive(1, certified(node, proposal));
  return proposal;
}

/** Those of the views between the parent's and this one. */
function skipped(node: LoneNode, view: number, parent: Proposal | undefined): readonly Nullification[] {
  const from = (parent?.view ?? 0) + 1;
  return Array.from({ length: view - from }, (_, i) => node.nullification([1, 2, 3], from + i));
}

/** Ends the current view with a nullification of the others. */
function skip(node: LoneNode): void {
  node.receive(1, node.nullification([1, 2, 3], node.state.view));
}

t.test('idle costs nothing: without pending work nothing is sent before the heartbeat', async (t) => {
  const node = new LoneNode(4, 0);
  node.effects.length = 0;
  node.pass(PARAMETERS.heartbeatMs - 1);
  t.same(
    node.effects.filter(({ type }) => type !== 'set-timer'),
    [],
  );
  node.pass(1 + 2 * DELTA_MS);
  t.equal(node.broadcast('nullify').length, 1, 'then a silent leader is given up on');
});

t.test('an idle leader proposes an empty block at the heartbeat', async (t) => {
  const node = new LoneNode(4, 1);
  node.pass(PARAMETERS.heartbeatMs - 1);
  t.equal(node.broadcast('proposal').length, 0);
  node.pass(1);
  t.same(node.broadcast('proposal')[0]?.refs, []);
});

t.test('f+1 Nullify votes are a sign of work: one of them is honest', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(1, node.nullify(1, 1));
  node.pass(10 * DELTA_MS);
  t.equal(node.broadcast('nullify').length, 0, 'f votes may be faulty');
  node.receive(2, node.nullify(2, 1));
  node.pass(2 * DELTA_MS);
  t.equal(node.broadcast('nullify').length, 1);
});

t.test('back-off is 1.5× per view given up, capped at 8×, reset by a finalization', async (t) => {
  const node = new LoneNode(4, 0);
  const factors: number[] = [];
  for (let i = 0; i < 8; i++) {
    factors.push(backedOffDeltaMs(node.state) / deltaMs(node.state));
    skip(node);
  }
  t.same(
    factors.map((factor) => Math.round(factor * 100) / 100),
    [1, 1.5, 2.25, 3.38, 5.07, 7.6, 8, 8],
  );
  const proposal = node.proposal(node.state.view);
  node.receive(1, node.notarization([1, 2, 3], proposal));
  t.equal(backedOffDeltaMs(node.state), 8 * deltaMs(node.state), 'a notarization is not enough');
  node.receive(1, node.finalization([1, 2, 3], proposal));
  t.equal(backedOffDeltaMs(node.state), deltaMs(node.state));
});

t.test('a view counts as given up when this node gave it up, however it ends', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(1, node.nullify(1, 1));
  node.receive(2, node.nullify(2, 1));
  node.pass(2 * DELTA_MS);
  t.equal(node.broadcast('nullify').length, 1);
  node.receive(1, node.notarization([1, 2, 3], node.proposal(1)));
  t.equal(backedOffDeltaMs(node.state), 1.5 * deltaMs(node.state));
});

t.test('how long a leader waits before it proposes does not stretch Δ', async (t) => {
  const node = new LoneNode(4, 0);
  let parent: Proposal | undefined;
  for (let view = 1; view <= 20; view++) {
    // Signs of work: the timers run, and the leader takes its time.
    node.receive(1, node.nullify(1, view));
    node.receive(2, node.nullify(2, view));
    node.pass(DELTA_MS);
    const change = parent === undefined ? {} : { parent, justification: certified(node, parent) };
    if (view % 4 === 0) node.receive(1, node.nullification([1, 2, 3], view));
    else parent = propose(node, view, { ...change, nullifications: skipped(node, view, parent) });
  }
  t.equal(deltaMs(node.state), 150);
});

t.test('Δ follows the median latency of views and stays within its bounds', async (t) => {
  const node = new LoneNode(4, 0);
  const view = (latencyMs: number): void => {
    node.receive(1, node.nullify(1, node.state.view));
    node.receive(2, node.nullify(2, node.state.view));
    node.pass(latencyMs);
    const proposal = node.proposal(node.state.view, { timeMs: node.nowMs });
    node.receive(1, node.notarization([1, 2, 3], proposal));
  };
  for (let i = 0; i < 7; i++) view(60);
  t.equal(deltaMs(node.state), 180);
  for (let i = 0; i < 3; i++) view(100_000);
  t.equal(deltaMs(node.state), 180, 'a minority of slow leaders does not stretch it');
  for (let i = 0; i < 21; i++) view(1);
  t.equal(deltaMs(node.state), PARAMETERS.minDeltaMs);
  for (let i = 0; i < 21; i++) view(5_000);
  t.equal(deltaMs(node.state), PARAMETERS.maxDeltaMs);
});

t.test('a leader that is gone gets zero timers while a quorum is connected', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(2, node.batch(2, 0));
  node.give({ type: 'peer-disconnected', peer: asValidatorIndex(1) });
  t.same(node.broadcast('nullify').length, 1, 'no proposal can come from it');
  const isolated = new LoneNode(4, 0);
  isolated.receive(2, isolated.batch(2, 0));
  isolated.give({ type: 'peer-disconnected', peer: asValidatorIndex(3) });
  isolated.give({ type: 'peer-disconnected', peer: asValidatorIndex(1) });
  t.same(isolated.broadcast('nullify'), [], 'without a quorum it is this node that may be cut off');
});

t.test('a silent leader gets zero timers while a quorum is active, until it speaks', async (t) => {
  const node = new LoneNode(4, 0);
  const live = (): void => {
    for (const signer of [1, 2]) node.receive(signer, node.nullify(signer, node.state.view));
    node.receive(1, node.nullification([1, 2, 3], node.state.view));
  };
  while (node.state.view < 11) live();
  t.equal(node.state.view % 4, 3, 'validator 3 leads and was not heard for two rounds');
  const before = node.broadcast('nullify').length;
  node.receive(2, node.batch(2));
  t.equal(node.broadcast('nullify').length, before + 1, 'given up on at once');
  while (node.state.view < 14) live();
  node.receive(3, node.notarize(3, node.proposal(14)));
  live();
  t.equal(node.state.view, 15);
  t.not(node.broadcast('nullify').at(-1)?.view, 15, 'it spoke: its next view gets its time');
});

t.test('a notarized block with batches is work until it is final', async (t) => {
  const node = new LoneNode(4, 2);
  const batch = node.batch(3);
  node.receive(3, batch);
  const first = node.proposal(1, { refs: [{ origin: batch.origin, seq: 0, digest: batch.digest }] });
  node.receive(1, first);
  node.receive(1, node.notarization([0, 1, 3], first));
  t.equal(node.state.view, 2);
  t.equal(node.broadcast('proposal').length, 0, 'Finalize votes have Δ to arrive');
  node.pass(DELTA_MS);
  t.same(node.broadcast('proposal')[0]?.refs, [], 'then an empty block finalizes it');
});

t.test(
  'rebroadcast: own messages with the best certificate, with growing pauses, until the view ends',
  async (t) => {
    const node = new LoneNode(4, 0);
    skip(node);
    node.receive(3, node.batch(3));
    node.pass(60_000);
    const sent = node.broadcast('nullify').length;
    t.ok(sent > 10 && sent < 60, `${sent} times in a minute`);
    t.ok(node.broadcast('status').length >= sent - 1, 'with the status');
    t.ok(node.broadcast('nullification').length >= sent - 1, 'and how the view was entered');
    skip(node);
    node.effects.length = 0;
    node.pass(1);
    t.same(
      node.broadcast('nullify').filter(({ view }) => view === 2),
      [],
    );
  },
);

t.test(
  'blocks that are only to make final what is before them come ever later while nothing becomes final',
  async (t) => {
    const self = 3;
    const node = new LoneNode(4, self);
    const batch = node.batch(0);
    node.receive(0, batch);
    let parent: Proposal | undefined;
    const waits: number[] = [];
    for (let view = 1; view <= 40; view++) {
      // A block is later than its parent.
      node.pass(1);
      if (view % 4 !== self) {
        const change =
          parent === undefined ? { refs: [batch] } : { parent, justification: certified(node, parent) };
        parent = node.proposal(view, change);
        node.receive(view % 4, parent);
      } else {
        let waitedMs = 0;
        while (node.broadcast('proposal').at(-1)?.view !== view && waitedMs < 100 * DELTA_MS) {
          node.pass(DELTA_MS / 2);
          waitedMs += DELTA_MS / 2;
        }
        waits.push(Math.round(waitedMs / deltaMs(node.state)));
        parent = node.broadcast('proposal').at(-1);
      }
      if (parent !== undefined) node.receive(1, certified(node, parent));
    }
    t.equal(node.of('finalized').length, 0);
    // Before view 3 there is one block without batches, before view 7 there are five, and so on.
    t.strictSame(waits, [1, 1, 5, 9, 13, 17, 21, 25, 29, 33]);
  },
);
