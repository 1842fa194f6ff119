import t from 'tap';
import type { BatchRef } from '../src/types.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

function held(node: LoneNode, origin: number): number | undefined {
  return node
    .broadcast('acks')
    .at(-1)
    ?.held.find((entry) => entry.origin === origin)?.next;
}

t.test('1: a local batch is signed, stored, and only then pushed to all', async (t) => {
  const node = new LoneNode(4, 0);
  node.effects.length = 0;
  node.give({ type: 'local-batch', payload: Uint8Array.of(1) });
  node.give({ type: 'local-batch', payload: Uint8Array.of(2) });
  const order = node.effects.flatMap((effect) => {
    const sends = effect.type === 'broadcast' && effect.message.kind === 'batch';
    return effect.type === 'sign' || effect.type === 'store-batch' || sends ? [effect.type] : [];
  });
  t.same(order, ['sign', 'store-batch', 'broadcast', 'sign', 'store-batch', 'broadcast']);
  const [first, second] = node.broadcast('batch');
  t.same([first?.seq, second?.seq], [0, 1]);
  t.same(second?.prev, first?.digest);
});

t.test('2: stored durably, then acked', async (t) => {
  const node = new LoneNode(4, 0);
  node.ignored.add('store-batch');
  const batch = node.batch(2);
  node.receive(2, batch);
  t.equal(node.of('store-batch').length, 1);
  t.equal(held(node, 2), 0);
  node.give({ type: 'batch-stored', ref: batch });
  t.equal(held(node, 2), 1);
});

t.test('2: only what continues the origin’s chain is taken; the answer says where that is', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.batch(2, 0);
  const second = node.batch(2, 1, first);
  node.receive(2, second);
  t.equal(node.batches.length, 0, 'a gap');
  t.equal(node.sent('acks').at(-1)?.to, 2);
  node.receive(2, first);
  node.receive(2, second);
  node.receive(2, second);
  t.equal(node.batches.length, 2);
  const rival = node.batch(2, 2, first);
  node.receive(2, rival);
  t.equal(node.batches.length, 2, 'not linked by prev');
});

t.test('2: what survived a crash without the batch before it counts when that one comes', async (t) => {
  const before = new LoneNode(4, 0);
  const first = before.batch(2, 0);
  const second = before.batch(2, 1, first);
  const third = before.batch(2, 2, second);
  const node = new LoneNode(4, 0, { batches: [third, second] }, before.signatures);
  t.equal(held(node, 2), 0);
  node.receive(2, first);
  t.same(
    node.of('store-batch').map(({ batch }) => batch.seq),
    [0],
    'none is stored twice',
  );
  t.equal(held(node, 2), 3);
});

t.test('2: several on their way are verified in parallel and stored in order', async (t) => {
  const node = new LoneNode(4, 0);
  node.ignored.add('verify');
  const first = node.batch(2, 0);
  const second = node.batch(2, 1, first);
  node.receive(2, first);
  node.receive(2, second);
  t.equal(node.of('verify').length, 2);
  node.give({ type: 'verified', from: second.origin, message: second, ok: true });
  t.equal(node.batches.length, 0);
  node.give({ type: 'verified', from: first.origin, message: first, ok: true });
  t.same(
    node.batches.map(({ seq }) => seq),
    [0, 1],
  );
});

t.test(
  'hostile: a false batch is dropped with what followed it, and the true one still comes in',
  async (t) => {
    const node = new LoneNode(4, 0);
    const batch = node.batch(2);
    node.receive(2, { ...batch, signature: new Uint8Array(64) });
    t.match(node.reports('invalid-message'), [{ from: 2, code: 'bad-signature-batch' }]);
    node.receive(3, { ...batch, payload: Uint8Array.of(9) });
    node.receive(2, batch);
    t.equal(node.batches.length, 1);
  },
);

t.test('a relayed copy does not keep the origin’s own out', async (t) => {
  const node = new LoneNode(4, 0);
  node.ignored.add('verify');
  const batch = node.batch(2);
  const garbage = { ...batch, signature: new Uint8Array(64) };
  node.receive(3, garbage);
  node.receive(2, batch);
  const relayer = node.of('verify')[0]?.from ?? batch.origin;
  node.give({ type: 'verified', from: relayer, message: garbage, ok: false });
  node.give({ type: 'verified', from: batch.origin, message: batch, ok: true });
  t.equal(node.batches.length, 1);
});

t.test(
  'hostile: what is stored is what was verified, not what was queued since under the same digest',
  async (t) => {
    const node = new LoneNode(4, 0);
    node.ignored.add('verify');
    const first = node.batch(2, 0);
    const second = node.batch(2, 1, first);
    node.receive(2, { ...first, payload: Uint8Array.of(9) });
    node.receive(2, second);
    const { origin } = second;
    node.give({
      type: 'verified',
      from: origin,
      message: { ...first, payload: Uint8Array.of(9) },
      ok: false,
    });
    node.receive(2, first);
    node.receive(2, { ...second, payload: Uint8Array.of(9) });
    node.give({ type: 'verified', from: origin, message: first, ok: true });
    node.give({ type: 'verified', from: origin, message: second, ok: true });
    t.same(
      node.batches.map(({ payload }) => payload),
      [first.payload, second.payload],
    );
  },
);

t.test('bounded: an origin’s unreferenced batches; over the bound the host is told', async (t) => {
  const node = new LoneNode(4, 0);
  const most = PARAMETERS.maxPendingBatchesPerOrigin;
  let prev: BatchRef | null = null;
  for (let seq = 0; seq < most + 2; seq++) {
    const batch = node.batch(2, seq, prev);
    node.receive(2, batch);
    prev = batch;
  }
  t.equal(node.batches.length, most);
  for (let i = 0; i < most; i++) node.give({ type: 'local-batch', payload: Uint8Array.of(i) });
  t.same(node.reports('backpressure'), [{ type: 'backpressure', origin: 0, on: true }]);
});

t.test('what was not acked is sent again by its origin', async (t) => {
  const node = new LoneNode(4, 0);
  node.give({ type: 'local-batch', payload: Uint8Array.of(1) });
  for (const peer of [1, 2, 3]) node.receive(peer, { kind: 'acks', held: [] });
  const own = node.batches[0]?.origin ?? 0;
  for (const peer of [1, 2]) {
    node.receive(peer, { kind: 'acks', held: [{ origin: node.self, next: 1 }] });
  }
  t.equal(own, 0);
  node.effects.length = 0;
  node.pass(PARAMETERS.maxDeltaMs);
  t.match(node.of('serve-batch'), [{ to: 3, ref: { origin: 0, seq: 0 } }]);
});

t.test('batches of an origin that is gone are relayed to those without them', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(2, node.batch(2));
  node.give({ type: 'peer-disconnected', peer: node.batch(2).origin });
  node.receive(1, { kind: 'acks', held: [{ origin: node.batch(2).origin, next: 1 }] });
  node.effects.length = 0;
  node.pass(2 * PARAMETERS.maxDeltaMs);
  t.match(node.of('serve-batch'), [{ to: 3, ref: { origin: 2, seq: 0 } }]);
});
