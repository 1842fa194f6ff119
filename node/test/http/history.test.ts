import { checker, type NodeClient, nodeClient, nodeRoutes, ProblemSchema } from '@hufu/api';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createApiServer } from '../../src/http/api-server.ts';
import type { NodeService } from '../../src/http/service.ts';
import { NodeMetrics } from '../../src/metrics/node-metrics.ts';
import { openStore } from '../../src/store/index.ts';
import type { BlockRecord, ChainStore } from '../../src/store/types.ts';
import { applyTo, type Behind, behind, snapshotOf } from '../support/behind.ts';
import { temporaryDirectory } from '../support/grown-store.ts';
import { grownOver, HEIGHT } from '../support/three-epochs.ts';

/**
 * Of the three epochs, whose log has 3, 6, 9, 13, 16, 19, 20, 23 and 26 entries after each block, the node has the first
 * two blocks and goes on after the seventh.
 */
const PAST = 2;
const SNAPSHOT = 7;

interface Served {
  readonly url: string;
  readonly client: NodeClient;
  /** Tells the event streams, as the node does. */
  tell(record: BlockRecord): void;
}

/** The API server over the chain; no other part of a node is there. */
async function serve(t: Test, chain: ChainStore): Promise<Served> {
  const listeners = new Set<(record: BlockRecord) => void>();
  const node: NodeService = {
    name: 'node',
    version: '1.2.3',
    index: null,
    chain,
    view: 7,
    participation: { kind: 'observer', reason: 'none of the validators' },
    isConnected: () => true,
    submit: async () => ({ ok: false, code: 'draining' }),
    submitGovernance: async () => ({ ok: false, code: 'draining' }),
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const server = await createApiServer(node, { logger: pino({ level: 'silent' }), explorerPath: '' });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  return {
    url,
    client: nodeClient(url),
    tell(record) {
      for (const listener of listeners) listener(record);
    },
  };
}

async function bothServed(t: Test): Promise<{ made: Behind; node: Served; source: Served }> {
  const made = await behind(t, PAST);
  return {
    made,
    node: await serve(t, made.store.chain),
    source: await serve(t, made.source.store.chain),
  };
}

const checkProblem = checker(ProblemSchema);
const INCOMPLETE = { status: 503, retryAfter: '1', code: 'history-incomplete' };

/** The answer's bytes; or, of a refusal, what a client acts on. */
async function ask({ url }: Served, path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init);
  if (response.ok) return { status: response.status, body: await response.text() };
  const problem = checkProblem(await response.json());
  if (!problem.ok) throw new Error(JSON.stringify(problem.errors));
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, retryAfter, code: problem.value.code };
}

const DIGEST = 'ab'.repeat(32);

/** Each is there whatever is missing. */
const PRESENT = [
  '/v1/status',
  '/v1/genesis',
  '/v1/validators',
  '/v1/registry',
  '/v1/epochs',
  '/v1/epochs/0',
  '/v1/epochs/1',
  '/v1/epochs/2',
  '/v1/gateways',
  '/v1/blocks?before=3',
  '/v1/blocks/2',
  '/v1/blocks/2/entries',
  '/v1/entries/5',
  '/v1/gateways/0/entries/5',
  '/v1/proofs/inclusion/2?size=6',
  '/v1/proofs/consistency?first=3&second=6',
  '/v1/proofs/range?first=1&count=3&size=6',
  '/v1/bundles/5',
];

/** Each needs something that is missing. */
const MISSING = [
  '/v1/blocks?before=8',
  '/v1/blocks?before=4',
  '/v1/blocks/3',
  '/v1/blocks/7',
  '/v1/blocks/7/entries',
  '/v1/entries/6',
  '/v1/entries/19',
  '/v1/gateways/0/entries/6',
  `/v1/search?digest=${DIGEST}`,
  '/v1/proofs/inclusion/2?size=9',
  '/v1/proofs/consistency?first=3&second=20',
  '/v1/proofs/range?first=1&count=3&size=20',
  '/v1/bundles/19',
];

/** What is asked of the newest block: missing until there is one after the snapshot. */
const NEWEST = [
  '/v1/checkpoint',
  '/v1/blocks?limit=1',
  '/v1/blocks/9',
  '/v1/blocks/8/entries',
  '/v1/entries/20',
  '/v1/gateways/0/entries/18',
  '/v1/proofs/inclusion/22',
  '/v1/proofs/consistency?first=21',
  '/v1/proofs/range?first=20&count=3',
  '/v1/bundles/20',
];

t.test('every read route is among those tried', async (t) => {
  const tried = [...PRESENT, ...MISSING, ...NEWEST].map((path) => path.split('?')[0] ?? '');
  for (const { method, path } of Object.values(nodeRoutes)) {
    if (method !== 'GET' || path === nodeRoutes.events.path) continue;
    const pattern = new RegExp(`^${path.replace(/:[a-z]+/g, '[0-9]+')}$`);
    t.ok(
      tried.some((one) => pattern.test(one)),
      path,
    );
  }
});

t.test('right after a snapshot a read is answered, or says that the past is missing', async (t) => {
  const { node } = await bothServed(t);
  for (const path of PRESENT) t.match(await ask(node, path), { status: 200 }, path);
  const atTip = ['/v1/checkpoint', '/v1/blocks', '/v1/proofs/inclusion/2', '/v1/gateways/0/entries/18'];
  for (const path of [...MISSING, ...atTip]) t.strictSame(await ask(node, path), INCOMPLETE, path);
  for (const path of ['/v1/blocks/8', '/v1/entries/20', '/v1/bundles/20']) {
    t.match(await ask(node, path), { status: 404 }, path);
  }
});

t.test('what is there of both ends of the chain is what a complete node answers', async (t) => {
  const { made, node, source } = await bothServed(t);
  for (let next = SNAPSHOT + 1; next <= HEIGHT; next++) await applyTo(made, next);
  for (const path of [...PRESENT, ...NEWEST]) {
    if (path !== '/v1/status') t.strictSame(await ask(node, path), await ask(source, path), path);
  }
  for (const path of MISSING) t.strictSame(await ask(node, path), INCOMPLETE, path);
  t.match(JSON.parse((await ask(node, '/v1/blocks')).body ?? ''), { blocks: [{ height: 9 }, { height: 8 }] });

  for (let next = PAST + 1; next <= SNAPSHOT; next++) await applyTo(made, next);
  t.equal(await made.store.chain.indexMore(), false);
  for (const path of [...PRESENT, ...MISSING, ...NEWEST]) {
    t.strictSame(await ask(node, path), await ask(source, path), path);
  }
});

/** What a scrape says of the blocks that are missing. */
async function missingBlocks(metrics: NodeMetrics): Promise<string | undefined> {
  return /^hufu_missing_blocks (.*)$/m.exec(await metrics.registry.metrics())?.[1];
}

t.test('status and metrics tell how far the past is', async (t) => {
  const { made, node, source } = await bothServed(t);
  const metrics = new NodeMetrics();
  t.teardown(() => metrics.registry.clear());
  metrics.watch({
    store: made.store,
    transport: {
      counters: { refusedConnections: 0, malformedFrames: 0, droppedFrames: 0, failedDials: 0 },
      queuedBytes: 0,
      isConnected: () => false,
    },
    ingressBytes: () => 0,
    wallMs: () => 0,
    deltaMs: () => 0,
  });
  for (let height = PAST; height < SNAPSHOT; height++) {
    const status = await node.client.status();
    t.match(status, { ok: true, value: { height: SNAPSHOT, history: { height, toHeight: SNAPSHOT } } });
    t.equal(await missingBlocks(metrics), String(SNAPSHOT - height));
    await applyTo(made, height + 1);
  }
  t.match(await node.client.status(), { ok: true, value: { height: SNAPSHOT, history: null } });
  t.match(await source.client.status(), { ok: true, value: { history: null } });
  t.equal(await missingBlocks(metrics), '0');
});

/** Heights of the blocks that a stream sends until it ends, at most `most`, and how it ended. */
async function followed({ client }: Served, afterHeight: number, most: number) {
  const end = new AbortController();
  const stream = client.events({ afterHeight, signal: end.signal });
  const heights: number[] = [];
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done === true) return { heights, end: next.value };
    heights.push(next.value.height);
    if (heights.length === most) end.abort();
  }
}

t.test('a stream of blocks is resumed up to what is missing, or after it', async (t) => {
  const { made, node } = await bothServed(t);
  for (let next = SNAPSHOT + 1; next <= HEIGHT; next++) await applyTo(made, next);
  const refused = {
    heights: [],
    end: { kind: 'problem', status: 503, problem: { code: 'history-incomplete' }, retryAfterMs: 1_000 },
  };
  for (const after of [PAST, PAST + 1, SNAPSHOT - 1]) t.match(await followed(node, after, 9), refused);
  t.strictSame(await followed(node, 0, 9), { heights: [1, 2], end: { kind: 'closed' } });
  t.match(await followed(node, SNAPSHOT, 2), { heights: [8, 9] });
  for (let next = PAST + 1; next <= SNAPSHOT; next++) await applyTo(made, next);
  t.match(await followed(node, 0, 9), { heights: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
});

t.test('a stream that was open before the snapshot ends at the gap', async (t) => {
  const source = await grownOver(t);
  const directory = await temporaryDirectory(t);
  const store = await openStore({ directory, genesisBytes: source.chain.genesisBytes });
  t.teardown(() => store.close());
  const node = await serve(t, store.chain);
  const opened = await fetch(`${node.url}/v1/events`);
  await store.chain.beginFrom(await snapshotOf(source, store));
  await applyTo({ store, directory, source }, SNAPSHOT + 1);
  const next = source.applied[SNAPSHOT];
  if (next !== undefined) node.tell(next.executed);
  t.equal(await opened.text(), ': open\n\n', 'it tells of no block, and ends');
  t.match(await followed(node, 0, 9), { end: { problem: { code: 'history-incomplete' } } });
});
