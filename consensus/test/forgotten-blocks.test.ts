import t from 'tap';
import { deltaMs } from '../src/pacemaker.ts';
import { blockIdOf, type Proposal } from '../src/types.ts';
import { Cluster } from './support/cluster.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

/** More views than blocks that came to nothing are kept. */
const LONG_RUN = 70;

function isFinalAt(nodes: readonly LoneNode[]): boolean {
  return nodes.every(({ state }) => state.tip.height > 0);
}

function isServed(node: LoneNode, { view, digests }: Proposal): boolean {
  const [digest = new Uint8Array()] = digests;
  const before = node.sent('proposal').length;
  node.receive(3, { kind: 'fetch-proposal', view, id: blockIdOf(digest) });
  return node.sent('proposal').length > before;
}

t.test(
  'a block is kept by those who voted for it, however many views come to nothing after it',
  async (t) => {
    const node = new LoneNode(4, 0);
    const block = node.proposal(1);
    node.receive(1, block);
    for (let view = 1; view <= LONG_RUN; view++) node.receive(1, node.nullification([1, 2, 3], view));
    t.ok(isServed(node, block));
    const again = node.restarted();
    t.equal(again.state.view, node.state.view);
    t.ok(isServed(again, block), 'also after a restart');
  },
);

t.test(
  'the chain goes on when one node has a notarization, and the others many nullified views since',
  async (t) => {
    const cluster = new Cluster(4);
    const others = [0, 1, 2].map((index) => cluster.at(index));
    const last = cluster.at(3);
    // The votes of view 1 reach node 3 only, and nothing else of that view does.
    cluster.passes = (_, to, { kind }) =>
      to === 3 ? kind !== 'proposal' && kind !== 'batch' : kind !== 'notarize' && kind !== 'notarization';
    cluster.at(1).give({ type: 'local-batch', payload: Uint8Array.of(1) });
    t.ok(cluster.run(60_000, () => last.state.view === 2));
    cluster.takeDown(3);
    // Blocks are lost from then on, until the network is well again and node 3 is back.
    const ofBlocks = ['proposal', 'notarize', 'notarization', 'fetch-proposal'];
    cluster.passes = (_from, _to, { kind }) => !ofBlocks.includes(kind);
    t.ok(cluster.run(3_600_000, () => others.every(({ state }) => state.view > LONG_RUN)));
    cluster.passes = () => true;
    cluster.bringBack(3);
    t.ok(
      cluster.run(20_000, () => isFinalAt(cluster.nodes)),
      'view 1’s block is still there',
    );
  },
);

t.test(
  'the chain goes on when a faulty leader shows the notarization of its block many views later',
  async (t) => {
    const cluster = new Cluster(4);
    const voters = [0, 2].map((index) => cluster.at(index));
    const honest = [...voters, cluster.at(3)];
    const [voter] = voters;
    if (voter === undefined) throw new RangeError('a voter');
    // The faulty one is played here; another one is away.
    cluster.takeDown(1);
    cluster.takeDown(3);
    const block = voter.proposal(1);
    for (const node of voters) {
      node.give({ type: 'peer-connected', peer: cluster.at(1).self });
      node.receive(1, block);
      t.equal(node.broadcast('notarize').length, 1);
    }
    voter.give({ type: 'local-batch', payload: Uint8Array.of(1) });
    for (let view = 1; view <= LONG_RUN; view++) {
      for (const node of voters) node.receive(1, voter.nullify(1, view));
      cluster.run(60_000, () => voters.every(({ state }) => state.view > view));
    }
    t.same(
      voters.map(({ state }) => state.view > LONG_RUN),
      [true, true],
    );
    cluster.bringBack(3);
    for (const node of honest) node.receive(1, voter.notarization([0, 1, 2], block));
    t.ok(
      cluster.run(20_000, () => isFinalAt(honest)),
      'the voters still have it',
    );
  },
);

for (const n of [3, 4]) {
  t.test(`n = ${n}: a block of the current view is voted for when its batch comes late`, async (t) => {
    // Far less than the views take here, so that many questions for the batch are in vain.
    const parameters = { ...PARAMETERS, minDeltaMs: 30 };
    const node = new LoneNode(n, 0, {}, undefined, { parameters });
    const first = node.proposal(1);
    node.receive(1, first);
    node.pass(700);
    const justification = node.notarization([0, 1, 2], first);
    node.receive(1, justification);
    t.equal(deltaMs(node.state), PARAMETERS.maxDeltaMs);
    const batch = node.batch(1);
    const block = node.proposal(2, { parent: first, timeMs: node.nowMs, refs: [batch], justification });
    node.receive(2, block);
    node.pass(2.5 * PARAMETERS.maxDeltaMs);
    t.ok(node.sent('fetch-batch').length >= n, 'everybody was asked');
    t.equal(node.state.view, 2);
    t.same(
      node.broadcast('nullify').filter(({ view }) => view === 2),
      [],
    );
    node.receive(1, batch);
    t.equal(node.broadcast('notarize').at(-1)?.view, 2);
  });
}
