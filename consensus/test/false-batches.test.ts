import t from 'tap';
import { batchDigest } from '../src/index.ts';
import type { BatchMessage } from '../src/interface.ts';
import { certified, chain, honestAnswer, madeUpBlocks, madeUpRef } from './support/chain.ts';
import { converse } from './support/conversation.ts';
import { LoneNode } from './support/lone-node.ts';

/** Another batch of the same origin and seq, as only a faulty origin signs one. */
function rivalOf(node: LoneNode, { kind, origin, seq, prev }: BatchMessage): BatchMessage {
  const content = { origin, seq, prev, payload: Uint8Array.of(99) };
  return node.signed(origin, { kind, ...content, digest: batchDigest('sha256', content) });
}

for (const { whose, from } of [
  { whose: 'another peer', from: 3 },
  { whose: 'its origin', from: 2 },
]) {
  for (const isFork of [false, true]) {
    const what = isFork ? 'a batch beside its origin’s chain' : 'a batch';
    t.test(
      `${what} is stored although a false copy of ${whose} is being checked when it comes`,
      async (t) => {
        // Two of seven may be faulty or away: these two do not answer.
        const silent = [2, 3];
        const node = new LoneNode(7, 0);
        const batch = node.batch(2);
        if (isFork) node.receive(2, rivalOf(node, batch));
        const block = node.proposal(1, { refs: [batch] });
        node.receive(1, node.notarization([1, 2, 3, 4, 5], block));
        node.receive(1, block);
        node.ignored.add('verify');
        const isStored = (): boolean => node.batches.some(({ digest }) => digest === batch.digest);
        let asked = 0;
        for (let turn = 0; turn < 100 && !isStored(); turn++) {
          node.receive(from, { ...batch, payload: Uint8Array.of(turn) });
          for (const { to } of node.sent('fetch-batch').slice(asked)) {
            asked++;
            if (!silent.includes(to)) node.receive(to, batch);
          }
          node.verifyRecorded();
          node.pass(100);
        }
        t.same(node.batches.at(-1)?.payload, batch.payload);
        t.equal(node.broadcast('finalize').length, 1, 'and its block is executed');
      },
    );
  }
}

t.test(
  'false copies of a batch that does not exist do not keep its block from being forgotten',
  async (t) => {
    const node = new LoneNode(4, 0);
    const known = chain(node, 6);
    const finalization = certified(node, known.blocks);
    const lower = certified(node, known.blocks.slice(0, 4));
    const madeUp = { ...node.batch(1), ...madeUpRef(1) };
    node.receive(2, lower);
    t.match(node.sent('fetch-blocks'), [{ to: 1 }]);
    node.receive(1, {
      kind: 'blocks',
      blocks: madeUpBlocks(node, lower, { refs: [madeUpRef(1)] }),
      finalization: lower,
    });
    node.receive(2, finalization);
    let copyAtMs = node.nowMs;
    const sendCopy = (): void => {
      if (node.nowMs < copyAtMs) return;
      node.receive(1, madeUp);
      copyAtMs = node.nowMs + 5_000;
    };
    const hasArrived = converse(
      node,
      {
        answer: (peer, question) => (peer === 1 ? null : honestAnswer(known, finalization, question)),
        meanwhile: sendCopy,
      },
      () => node.state.tip.height === 6,
      60_000,
    );
    t.ok(hasArrived);
  },
);
