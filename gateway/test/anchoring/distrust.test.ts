import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import type { BlockDetail } from '@hufu/api';
import { fromHex, toHex } from '@hufu/crypto';
import t, { type Test } from 'tap';
import { type Fixture, gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { type Behaviour, startReferenceNode } from '../support/reference-node.ts';
import { until } from '../support/until.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
}

async function health({ gateway }: Fixture): Promise<Health> {
  const body: unknown = await (await fetch(`${gateway.opsUrl}/healthz`)).json();
  // The gateway's own answer; a wrong shape fails the test that reads it.
  return body as Health;
}

async function isFinal({ client }: Fixture, id: string): Promise<boolean> {
  const evidence = await client.evidence({ id });
  return evidence.ok && evidence.value.state === 'finalized';
}

function keepCommitting(t: Test, ledger: ReferenceLedger, signers = 3): void {
  const timer = setInterval(() => {
    if (ledger.waiting > 0) ledger.commit(signers);
  }, 5);
  t.teardown(() => clearInterval(timer));
}

function flip(hex: string): string {
  const bytes = fromHex(hex) ?? new Uint8Array();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return toHex(bytes);
}

/** Changes the certificates of a block. */
function certificates(change: (all: BlockDetail['certificates']) => BlockDetail['certificates']): Behaviour {
  return { tamperBlock: (block) => ({ ...block, certificates: change(block.certificates) }) };
}

const lies: readonly (readonly [string, Behaviour])[] = [
  [
    'an Ed25519 signature that does not verify',
    certificates(([first, second]) =>
      first && second
        ? [{ ...first, signatures: [...first.signatures.slice(1), flip(first.signatures[0] ?? '')] }, second]
        : [],
    ),
  ],
  [
    'an SM2 signature that does not verify',
    certificates(([first, second]) =>
      first && second ? [first, { ...second, signatures: [...second.signatures].reverse() }] : [],
    ),
  ],
  ['a missing SM2 certificate', certificates((all) => all.slice(0, 1))],
  ['certificates in the other order', certificates((all) => [...all].reverse())],
  [
    'one signature of four',
    certificates((all) =>
      all.map((one) => ({ ...one, bitmap: '01', signatures: one.signatures.slice(0, 1) })),
    ),
  ],
  [
    'a bitmap that counts one signer twice',
    certificates((all) => all.map((one) => ({ ...one, bitmap: '0b' }))),
  ],
  [
    'a header that was changed after it was signed',
    {
      tamperBlock: (block) => {
        const bytes = Buffer.from(block.headerBytes, 'base64');
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        return { ...block, headerBytes: bytes.toString('base64') };
      },
    },
  ],
  ['a place in the log that is not the record’s', { shiftIndex: 1 }],
  ['serials that the ledger does not have', { aheadBy: 5 }],
];

for (const [lie, behaviour] of lies) {
  t.test(`a node that shows ${lie} is distrusted, and another one used`, async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork());
    // Other entries, so that a wrong place exists.
    const liar = await startReferenceNode(ledger, behaviour);
    const honest = await startReferenceNode(ledger);
    t.teardown(() => liar.stop());
    t.teardown(() => honest.stop());
    keepCommitting(t, ledger);
    const fixture = await startFixture(t, gatewayConfig(t, ledger.network, [liar.url, honest.url]));
    const records = Array.from({ length: 5 }, (_, i) => ({ digests: { sha256: sha256(`${i}`) } }));
    await fixture.client.postBatch({ body: records });
    await until('it is final through the honest node', () => isFinal(fixture, '0-4'));
    const { status, parts } = await health(fixture);
    t.equal(status, 'failing');
    t.equal(parts.nodes, `distrusted: ${liar.url}`);
    t.equal(ledger.entries.length, 5);
  });
}

t.test('a header with two of four signers is not final, whoever shows it', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const node = await startReferenceNode(ledger);
  t.teardown(() => node.stop());
  keepCommitting(t, ledger, 2);
  const fixture = await startFixture(t, gatewayConfig(t, ledger.network, [node.url]));
  await fixture.client.postEvidence({ digests: { sha256: sha256('a') } });
  await until('the node is distrusted', async () => (await health(fixture)).parts.nodes !== 'ok');
  t.match(await fixture.client.evidence({ id: '0-0' }), { value: { state: 'submitted' } });
  t.match(await fixture.client.proof({ id: '0-0' }), { error: { problem: { code: 'proof-not-ready' } } });
});

t.test('a node of another chain is distrusted', async (t) => {
  const other = new ReferenceLedger(referenceNetwork());
  const node = await startReferenceNode(other);
  t.teardown(() => node.stop());
  const fixture = await startFixture(t, gatewayConfig(t, referenceNetwork(), [node.url]));
  await until('the node is distrusted', async () => (await health(fixture)).parts.nodes !== 'ok');
  t.equal(node.received.length, 0);
});

t.test('a proven conflict stops intake, fails what can never be final, and survives a restart', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const node = await startReferenceNode(ledger);
  t.teardown(() => node.stop());
  keepCommitting(t, ledger);
  const first = await startFixture(t, gatewayConfig(t, ledger.network, [node.url]));
  await first.client.postEvidence({ digests: { sha256: sha256('a') } });
  await until('it is final', () => isFinal(first, '0-0'));
  // The same key over an empty database, as after restoring an old backup, posts while no node is reachable.
  const config = gatewayConfig(t, ledger.network, ['http://127.0.0.1:9']);
  const offline = await startFixture(t, config);
  await offline.client.postEvidence({ digests: { sha256: sha256('b') } });
  const second = await offline.restart({ nodes: [node.url] });
  await until('intake stops', async () => (await health(second)).parts.intake === 'ledger-conflict');
  t.match(await second.client.postEvidence({ digests: { sha256: sha256('c') } }), {
    error: { status: 503, problem: { code: 'ledger-conflict' } },
  });
  t.match(await second.client.evidence({ id: '0-0' }), { value: { state: 'failed' } });
  t.match(await second.client.proof({ id: '0-0' }), { error: { problem: { code: 'evidence-failed' } } });
  const third = await second.restart();
  t.match(await third.client.postEvidence({ digests: { sha256: sha256('c') } }), {
    error: { problem: { code: 'ledger-conflict' } },
  });
  t.equal(ledger.entries.length, 1, 'the ledger has the first record only');
});

t.test(
  'a conflict inside a submission is found through a node that lagged, and no node is blamed',
  async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork());
    const current = await startReferenceNode(ledger);
    t.teardown(() => current.stop());
    keepCommitting(t, ledger);
    const nowhere = 'http://127.0.0.1:9';
    const config = gatewayConfig(t, ledger.network, [nowhere]);
    const post = ({ client }: Fixture, text: string) =>
      client.postEvidence({ digests: { sha256: sha256(text) } });
    // The backup has one record, in no submission. The ledger gets it, and one more.
    const original = await startFixture(t, config);
    await post(original, 'a');
    await original.gateway.stop();
    const backupPath = `${config.dataPath}-backup`;
    cpSync(config.dataPath, backupPath, { recursive: true });
    const anchored = await startFixture(t, { ...config, nodes: [current.url] });
    await until('the first is final', () => isFinal(anchored, '0-0'));
    await post(anchored, 'b');
    await until('the second is final', () => isFinal(anchored, '0-1'));
    // The backup is restored and gets another second record before any node answers.
    const offline = await startFixture(t, { ...config, dataPath: backupPath });
    await post(offline, 'x');
    const lateLedger = new ReferenceLedger(ledger.network);
    const late = await startReferenceNode(lateLedger);
    t.teardown(() => late.stop());
    const restored = await offline.restart({ nodes: [late.url, current.url] });
    await until('both are sent as one', () => lateLedger.waiting === 1);
    lateLedger.loseWaiting();
    for (const bytes of current.received) {
      lateLedger.submit(bytes);
      lateLedger.commit();
    }
    await until('intake stops', async () => (await health(restored)).parts.intake === 'ledger-conflict');
    t.equal((await health(restored)).parts.nodes, 'ok');
    t.match(await restored.client.evidence({ id: '0-0' }), { value: { state: 'submitted' } });
    t.match(await restored.client.evidence({ id: '0-1' }), { value: { state: 'failed' } });
    const again = await restored.restart();
    t.match(await post(again, 'c'), { error: { problem: { code: 'ledger-conflict' } } });
  },
);
