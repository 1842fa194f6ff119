import { writeFileSync } from 'node:fs';
import { generateKeyPair } from '@hufu/crypto';
import { parseBundle, verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { type Fixture, gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { type GatewayKey, referenceNetwork } from '../support/reference-network.ts';
import { type Behaviour, startReferenceNode } from '../support/reference-node.ts';
import { until } from '../support/until.ts';

async function node(t: Test, ledger: ReferenceLedger, behaviour?: Behaviour): Promise<string> {
  const started = await startReferenceNode(ledger, behaviour);
  t.teardown(() => started.stop());
  return started.url;
}

function keepCommitting(t: Test, ledger: ReferenceLedger): void {
  const timer = setInterval(() => {
    if (ledger.waiting > 0) ledger.commit();
  }, 5);
  t.teardown(() => clearInterval(timer));
}

/** The gateway's key pair as the network has it now, for an epoch that keeps it. */
function sameKey({ network }: ReferenceLedger): GatewayKey {
  const publicKey = Buffer.from(network.gateway?.publicKey ?? '', 'hex');
  return { publicKey, privateKeyPem: network.gatewayKeyPem };
}

async function post({ client }: Fixture, text: string): Promise<string> {
  const posted = await client.postEvidence({ content: Buffer.from(text).toString('base64') });
  if (!posted.ok || !('receipt' in posted.value)) throw new Error('not received');
  return posted.value.receipt.id;
}

async function untilFinal({ client }: Fixture, id: string): Promise<void> {
  await until(`${id} is final`, async () => {
    const evidence = await client.evidence({ id });
    return evidence.ok && evidence.value.state === 'finalized';
  });
}

/** Epochs of the changes that the bundle of a record shows, and what verifying it concludes. */
async function proofOf({ client }: Fixture, id: string, ledger: ReferenceLedger) {
  const bundle = await client.proof({ id });
  if (!bundle.ok) throw new Error('no proof');
  const parsed = parseBundle(bundle.value);
  const { conclusion } = verify(bundle.value, { trust: { genesis: ledger.network.genesisBytes } });
  return { changes: parsed.ok ? parsed.value.epochChain.length : undefined, conclusion };
}

async function health({ gateway }: Fixture): Promise<{ readonly parts: Readonly<Record<string, string>> }> {
  const body: unknown = await (await fetch(`${gateway.opsUrl}/healthz`)).json();
  // The gateway's own answer; a wrong shape fails the test that reads it.
  return body as { readonly parts: Readonly<Record<string, string>> };
}

t.test('proofs go on across changes of all validators, and carry the way from the genesis', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  keepCommitting(t, ledger);
  const fixture = await startFixture(t, gatewayConfig(t, ledger.network, [await node(t, ledger)]));
  for (const changes of [0, 1, 2]) {
    const id = await post(fixture, `in epoch ${changes}`);
    await untilFinal(fixture, id);
    t.strictSame(await proofOf(fixture, id, ledger), { changes, conclusion: 'passed' });
    ledger.endEpoch(sameKey(ledger));
  }
});

t.test('what was verified is stored: a restart proves earlier records without the node', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  keepCommitting(t, ledger);
  const before = await startFixture(t, gatewayConfig(t, ledger.network, [await node(t, ledger)]));
  ledger.endEpoch(sameKey(ledger));
  const id = await post(before, 'in epoch 1');
  await untilFinal(before, id);
  const after = await before.restart({ nodes: ['http://127.0.0.1:1'] });
  t.strictSame(await proofOf(after, id, ledger), { changes: 1, conclusion: 'passed' });
  const again = await after.restart({ nodes: [await node(t, ledger)] });
  ledger.endEpoch(sameKey(ledger));
  const later = await post(again, 'in epoch 2');
  await untilFinal(again, later);
  t.strictSame(await proofOf(again, later, ledger), { changes: 2, conclusion: 'passed' });
});

t.test('a node that shows a false end of an epoch is not used again', async (t) => {
  const lies: readonly (readonly [string, NonNullable<Behaviour['tamperEnd']>])[] = [
    ['certificates of one suite', (end) => ({ ...end, certificates: end.certificates.slice(0, 1) })],
    ['another next set', (end) => ({ ...end, nextValidatorSet: Buffer.from('other').toString('base64') })],
    [
      'too few signers',
      (end) => ({
        ...end,
        certificates: end.certificates.map((one) => ({
          ...one,
          bitmap: '01',
          signatures: one.signatures.slice(0, 1),
        })),
      }),
    ],
  ];
  for (const [lie, tamperEnd] of lies) {
    const ledger = new ReferenceLedger(referenceNetwork());
    keepCommitting(t, ledger);
    const liar = await node(t, ledger, { tamperEnd });
    const fixture = await startFixture(t, gatewayConfig(t, ledger.network, [liar, await node(t, ledger)]));
    ledger.endEpoch(sameKey(ledger));
    const id = await post(fixture, lie);
    await untilFinal(fixture, id);
    t.equal((await health(fixture)).parts.nodes, `distrusted: ${liar}`, lie);
    t.strictSame(await proofOf(fixture, id, ledger), { changes: 1, conclusion: 'passed' }, lie);
  }
});

t.test(
  'a rotated key: intake stops while the ledger has the other one, and what waits is signed again',
  async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork());
    const url = await node(t, ledger, { blackHole: true });
    const config = gatewayConfig(t, ledger.network, [url]);
    const before = await startFixture(t, config);
    const waiting = await post(before, 'signed with the old key');
    await until('it is submitted', async () => {
      const evidence = await before.client.evidence({ id: waiting });
      return evidence.ok && evidence.value.state === 'submitted';
    });
    const rotated = generateKeyPair('ed25519-sha256');
    ledger.endEpoch(rotated);
    const withOldKey = await before.restart({ nodes: [await node(t, ledger)] });
    await until(
      'it notices',
      async () => (await health(withOldKey)).parts.intake === 'gateway-not-registered',
    );
    t.match(await withOldKey.client.postEvidence({ content: 'eA==' }), {
      ok: false,
      error: { status: 503, problem: { code: 'gateway-not-registered' } },
    });
    writeFileSync(config.keyPath, rotated.privateKeyPem);
    keepCommitting(t, ledger);
    const withNewKey = await withOldKey.restart();
    await untilFinal(withNewKey, waiting);
    t.strictSame(await proofOf(withNewKey, waiting, ledger), { changes: 1, conclusion: 'passed' });
    t.equal((await health(withNewKey)).parts.intake, 'ok');
  },
);

t.test('one node that denies the key does not stop intake', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  keepCommitting(t, ledger);
  const other = new ReferenceLedger(ledger.network);
  other.endEpoch(generateKeyPair('ed25519-sha256'));
  const nodes = [await node(t, other), await node(t, ledger)];
  const fixture = await startFixture(t, gatewayConfig(t, ledger.network, nodes));
  await untilFinal(fixture, await post(fixture, 'taken all the same'));
  t.equal((await health(fixture)).parts.intake, 'ok');
});
