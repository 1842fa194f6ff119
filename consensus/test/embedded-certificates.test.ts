import t from 'tap';
import { asValidatorIndex, blockIdOf, type Notarization } from '../src/types.ts';
import { certified, chain, last } from './support/chain.ts';
import { LoneNode } from './support/lone-node.ts';

const NO_SIGNATURE = new Uint8Array(64);

t.test(
  'a certificate that was held when its proposal came, and no longer when that was verified, proves nothing by itself',
  async (t) => {
    const node = new LoneNode(4, 0);
    node.ignored.add('verify');
    const { blocks } = chain(node, 22);
    const held = certified(node, blocks.slice(0, 21));
    node.receive(1, held);
    node.verifyRecorded();
    t.equal(
      node.state.finalization?.height,
      21,
      'far behind, it keeps no other finalization than the highest',
    );
    const signers = [node.self, 1, 2].map(asValidatorIndex);
    const forged = {
      ...held,
      shares: signers.map((signer) => ({ signer, signatures: [NO_SIGNATURE, NO_SIGNATURE] })),
    };
    node.receive(2, certified(node, blocks));
    node.receive(2, { ...last(blocks), justification: forged });
    node.verifyRecorded();
    t.equal(node.state.finalization?.height, 22, 'the held one made room before the proposal was taken in');
    t.same(node.reports('halted'), [], 'nobody verified the share under its own key');
    t.equal(node.state.halted, false);
  },
);

t.test('a proposal is passed on with the certificates that were held when it came', async (t) => {
  const node = new LoneNode(4, 0);
  node.ignored.add('verify');
  const first = node.proposal(1);
  const notarization = node.notarization([1, 2, 3], first);
  node.receive(1, first);
  node.receive(1, notarization);
  node.verifyRecorded();
  const second = node.proposal(2, { parent: first, timeMs: first.timeMs + 1, justification: notarization });
  const third = node.proposal(5, { parent: second, timeMs: second.timeMs + 1 });
  const forged: Notarization = {
    ...notarization,
    shares: notarization.shares.map(({ signer }) => ({ signer, signatures: [NO_SIGNATURE] })),
  };
  node.receive(1, node.finalization([1, 2, 3], third));
  node.receive(2, { ...second, justification: forged });
  node.verifyRecorded();
  const [digest = new Uint8Array()] = second.digests;
  node.receive(3, { kind: 'fetch-proposal', view: second.view, id: blockIdOf(digest) });
  const [answer] = node.sent('proposal');
  t.same(answer?.message, second);
  const other = new LoneNode(4, 3, {}, node.signatures);
  other.receive(1, node.notarization([0, 1, 2], second));
  if (answer !== undefined) other.receive(node.self, answer.message);
  t.same(other.reports('invalid-message'), [], 'an honest node is not accused for the leader’s forgery');
});
