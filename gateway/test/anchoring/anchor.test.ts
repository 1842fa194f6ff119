import { createHash } from 'node:crypto';
import { createHasher, fromHex, toHex } from '@hufu/crypto';
import { decodeEntry, decodeSubmission, verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { type Behaviour, type ReferenceNode, startReferenceNode } from '../support/reference-node.ts';
import { until } from '../support/until.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function node(t: Test, ledger: ReferenceLedger, behaviour?: Behaviour): Promise<ReferenceNode> {
  const started = await startReferenceNode(ledger, behaviour);
  t.teardown(() => started.stop());
  return started;
}

/** Makes a block whenever something waits, as a network does. */
function keepCommitting(t: Test, ledger: ReferenceLedger): void {
  const timer = setInterval(() => {
    if (ledger.waiting > 0) ledger.commit();
  }, 5);
  t.teardown(() => clearInterval(timer));
}

/** Serials of the ledger's entries, in its order. */
function serials(ledger: ReferenceLedger): number[] {
  return ledger.entries.map((bytes) => {
    const entry = decodeEntry(bytes);
    if (!entry.ok) throw new Error(entry.error.remark);
    return entry.value.serial;
  });
}

t.test('a record is received, submitted, finalized, and its bundle verifies offline', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const { url } = await node(t, ledger);
  const { client } = await startFixture(t, gatewayConfig(t, ledger.network, [url]));
  const content = Buffer.from('一份合同');
  const posted = await client.postEvidence({ content: content.toString('base64') });
  if (!posted.ok || posted.value.state !== 'received') throw new Error('not received');
  const { id, digests } = posted.value.receipt;
  t.equal(digests.sha256, sha256('一份合同'));
  t.equal(digests.sm3, toHex(createHasher('sm3').update(content).digest()));
  await until('the submission arrives', () => ledger.waiting === 1);
  t.match(await client.proof({ id }), {
    error: { problem: { code: 'proof-not-ready' }, retryAfterMs: 1000 },
  });
  t.match(await client.evidence({ id }), { value: { state: 'submitted' } });
  ledger.commit();
  await until('it is final', async () => {
    const evidence = await client.evidence({ id });
    return evidence.ok && evidence.value.state === 'finalized';
  });
  t.match(await client.evidence({ id }), { value: { ledger: { index: 0, height: 1, logSize: 1 } } });
  const bundle = await client.proof({ id });
  if (!bundle.ok) throw new Error('no proof');
  const trust = { genesis: ledger.network.genesisBytes };
  t.equal(verify(bundle.value, { trust, content }).conclusion, 'passed');
  t.equal(verify(bundle.value, { trust, content: Buffer.from('另一份') }).conclusion, 'failed');
});

t.test(
  'every record of a large submission has a bundle of its own, also among others’ entries',
  async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork('sm2-sm3'));
    const { url } = await node(t, ledger);
    keepCommitting(t, ledger);
    const { client } = await startFixture(t, gatewayConfig(t, ledger.network, [url]));
    const records = Array.from({ length: 300 }, (_, i) => ({ digests: { sha256: sha256(`r${i}`) } }));
    await client.postEvidence({ digests: { sha256: sha256('before') } });
    const posted = await client.postBatch({ body: records });
    if (!posted.ok) throw new Error('not received');
    await until('all are final', async () => {
      const last = await client.evidence({ id: '0-300' });
      return last.ok && last.value.state === 'finalized';
    });
    for (const i of [0, 1, 2, 127, 128, 255, 256, 298, 299]) {
      const receipt = posted.value.evidence[i];
      if (receipt === undefined) throw new Error('no receipt');
      const bundle = await client.proof({ id: receipt.id });
      if (!bundle.ok) throw new Error('no proof');
      const content = { sha256: fromHex(receipt.digests.sha256 ?? '') ?? new Uint8Array() };
      const report = verify(bundle.value, { trust: { genesis: ledger.network.genesisBytes }, content });
      t.equal(report.conclusion, 'passed', `record ${i}`);
    }
  },
);

t.test('Prefer: wait answers 201 with the bundle when final in time, and 202 when not', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const { url } = await node(t, ledger);
  const { client } = await startFixture(t, gatewayConfig(t, ledger.network, [url]));
  const waiting = client.postEvidence({ digests: { sha256: sha256('a') } }, { waitSeconds: 30 });
  await until('the submission arrives', () => ledger.waiting === 1);
  ledger.commit();
  const posted = await waiting;
  if (!posted.ok || posted.value.state !== 'finalized') throw new Error('not final');
  t.equal(posted.value.id, '0-0');
  const trust = { genesis: ledger.network.genesisBytes };
  t.equal(verify(posted.value.bundle, { trust }).conclusion, 'passed');
  t.match(await client.postEvidence({ digests: { sha256: sha256('b') } }, { waitSeconds: 1 }), {
    value: { state: 'received', receipt: { serial: 1 } },
  });
});

t.test('a submission is resent byte for byte to another node when the first loses it', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork('sm2-sm3'));
  const first = await node(t, ledger, { blackHole: true });
  const second = await node(t, ledger);
  keepCommitting(t, ledger);
  const config = gatewayConfig(t, ledger.network, [first.url, second.url]);
  const { client } = await startFixture(t, config);
  await client.postEvidence({ digests: { sha256: sha256('a') } });
  await until('the first node is sent it', () => first.received.length > 0);
  await first.stop();
  await until('it is final', async () => {
    const evidence = await client.evidence({ id: '0-0' });
    return evidence.ok && evidence.value.state === 'finalized';
  });
  t.same(second.received[0], first.received[0]);
  t.same(serials(ledger), [0]);
});

t.test('after a restart what was not final is sent again, byte for byte, and applied once', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork('sm2-sm3'));
  const only = await node(t, ledger);
  const fixture = await startFixture(t, gatewayConfig(t, ledger.network, [only.url]));
  for (const text of ['a', 'b', 'c'])
    await fixture.client.postEvidence({ digests: { sha256: sha256(text) } });
  await until('submissions arrive', () => ledger.waiting >= 1);
  const before = only.received.length;
  // Final while the gateway is down: it must learn of it without having seen the event.
  const stopping = fixture.restart();
  ledger.commit();
  const { client } = await stopping;
  keepCommitting(t, ledger);
  await until('all are final', async () => {
    const evidence = await client.evidence({ id: '0-2' });
    return evidence.ok && evidence.value.state === 'finalized';
  });
  t.same(serials(ledger), [0, 1, 2]);
  const bytesOf = new Map<number, Uint8Array>();
  for (const bytes of only.received) {
    const submission = decodeSubmission(bytes);
    if (!submission.ok) throw new Error(submission.error.remark);
    const { firstSerial } = submission.value;
    t.same(bytes, bytesOf.get(firstSerial) ?? bytes, `one submission from serial ${firstSerial}`);
    bytesOf.set(firstSerial, bytes);
  }
  t.ok(only.received.length > before);
});

t.test('lost block events are made good by asking where the serials stand', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const only = await node(t, ledger, { silent: true });
  keepCommitting(t, ledger);
  const { client } = await startFixture(t, gatewayConfig(t, ledger.network, [only.url]));
  await client.postEvidence({ digests: { sha256: sha256('a') } });
  await until('it is final', async () => {
    const evidence = await client.evidence({ id: '0-0' });
    return evidence.ok && evidence.value.state === 'finalized';
  });
  t.same(serials(ledger), [0]);
});

t.test('what a block drops is sent again from the lowest that is not final', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const only = await node(t, ledger);
  const { client } = await startFixture(t, gatewayConfig(t, ledger.network, [only.url]));
  await client.postEvidence({ digests: { sha256: sha256('a') } });
  await until('the first arrives', () => only.received.length === 1);
  // The network loses the first submission and drops the second for the gap.
  ledger.loseWaiting();
  await client.postEvidence({ digests: { sha256: sha256('b') } });
  await until('the second arrives', () => only.received.length === 2);
  t.match(ledger.commit().dropped, [{ firstSerial: 1, reason: 'serial-gap' }]);
  keepCommitting(t, ledger);
  // Sooner than the session would end for want of progress, and the next one send everything again.
  await until(
    'both are final',
    async () => {
      const evidence = await client.evidence({ id: '0-1' });
      return evidence.ok && evidence.value.state === 'finalized';
    },
    8_000,
  );
  t.same(serials(ledger), [0, 1]);
});

t.test('a node that has not caught up is left at once', async (t) => {
  const network = referenceNetwork();
  const ledger = new ReferenceLedger(network);
  const behind = await node(t, new ReferenceLedger(network));
  const current = await node(t, ledger);
  keepCommitting(t, ledger);
  const fixture = await startFixture(t, gatewayConfig(t, network, [current.url]));
  await fixture.client.postEvidence({ digests: { sha256: sha256('a') } });
  const isFinal = async ({ client }: typeof fixture, id: string): Promise<boolean> => {
    const evidence = await client.evidence({ id });
    return evidence.ok && evidence.value.state === 'finalized';
  };
  await until('the first is final', () => isFinal(fixture, '0-0'));
  const moved = await fixture.restart({ nodes: [behind.url, current.url] });
  await moved.client.postEvidence({ digests: { sha256: sha256('b') } });
  await until('the second is final', () => isFinal(moved, '0-1'));
  t.equal(behind.received.length, 0);
});
