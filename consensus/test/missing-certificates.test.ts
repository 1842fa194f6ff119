import t from 'tap';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

t.test('the certificates of many missed views are asked for many at a time, and come once', async (t) => {
  const views = 256;
  const peer = new LoneNode(4, 1);
  for (let view = 1; view <= views; view++) peer.receive(2, peer.nullification([1, 2, 3], view));
  const node = new LoneNode(4, 0, {}, peer.signatures);
  node.receive(1, peer.nullification([1, 2, 3], views));
  // From here on they are verified one after the other.
  node.ignored.add('verify');
  const held = (): number =>
    [...node.state.views.values()].filter(({ nullification }) => nullification !== null).length;
  let asked = 0;
  let given = 0;
  for (let turn = 0; held() < views && turn < 4 * views; turn++) {
    for (const { message } of node.sent('fetch-certificates').slice(asked)) {
      asked++;
      peer.effects.length = 0;
      peer.receive(node.self, message);
      for (const { message: certificate } of peer.sent('nullification')) {
        given++;
        node.receive(1, certificate);
      }
    }
    const before = held();
    node.verifyRecorded(1);
    // Nothing is under way: the next question is due some time.
    if (held() === before) node.pass(PARAMETERS.minDeltaMs);
  }
  t.equal(held(), views, 'all of them come');
  t.ok(asked <= views / 16, `${asked} questions`);
  t.ok(given <= 2 * views, `${given} certificates in answer`);
});
