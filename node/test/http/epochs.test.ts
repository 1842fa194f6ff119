import { join } from 'node:path';
import { checker, type NodeClient, nodeClient, ProblemSchema } from '@hufu/api';
import { asView } from '@hufu/consensus';
import { fromBase64, hash, hashOf, toBase64, toHex } from '@hufu/crypto';
import {
  certificateFromJson,
  decodeGovernanceAction,
  decodeHeader,
  decodeValidatorSet,
  validatorSetDigests,
  verifyFinalityCertificate,
} from '@hufu/proof';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createApiServer } from '../../src/http/api-server.ts';
import { enterEpoch } from '../../src/ledger/index.ts';
import { Ingress } from '../../src/replica/ingress.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { actionOf, joining } from '../support/governance.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { TestChain } from '../support/test-chain.ts';

interface Served {
  readonly url: string;
  readonly client: NodeClient;
  readonly chain: TestChain;
  block(...items: readonly Uint8Array[]): Promise<void>;
}

/** The API server over a real store and ingress; blocks are the test's hand. */
async function serve(t: Test): Promise<Served> {
  const chain = new TestChain();
  const { genesisBytes } = chain;
  const store: Store = await openStore({ directory: join(t.testdir({}), 'data'), genesisBytes });
  const ingress: Ingress = new Ingress({
    clock: new ManualClock(),
    state: () => store.chain.state,
    checkSignature: () => true,
    disseminate: (payload) => ingress.stored(payload),
  });
  const server = await createApiServer(
    {
      name: 'node',
      version: '1.2.3',
      index: null,
      chain: store.chain,
      view: 7,
      participation: { kind: 'observer', reason: 'none of the validators' },
      isConnected: () => true,
      submit: (bytes) => ingress.submit(bytes),
      submitGovernance: (bytes) => ingress.submitGovernance(bytes),
      onBlock: () => () => undefined,
    },
    { logger: pino({ level: 'silent' }), explorerPath: '' },
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(async () => {
    await server.close();
    await store.close();
  });
  return {
    url,
    client: nodeClient(url),
    chain,
    async block(...items) {
      const batch = chain.batch(0, items);
      await store.batches.put([batch]);
      const executed = chain.extend([batch]);
      const view = asView(executed.block.view + (executed.endsEpoch ? 2 : 0));
      await store.chain.apply([executed], chain.finalize(executed, view));
    },
  };
}

function ok<T>(
  reply: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!reply.ok) throw new Error(JSON.stringify(reply.error));
  return reply.value;
}

function bytesOf(base64: string | undefined): Uint8Array {
  return fromBase64(base64 ?? '') ?? new Uint8Array(0);
}

t.test('a chain in its first epoch has one, which goes on', async (t) => {
  const { client, chain } = await serve(t);
  t.match(ok(await client.epochs()).epochs, [
    { epoch: 0, firstHeight: 1, lastHeight: null, endDigests: null, validators: 4 },
  ]);
  const epoch = ok(await client.epoch({ epoch: 0 }));
  t.equal(epoch.end, null);
  t.strictSame(decodeValidatorSet(bytesOf(epoch.validatorSet)), { ok: true, value: chain.state.validators });
  t.match(await client.epoch({ epoch: 1 }), {
    ok: false,
    error: { status: 404, problem: { code: 'epoch-not-found' } },
  });
});

t.test('the registry is a governance document but for its format', async (t) => {
  const { client, chain } = await serve(t);
  const { members, validators, gateways, parameters } = chain.genesis.genesis;
  const registry = ok(await client.registry());
  t.strictSame(registry, {
    chainId: Object.fromEntries(
      chain.state.suites.map((suite, i) => [
        hashOf(suite),
        toHex(chain.genesis.chainId[i] ?? new Uint8Array(0)),
      ]),
    ),
    epoch: 0,
    members,
    validators,
    gateways,
    parameters,
  });
});

t.test('right after an epoch’s last block the next is the current one', async (t) => {
  const { client, chain, block } = await serve(t);
  await block(chain.submission(0, 0, 2));
  await block(actionOf(chain, joining(chain)));
  t.match(ok(await client.status()), {
    epoch: 1,
    height: 2,
    validators: 5,
    quorum: 4,
    node: { index: null, organisation: '' },
    peers: [{}, {}, {}, {}, { index: 4, name: 'member-4' }],
  });
  t.match(ok(await client.validators()), { epoch: 1, quorum: 4, validators: { length: 5 } });
  t.match(ok(await client.registry()), { epoch: 1, validators: { length: 5 } });
  t.match(ok(await client.gateways()).gateways, [{ nextSerial: 2 }, { nextSerial: 0 }]);
  t.match(ok(await client.checkpoint()), { height: 2, certificates: [{ epoch: 0 }, { epoch: 0 }] });
});

t.test('an epoch that ended comes with all that a step of a bundle needs', async (t) => {
  const { client, chain, block } = await serve(t);
  await block(chain.submission(0, 0, 2));
  const first = chain.state.validators;
  await block(actionOf(chain, joining(chain)));
  await block(chain.submission(0, 2, 1));
  const { end, firstHeight } = ok(await client.epoch({ epoch: 0 }));
  t.match(ok(await client.epochs()).epochs, [
    { epoch: 1, firstHeight: 3, lastHeight: null },
    { epoch: 0, lastHeight: 2, endDigests: end?.digests },
  ]);
  const pages = [await client.epochs({ limit: 1 }), await client.epochs({ before: 1, limit: 1 })];
  t.match(
    pages.map((page) => ok(page).epochs),
    [[{ epoch: 1 }], [{ epoch: 0 }]],
  );
  t.strictSame(
    pages.map((page) => ok(page).epochs.length),
    [1, 1],
  );
  t.match(await client.epochs({ limit: 0 }), { ok: false, error: { status: 400 } });
  t.equal(firstHeight, 1);
  const header = decodeHeader(bytesOf(end?.headerBytes));
  const next = decodeValidatorSet(bytesOf(end?.nextValidatorSet));
  if (!header.ok || !next.ok) throw new Error('an end that does not decode');
  t.strictSame(header.value.nextValidatorSetDigest, validatorSetDigests(next.value));
  for (const json of end?.certificates ?? []) {
    const certificate = certificateFromJson(json);
    if (!certificate.ok) throw new Error(certificate.error.remark);
    const context = { chainId: chain.genesis.chainId, validators: first };
    t.ok(verifyFinalityCertificate(certificate.value, context).ok);
    t.match(certificate.value, { height: 2, view: 4 }, 'in a later view than the header’s');
  }
  t.equal(end?.certificates.length, 2);
  const detail = ok(await client.block({ height: 3 }));
  t.match(detail.certificates, [{ epoch: 1 }, { epoch: 1 }]);
});

t.test('an action is an entry of its own kind', async (t) => {
  const { client, chain, block } = await serve(t);
  await block(chain.submission(0, 0, 2));
  const action = actionOf(chain, {}, { approving: [0, 1, 3] });
  await block(action);
  const entry = ok(await client.entry({ index: 2 }));
  t.equal(entry.entry, toBase64(action));
  const decoded = decodeGovernanceAction(action);
  if (!decoded.ok) throw new Error(decoded.error.remark);
  t.match(entry.decoded, {
    kind: 'governance',
    epoch: 0,
    documentDigests: { sm3: toHex(hash('sm3', decoded.value.document)) },
    approvals: [0, 1, 3],
  });
  t.strictSame(ok(await client.blockEntries({ height: 2 })).entries, [entry]);
  t.strictSame(ok(await client.block({ height: 2 })).submissions, [], 'it is no gateway’s');
});

t.test('an action is judged before it is taken', async (t) => {
  const { client, chain, block, url } = await serve(t);
  await block(chain.submission(0, 0, 2));
  const action = actionOf(chain, joining(chain));
  t.match(ok(await client.govern({ body: action })), { epoch: 0, status: 'accepted' });
  const few = await client.govern({ body: actionOf(chain, {}, { approving: [0, 2] }) });
  t.match(few, { ok: false, error: { status: 403, problem: { code: 'governance-not-approved' } } });
  const checkProblem = checker(ProblemSchema);
  for (const [body, status, code] of [
    [new Uint8Array(3), 400, 'governance-malformed'],
    [new Uint8Array(655_361), 413, 'too-large'],
  ] as const) {
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await fetch(`${url}/v1/governance`, { method: 'POST', headers, body });
    const problem = checkProblem(await response.json());
    t.match(problem, { ok: true, value: { status, code } });
  }
  await block(action);
  const late = await client.govern({ body: action });
  t.match(late, { ok: false, error: { status: 409, problem: { code: 'governance-wrong-epoch' } } });
  t.equal(enterEpoch(chain.state).epoch, 1);
});
