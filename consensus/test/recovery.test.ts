import { toHex } from '@hufu/crypto';
import t from 'tap';
import { asHeight, asView } from '../src/types.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

t.test('a restart signs exactly the persisted votes again, and no others in that view', async (t) => {
  const node = new LoneNode(4, 0);
  const voted = node.proposal(1);
  node.receive(1, voted);
  node.pass(3 * PARAMETERS.minDeltaMs);
  const again = node.restarted();
  const names = (of: LoneNode): readonly string[] =>
    [...of.broadcast('notarize'), ...of.broadcast('nullify')].map(
      (vote) => `${vote.kind} ${vote.view} ${vote.kind === 'notarize' ? toHex(vote.digest) : ''}`,
    );
  t.same(new Set(names(again)), new Set(names(node)));
  again.receive(1, again.proposal(1, { timeMs: again.nowMs + 1 }));
  t.equal(new Set(again.broadcast('notarize').map(({ digest }) => toHex(digest))).size, 1);
  again.receive(1, again.notarization([1, 2, 3], voted));
  t.equal(again.broadcast('finalize').length, 0, 'it gave the view up before the crash');
});

t.test('a restarted leader proposes the same block again', async (t) => {
  const node = new LoneNode(4, 1);
  node.pass(PARAMETERS.heartbeatMs);
  const [proposal] = node.broadcast('proposal');
  const again = node.restarted();
  again.pass(2 * PARAMETERS.heartbeatMs);
  t.same(
    new Set(again.broadcast('proposal').map(({ digests }) => toHex(digests[0] ?? new Uint8Array()))),
    new Set([toHex(proposal?.digests[0] ?? new Uint8Array())]),
  );
});

t.test('a restart resumes in the last view entered, with its certificates', async (t) => {
  const node = new LoneNode(4, 2);
  const first = node.proposal(1);
  node.receive(1, first);
  node.receive(1, node.notarization([0, 1, 3], first));
  const again = node.restarted();
  t.equal(again.state.view, 2);
  t.equal(again.broadcast('finalize').length, 1, 'the Finalize vote still matters');
  again.receive(3, again.batch(3));
  again.pass(PARAMETERS.minDeltaMs);
  t.same(again.broadcast('proposal')[0]?.parent.digests, first.digests);
});

t.test('its own batches go on from the last durable one', async (t) => {
  const node = new LoneNode(4, 0);
  node.give({ type: 'local-batch', payload: Uint8Array.of(1) });
  const again = node.restarted();
  again.give({ type: 'local-batch', payload: Uint8Array.of(2) });
  const [second] = again.broadcast('batch');
  t.equal(second?.seq, 1);
  t.same(second?.prev, node.batches[0]?.digest);
});

t.test('nothing at or below the applied tip is voted for, even with an empty log', async (t) => {
  const node = new LoneNode(4, 0);
  const proposal = node.proposal(3, {
    nullifications: [1, 2].map((view) => node.nullification([1, 2, 3], view)),
  });
  const finalization = node.finalization([1, 2, 3], proposal);
  const tip = { ...node.genesis, view: asView(3), height: asHeight(1), digests: proposal.digests };
  const again = new LoneNode(4, 0, { tip, finalization }, node.signatures);
  t.equal(again.state.view, 4);
  for (const view of [1, 2, 3]) again.receive(view, again.proposal(view));
  t.same(again.of('sign'), []);
});

t.test('broken invariants stop the start', async (t) => {
  const { genesis } = new LoneNode(4, 0);
  const tip = { ...genesis, height: asHeight(1) };
  t.throws(() => new LoneNode(4, 0, { tip }), /covered by a finalization/);
  t.throws(() => new LoneNode(4, 4), RangeError);
  t.throws(() => new LoneNode(101, 0), RangeError);
  t.throws(() => new LoneNode(4, 0, { tip: { ...genesis, origins: [] } }), RangeError);
});
