import { nodeClient } from '@hufu/api';
import t, { type Test } from 'tap';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { type Behaviour, type ReferenceNode, startReferenceNode } from '../support/reference-node.ts';
import { startSession } from '../support/session-fixture.ts';
import { until } from '../support/until.ts';

/** Soon over, and yet longer than an honest answer takes. */
const STALL_MS = 2_000;

async function node(t: Test, ledger: ReferenceLedger, behaviour?: Behaviour): Promise<ReferenceNode> {
  const started = await startReferenceNode(ledger, behaviour);
  t.teardown(() => started.stop());
  return started;
}

/** What an answer waits for that never comes. */
const never = (): Promise<void> => new Promise(() => {});

t.test('a node that says that it has everything, and applies nothing, is left', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const liar = await node(t, ledger, { goOnFrom: (serial) => serial + 1 });
  const session = await startSession(t, ledger, liar, { cut: [['a'], ['b']] }, STALL_MS);
  t.match(await session.end, { kind: 'unusable', reason: /nothing became final/ });
  t.equal(liar.received.length, 2, 'each was offered once');
});

t.test('a node that names each submission in place of the other is left', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const liar = await node(t, ledger, { goOnFrom: (serial) => (serial === 0 ? 1 : 0) });
  const session = await startSession(t, ledger, liar, { cut: [['a'], ['b']] });
  t.match(await session.end, { kind: 'unusable', reason: /ever earlier serials/ });
  t.ok(liar.received.length < 20);
});

t.test('a place that is known is proven while another one is asked for', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const first = Promise.withResolvers<void>();
  const slow = await node(t, ledger, {
    silent: true,
    beforePlace: (serial) => (serial === 0 ? Promise.resolve() : first.promise),
  });
  const contents = { cut: [['a'], ['b']] };
  const before = await startSession(t, ledger, slow, contents);
  await until('both are sent', () => ledger.waiting === 2);
  t.equal((await before.stop()).kind, 'stopped');
  ledger.commit();
  const session = await startSession(t, ledger, slow, contents);
  await until('the first is final', () => session.finalized.length === 1, 8_000);
  first.resolve();
  await until('the second is final', () => session.finalized.length === 2);
  t.same(session.finalized, [0, 1]);
});

t.test('a node that has everything by its own words and tells no place is left', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const contents = { cut: [['a'], ['b'], ['c']] };
  const liar = await node(t, ledger, { blackHole: true, aheadBy: 3, beforePlace: never });
  const session = await startSession(t, ledger, liar, contents, STALL_MS);
  t.match(await session.end, { kind: 'unusable', reason: /nothing became final/ });
});

t.test('a node that says that it has what was never cut, and is slow to show it, is left', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const liar = await node(t, ledger, { aheadBy: 1, beforePlace: never });
  const session = await startSession(t, ledger, liar, {}, STALL_MS);
  t.match(await session.end, { kind: 'unusable', reason: /entry of serial 0: .*aborted/ });
});

for (const reason of ['bad-signature', 'signature-surplus']) {
  t.test(`what a block drops is sent again in the same session (${reason})`, async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork());
    const only = await node(t, ledger);
    const session = await startSession(t, ledger, only, { cut: [['a'], ['b']] });
    await until('both arrive', () => ledger.waiting === 2);
    t.match(ledger.drop(reason).dropped, [
      { firstSerial: 0, reason },
      { firstSerial: 1, reason },
    ]);
    await until('both arrive again', () => ledger.waiting === 2);
    ledger.commit();
    await until('both are final', () => session.finalized.length === 2);
    t.match(await session.stop(), { kind: 'stopped' });
  });
}

t.test('what a block drops before the node has answered for it is sent again', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const answer = Promise.withResolvers<void>();
  const slow = await node(t, ledger, { beforeTaken: () => answer.promise });
  const session = await startSession(t, ledger, slow, { cut: [['a']] }, 60_000);
  await until('it arrives', () => ledger.waiting === 1);
  t.match(ledger.drop('signature-surplus').dropped, [{ firstSerial: 0 }]);
  // What this client has read, and more than a round trip ago, the session has read as well.
  const client = nodeClient(slow.url);
  const events = client.events({ afterHeight: 0 });
  t.match(await events.next(), { value: { dropped: [{ firstSerial: 0 }] } });
  await events.return({ kind: 'closed' });
  await client.status();
  answer.resolve();
  await until('it arrives again', () => ledger.waiting === 1);
  ledger.commit();
  await until('it is final', () => session.finalized.length === 1);
});
