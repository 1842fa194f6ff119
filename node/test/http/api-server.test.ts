import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { checker, type NodeClient, nodeClient, type Problem, ProblemSchema } from '@hufu/api';
import { fromBase64, fromHex, hash, toHex } from '@hufu/crypto';
import { parseBundle, verify, verifyConsistency, verifyInclusion } from '@hufu/proof';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createApiServer, MAX_HTTP_CONNECTIONS } from '../../src/http/api-server.ts';
import { MAX_EVENT_STREAMS } from '../../src/http/events.ts';
import type { NodeService, SubmitOutcome } from '../../src/http/service.ts';
import { openStore } from '../../src/store/index.ts';
import type { BlockRecord } from '../../src/store/types.ts';
import { ChainBuilder } from '../support/chain.ts';
import { firstFile, flipByte } from '../support/damage.ts';
import { createSubmission, createTestNetwork, evidenceContent } from '../support/network.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

const NETWORK = createTestNetwork(4);

interface Served {
  readonly url: string;
  readonly client: NodeClient;
  readonly builder: ChainBuilder;
  readonly dataPath: string;
  /** Adds a block and tells the event streams, as the node does. */
  block(...submissions: readonly Uint8Array[]): Promise<void>;
  outcome: SubmitOutcome;
  readonly submitted: Uint8Array[];
}

/** The API server over a real store; only the replica behind it is the test's hand. */
async function serve(t: Test, files: Record<string, string | Uint8Array> = {}): Promise<Served> {
  const directory = t.testdir({ data: {}, explorer: {} });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(directory, 'explorer', path, '..'), { recursive: true });
    writeFileSync(join(directory, 'explorer', path), content);
  }
  const store = await openStore({ directory: join(directory, 'data'), genesisBytes: NETWORK.genesisBytes });
  const listeners = new Set<(record: BlockRecord) => void>();
  const builder = new ChainBuilder(NETWORK, store);
  const served: Omit<Served, 'url' | 'client'> = {
    builder,
    dataPath: join(directory, 'data'),
    outcome: { ok: true, gateway: 0, firstSerial: 0, count: 1 },
    submitted: [],
    async block(...submissions) {
      const block = await builder.block(...submissions);
      for (const listener of listeners) listener(block);
    },
  };
  const node: NodeService = {
    name: 'node-1',
    version: '1.2.3',
    index: 1,
    chain: store.chain,
    view: 7,
    participation: { kind: 'validator' },
    isConnected: (peer) => peer === 2,
    submit: async (bytes) => {
      served.submitted.push(bytes.slice());
      return served.outcome;
    },
    submitGovernance: async () => ({ ok: false, code: 'draining' }),
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const server = await createApiServer(node, {
    logger: pino({ level: 'silent' }),
    explorerPath: join(directory, 'explorer'),
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(async () => {
    await server.close();
    await store.close();
  });
  return Object.assign(served, { url, client: nodeClient(url) });
}

function ok<T>(
  reply: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!reply.ok) throw new Error(JSON.stringify(reply.error));
  return reply.value;
}

const checkProblem = checker(ProblemSchema);

/** The problem a response carries; throws when it is not one by the contract. */
async function problemIn(response: Response): Promise<Problem> {
  const checked = checkProblem(await response.json());
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  return checked.value;
}

async function problemOf(url: string, init?: RequestInit): Promise<{ status: number; code: string }> {
  const response = await fetch(url, init);
  const { code } = await problemIn(response);
  return { status: response.status, code };
}

t.test('status, genesis, validators and gateways of a new chain', async (t) => {
  const { client } = await serve(t);
  const status = ok(await client.status());
  t.match(status, {
    chain: 'test',
    version: '1.2.3',
    node: { name: 'node-1', index: 1, organisation: '组织 1', roles: ['exchange-infra'] },
    observer: false,
    validators: 4,
    quorum: 3,
    view: 7,
    height: 0,
    logSize: 0,
    latestBlockTimeMs: null,
  });
  t.strictSame(
    status.peers.map(({ index, connected }) => [index, connected]),
    [
      [0, false],
      [2, true],
      [3, false],
    ],
  );
  t.equal(status.chainId.sha256, toHex(hash('sha256', NETWORK.genesisBytes)));
  t.equal(status.chainId.sm3, toHex(hash('sm3', NETWORK.genesisBytes)));
  t.strictSame(Buffer.from(ok(await client.genesis())), Buffer.from(NETWORK.genesisBytes));
  t.equal(ok(await client.validators()).validators[3]?.peerId, NETWORK.validators[3]?.peerId);
  t.match(ok(await client.gateways()).gateways, [{ index: 0, nextSerial: 0, member: 'member-0' }]);
  const checkpoint = await client.checkpoint();
  t.match(checkpoint, { ok: false, error: { problem: { code: 'block-not-found' } } });
});

t.test('blocks, entries, search and proofs of a chain with entries', async (t) => {
  const { client, block } = await serve(t);
  await block(createSubmission(NETWORK, 0, 10), createSubmission(NETWORK, 12, 1));
  await block(createSubmission(NETWORK, 10, 15));
  t.match(ok(await client.blocks()).blocks, [
    { height: 2, logSize: 25, entryCount: 15 },
    { height: 1, logSize: 10, entryCount: 10 },
  ]);
  t.equal(ok(await client.blocks({ before: 2, limit: 1 })).blocks[0]?.height, 1);
  const detail = ok(await client.block({ height: 1 }));
  t.strictSame(detail.submissions, [{ gateway: 0, firstSerial: 0, count: 10, firstIndex: 0 }]);
  t.strictSame(detail.dropped, [{ gateway: 0, firstSerial: 12, count: 1, reason: 'serial-gap' }]);
  t.equal(detail.certificates.length, 2);
  t.equal(detail.certifiedBy, 1);
  t.equal(toHex(hash('sm3', fromBase64(detail.headerBytes) ?? new Uint8Array())), detail.digests.sm3);
  const page = ok(await client.blockEntries({ height: 2, offset: 13, limit: 10 }));
  t.equal(page.total, 15);
  t.strictSame(
    page.entries.map(({ index }) => index),
    [23, 24],
  );
  t.strictSame(ok(await client.blockEntries({ height: 2, offset: 99 })).entries, []);

  const entry = ok(await client.gatewayEntry({ gateway: 0, serial: 17 }));
  t.match(entry, { index: 17, height: 2, decoded: { kind: 'evidence', gateway: 0, serial: 17 } });
  t.strictSame(ok(await client.entry({ index: 17 })), entry);
  for (const name of ['sha256', 'sm3'] as const) {
    const digest = toHex(hash(name, evidenceContent(17)));
    t.strictSame(ok(await client.search({ digest })), { entries: [entry], more: false });
  }
  t.strictSame(ok(await client.search({ digest: '00'.repeat(32) })), { entries: [], more: false });
});

t.test('proofs verify and bundles pass', async (t) => {
  const { client, block } = await serve(t);
  await block(createSubmission(NETWORK, 0, 10));
  const first = ok(await client.checkpoint());
  await block(createSubmission(NETWORK, 10, 90));
  const second = ok(await client.checkpoint());
  t.equal(second.logSize, 100);
  const entry = fromBase64(ok(await client.entry({ index: 42 })).entry) ?? new Uint8Array();
  for (const name of ['sha256', 'sm3'] as const) {
    const leaf = hash(name, Buffer.concat([new Uint8Array(1), entry]));
    const inclusion = ok(await client.inclusionProof({ index: 42 }));
    t.ok(verifyInclusion(name, leaf, 42, 100, bytes(inclusion.paths[name]), bytesOf(second.logRoots[name])));
    const consistency = ok(await client.consistencyProof({ first: 10 }));
    t.ok(
      verifyConsistency(
        name,
        10,
        100,
        bytesOf(first.logRoots[name]),
        bytesOf(second.logRoots[name]),
        bytes(consistency.paths[name]),
      ),
    );
  }
  const bundle = ok(await client.bundle({ index: 42 }));
  t.ok(parseBundle(bundle).ok);
  const report = verify(bundle, { trust: { genesis: NETWORK.genesisBytes }, content: evidenceContent(42) });
  t.equal(report.conclusion, 'passed');
});

function bytesOf(text: string | undefined): Uint8Array {
  return fromHex(text ?? '') ?? new Uint8Array();
}

function bytes(path: readonly string[] | undefined): Uint8Array[] {
  return (path ?? []).map(bytesOf);
}

t.test('what does not exist and what is malformed gets its code', async (t) => {
  const { url, block } = await serve(t);
  await block(createSubmission(NETWORK, 0, 10));
  for (const [path, status, code] of [
    ['/v1/blocks/2', 404, 'block-not-found'],
    ['/v1/blocks/0', 404, 'block-not-found'],
    ['/v1/blocks/2/entries', 404, 'block-not-found'],
    ['/v1/entries/10', 404, 'entry-not-found'],
    ['/v1/entries/9007199254740991', 404, 'entry-not-found'],
    ['/v1/gateways/0/entries/10', 404, 'entry-not-found'],
    ['/v1/gateways/9/entries/0', 403, 'unknown-gateway'],
    ['/v1/bundles/10', 404, 'entry-not-found'],
    ['/v1/proofs/inclusion/10', 400, 'range-out-of-log'],
    ['/v1/proofs/inclusion/3?size=11', 400, 'range-out-of-log'],
    ['/v1/proofs/consistency?first=5&second=4', 400, 'range-out-of-log'],
    ['/v1/proofs/range?first=5&count=6', 400, 'range-out-of-log'],
    ['/v1/proofs/range?first=5&count=0', 400, 'range-out-of-log'],
    ['/v1/entries/1e0', 400, 'invalid-request'],
    ['/v1/entries/-1', 400, 'invalid-request'],
    ['/v1/entries/01', 400, 'invalid-request'],
    ['/v1/entries/9007199254740992', 400, 'invalid-request'],
    ['/v1/entries/%00', 400, 'invalid-request'],
    ['/v1/blocks?limit=0', 400, 'invalid-request'],
    ['/v1/blocks?limit=1001', 400, 'invalid-request'],
    ['/v1/blocks?unknown=1', 400, 'invalid-request'],
    ['/v1/search', 400, 'invalid-request'],
    [`/v1/search?digest=${'AB'.repeat(32)}`, 400, 'invalid-request'],
    ['/v1/search?digest=00', 400, 'invalid-request'],
    ['/v1/nothing', 404, 'not-found'],
    ['/v1/entries/%E0%A4%A', 400, 'malformed-request'],
  ] as const) {
    t.strictSame(await problemOf(url + path), { status, code }, path);
  }
});

t.test('damaged data is a coded problem, not to be tried again, that shows no path', async (t) => {
  const { url, dataPath, block } = await serve(t);
  await block(createSubmission(NETWORK, 0, 10));
  await block(createSubmission(NETWORK, 10, 10));
  await flipByte(join(dataPath, 'tiles', 'sm3', '0'), 5 * 32);
  const damaged = { status: 500, code: 'data-damaged' };
  for (const path of [
    '/v1/proofs/inclusion/4',
    '/v1/proofs/range?first=0&count=5',
    '/v1/proofs/consistency?first=3',
    '/v1/bundles/4',
  ]) {
    t.strictSame(await problemOf(url + path), damaged, path);
  }
  t.equal((await fetch(`${url}/v1/entries/4`)).status, 200);
  const batches = await firstFile(dataPath, 'batches');
  await flipByte(batches, statSync(batches).size - 200);
  const response = await fetch(`${url}/v1/entries/14`);
  t.equal(response.status, 500);
  t.equal(response.headers.get('retry-after'), null);
  const problem = await problemIn(response);
  t.match(problem, { code: 'data-damaged', retryable: false });
  t.notMatch(JSON.stringify(problem), dataPath);
  t.equal((await fetch(`${url}/v1/checkpoint`)).status, 200, 'the rest is served');
});

t.test('another method on a known path is 405 with what is allowed', async (t) => {
  const { url } = await serve(t, { 'index.html': '<!doctype html>' });
  for (const [method, path, allow] of [
    ['DELETE', '/v1/blocks/1', 'GET, HEAD'],
    ['POST', '/v1/status?x=1', 'GET, HEAD'],
    ['POST', '/v1/events', 'GET'],
    ['GET', '/v1/submissions', 'POST'],
  ] as const) {
    const response = await fetch(url + path, { method, headers: { accept: 'text/html' } });
    t.equal(response.status, 405, path);
    t.equal(response.headers.get('allow'), allow);
    t.equal((await problemIn(response)).code, 'method-not-allowed');
  }
  t.strictSame(await problemOf(`${url}/v1/nothing`, { method: 'PUT' }), { status: 404, code: 'not-found' });
});

for (const files of [{}, { 'index.html': '<!doctype html>' }]) {
  const explorer = Object.keys(files).length === 0 ? 'without' : 'with';
  t.test(`HEAD opens no event stream, ${explorer} the explorer; elsewhere it answers as GET`, async (t) => {
    const { url } = await serve(t, files);
    const response = await fetch(`${url}/v1/events`, { method: 'HEAD' });
    t.equal(response.status, 405);
    t.equal(response.headers.get('allow'), 'GET');
    t.equal((await fetch(`${url}/v1/status`, { method: 'HEAD' })).status, 200);
  });
}

t.test('what is not HTTP, and headers beyond the limit, are answered as problems too', async (t) => {
  const { url } = await serve(t);
  const { port } = new URL(url);
  for (const [request, status, code] of [
    ['NOT HTTP\r\n\r\n', 400, 'malformed-request'],
    ['GET /v1/status HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400, 'malformed-request'],
    [`GET /v1/status HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
  ] as const) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(request);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    t.match(head, new RegExp(`^HTTP/1.1 ${status} `));
    t.match(head, 'application/problem+json');
    const problem = checkProblem(JSON.parse(body));
    if (!problem.ok) throw new Error(body);
    t.equal(problem.value.code, code);
    t.match(problem.value.requestId, /^[0-9a-f-]{36}$/);
    t.ok(head.includes(`x-request-id: ${problem.value.requestId}`));
  }
});

t.test('submissions: bytes go to the node as they came, outcomes become answers', async (t) => {
  const served = await serve(t);
  const body = createSubmission(NETWORK, 0, 3);
  t.strictSame(ok(await served.client.submit({ body })), {
    gateway: 0,
    firstSerial: 0,
    count: 1,
    status: 'accepted',
  });
  t.strictSame(Buffer.from(served.submitted[0] ?? []), Buffer.from(body));
  for (const [code, status] of [
    ['malformed-submission', 400],
    ['bad-signature', 403],
    ['unknown-gateway', 403],
    ['serial-gap', 409],
    ['overloaded', 503],
    ['draining', 503],
  ] as const) {
    served.outcome = { ok: false, code, ...(code === 'serial-gap' ? { nextSerial: 5 } : {}) };
    const response = await fetch(`${served.url}/v1/submissions`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(body),
    });
    t.equal(response.status, status);
    t.equal(response.headers.get('retry-after'), status === 503 ? '1' : null);
    t.match(response.headers.get('content-type'), 'application/problem+json');
    const problem = await problemIn(response);
    t.equal(problem.code, code);
    t.equal(problem.nextSerial, code === 'serial-gap' ? 5 : undefined);
    t.equal(problem.requestId, response.headers.get('x-request-id'));
  }
});

t.test('bodies of another type or beyond the limit are refused', async (t) => {
  const { url, submitted } = await serve(t);
  const post = (type: string | undefined, body: Buffer | string) =>
    problemOf(`${url}/v1/submissions`, {
      method: 'POST',
      body,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    });
  t.strictSame(await post('application/json', '{}'), { status: 415, code: 'unsupported-media-type' });
  t.strictSame(await post('text/plain', 'x'), { status: 415, code: 'unsupported-media-type' });
  t.strictSame(await post('application/octet-stream', Buffer.alloc(1024 * 1024 + 1)), {
    status: 413,
    code: 'too-large',
  });
  t.strictSame(submitted, []);
});

t.test('every answer is closed to embedding and sniffing; no CORS', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/v1/status', '/v1/nothing']) {
    const { headers } = await fetch(url + path, { headers: { origin: 'https://elsewhere.example' } });
    t.match(headers.get('content-security-policy'), "default-src 'none'");
    t.equal(headers.get('x-content-type-options'), 'nosniff');
    t.equal(headers.get('access-control-allow-origin'), null);
    t.match(headers.get('x-request-id'), /^[0-9a-f-]{36}$/);
  }
});

t.test('events: blocks from now on, and all after Last-Event-ID in order without gap', async (t) => {
  const { client, block } = await serve(t);
  await block(createSubmission(NETWORK, 0, 1));
  await block(createSubmission(NETWORK, 1, 2));
  const live = client.events();
  const resumed = client.events({ afterHeight: 0 });
  const nextLive = live.next();
  const first = (await resumed.next()).value;
  t.match(first, { height: 1, logSize: 1, submissions: [{ firstSerial: 0, count: 1, firstIndex: 0 }] });
  t.match((await resumed.next()).value, { height: 2, logSize: 3 });
  await block(createSubmission(NETWORK, 3, 4));
  t.match((await nextLive).value, { height: 3, entryCount: 4 });
  t.match((await resumed.next()).value, { height: 3 });
  for (let serial = 7; serial < 60; serial += 1) await block(createSubmission(NETWORK, serial, 1));
  for (let height = 4; height <= 56; height += 1) {
    t.match((await resumed.next()).value, { height });
    t.match((await live.next()).value, { height });
  }
  await live.return({ kind: 'closed' });
  await resumed.return({ kind: 'closed' });
});

t.test(
  'events: a Last-Event-ID above the tip, as of another chain, gets the blocks from now on',
  async (t) => {
    const { client, block } = await serve(t);
    await block(createSubmission(NETWORK, 0, 1));
    const ahead = client.events({ afterHeight: 1_000_000 });
    let isAnswered = false;
    const first = ahead.next().finally(() => {
      isAnswered = true;
    });
    // When the stream is open cannot be seen from here: blocks are added until one arrives.
    for (let serial = 1; serial < 1_000 && !isAnswered; serial += 1) {
      await block(createSubmission(NETWORK, serial, 1));
    }
    if (!isAnswered) throw new Error('no event');
    const { value } = await first;
    t.ok(value !== undefined && 'height' in value && value.height > 1);
    await ahead.return({ kind: 'closed' });
  },
);

t.test('events: a reader that stops reading costs nothing and misses nothing', async (t) => {
  const { client, block } = await serve(t);
  const slow = client.events({ afterHeight: 0 });
  const first = slow.next();
  for (let serial = 0; serial < 100; serial += 1) await block(createSubmission(NETWORK, serial, 1));
  t.match((await first).value, { height: 1 });
  for (let height = 2; height <= 100; height += 1) t.match((await slow.next()).value, { height });
  await slow.return({ kind: 'closed' });
});

t.test('events: one stream too many is refused, and admitted when another has ended', async (t) => {
  const { url } = await serve(t);
  const controllers = Array.from({ length: MAX_EVENT_STREAMS }, () => new AbortController());
  await Promise.all(controllers.map(({ signal }) => fetch(`${url}/v1/events`, { signal })));
  t.strictSame(await problemOf(`${url}/v1/events`), { status: 503, code: 'overloaded' });
  for (const controller of controllers) controller.abort();
  let status = 503;
  while (status === 503) {
    const response = await fetch(`${url}/v1/events`);
    status = response.status;
    await response.body?.cancel();
  }
  t.equal(status, 200);
});

t.test('one connection too many is closed unanswered, and answered when another has ended', async (t) => {
  const { url } = await serve(t);
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  /** Whether a connection that stays open gets an answer. */
  const isAnswered = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      // What was written to a closed connection comes back as a reset.
      socket.on('error', () => {});
      socket.once('data', () => resolve(true)).once('close', () => resolve(false));
      socket.write('GET /v1/status HTTP/1.1\r\nhost: node\r\n\r\n');
    });
  for (let i = 0; i < MAX_HTTP_CONNECTIONS; i++) {
    if (!(await isAnswered())) throw new Error(`connection ${i} was closed`);
  }
  t.notOk(await isAnswered());
  sockets[0]?.destroy();
  while (!(await isAnswered()));
  t.notOk(await isAnswered());
});

t.test(
  'the explorer is served at / with a policy of its own, and its pages by their addresses',
  async (t) => {
    const page = '<!doctype html><title>explorer</title>';
    const script = 'export {};';
    const { url } = await serve(t, {
      'index.html': page,
      'assets/app-1a2b.js': script,
      'assets/app-1a2b.js.gz': gzipSync(script),
    });
    const html = { accept: 'text/html' };
    for (const path of ['/', '/blocks/5', '/records/1']) {
      const response = await fetch(url + path, { headers: html });
      t.equal(response.status, 200);
      t.equal(await response.text(), page);
      t.match(response.headers.get('content-security-policy'), "script-src 'self'");
      t.equal(response.headers.get('cache-control'), 'no-cache');
    }
    const asset = await fetch(`${url}/assets/app-1a2b.js`);
    t.match(asset.headers.get('cache-control'), 'immutable');
    t.equal(asset.headers.get('content-encoding'), 'gzip', 'as the build compressed it');
    t.equal(await asset.text(), script);
    t.strictSame(await problemOf(`${url}/v1/nothing`, { headers: html }), { status: 404, code: 'not-found' });
    t.strictSame(await problemOf(`${url}/assets/gone.js`), { status: 404, code: 'not-found' });
    for (const path of ['/../data/instance', '/%2e%2e/data', '/..%2fdata', '/assets/..%5c..%5cdata']) {
      const response = await fetch(url + path);
      t.ok(response.status >= 400, path);
    }
  },
);
