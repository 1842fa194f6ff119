import { createServer, type RequestListener, type Server } from 'node:http';
import t, { type Test } from 'tap';
import { type BlockEvent, nodeClient, problem } from '../src/index.ts';

async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function block(height: number): BlockEvent {
  return {
    height,
    timeMs: 1,
    logSize: height,
    entryCount: 1,
    headerDigest: { sha256: '00'.repeat(32) },
    submissions: [],
    dropped: [],
  };
}

t.test('a call fills path and query and checks the answer', async (t) => {
  const seen: (string | undefined)[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(request.url);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ first: 3, count: 2, size: 9, paths: { sm3: ['ab'.repeat(32)] } }));
  });
  const answer = await nodeClient(`${url}/`).rangeProof({ first: 3, count: 2, size: 9 });
  t.same(seen, ['/v1/proofs/range?first=3&count=2&size=9']);
  t.ok(answer.ok && answer.value.paths.sm3?.length === 1);
});

t.test('an answer that is not of the schema is invalid, never returned', async (t) => {
  const answers = ['{', '[]', '{"first":"3"}', '{"first":3,"count":2,"size":9,"paths":{},"x":1}', '\xff'];
  for (const text of answers) {
    const url = await serve(t, (_, response) => response.end(Buffer.from(text, 'latin1')));
    const answer = await nodeClient(url).rangeProof({ first: 3, count: 2 });
    t.match(answer, { ok: false, error: { kind: 'invalid-answer', status: 200 } }, text);
  }
});

t.test('a problem is the server’s coded word, with its Retry-After', async (t) => {
  const url = await serve(t, (_, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '7' });
    response.end(JSON.stringify(problem('overloaded', { nextSerial: 4 })));
  });
  const answer = await nodeClient(url).submit({ body: new Uint8Array([1]) });
  t.match(answer, {
    ok: false,
    error: {
      kind: 'problem',
      status: 503,
      retryAfterMs: 7000,
      problem: { code: 'overloaded', nextSerial: 4 },
    },
  });
});

t.test('an oversized answer, a slow one and a refused connection are told apart', async (t) => {
  const large = await serve(t, (_, response) => response.end(Buffer.alloc(2000)));
  t.match(await nodeClient(large, { maxAnswerBytes: 1000 }).status(), { error: { kind: 'invalid-answer' } });
  const silent = await serve(t, () => {});
  t.match(await nodeClient(silent, { timeoutMs: 50 }).status(), {
    error: { kind: 'timeout', timeoutMs: 50 },
  });
  t.match(await nodeClient('http://127.0.0.1:9').status(), { error: { kind: 'network' } });
});

t.test('events are followed from a height, cut anywhere, until the server closes', async (t) => {
  let lastEventId: string | string[] | undefined;
  const url = await serve(t, (request, response) => {
    lastEventId = request.headers['last-event-id'];
    const text = `: hi\r\n\r\nevent: block\nid: 5\ndata: ${JSON.stringify(block(5))}\n\nevent: other\ndata: x\n\nid: 6\nevent: block\ndata:${JSON.stringify(block(6))}\n\n`;
    for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
    response.end();
  });
  const heights: number[] = [];
  const events = nodeClient(url).events({ afterHeight: 4 });
  let next = await events.next();
  for (; !next.done; next = await events.next()) heights.push(next.value.height);
  t.equal(lastEventId, '4');
  t.same(heights, [5, 6]);
  t.same(next.value, { kind: 'closed' });
});

t.test('a stream that is refused ends with the server’s coded word', async (t) => {
  const url = await serve(t, (_, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
    response.end(JSON.stringify(problem('history-incomplete')));
  });
  t.match((await nodeClient(url).events({ afterHeight: 4 }).next()).value, {
    kind: 'problem',
    retryAfterMs: 1_000,
    problem: { code: 'history-incomplete' },
  });
  const other = await serve(t, (_, response) => response.writeHead(502).end('<html>'));
  t.match((await nodeClient(other).events().next()).value, { kind: 'invalid-answer', status: 502 });
  const large = await serve(t, (_, response) => response.writeHead(503).end(Buffer.alloc(2000)));
  const client = nodeClient(large, { maxAnswerBytes: 1000 });
  t.match((await client.events().next()).value, { kind: 'invalid-answer', detail: /too large/ });
});

t.test('a hostile or silent event stream ends with its reason', async (t) => {
  const bad = await serve(t, (_, response) => response.end('event: block\ndata: {"height":-1}\n\n'));
  t.match((await nodeClient(bad).events().next()).value, { kind: 'invalid-answer' });
  const silent = await serve(t, (_, response) => response.write(':\n\n'));
  t.match((await nodeClient(silent).events({ idleTimeoutMs: 50 }).next()).value, { kind: 'timeout' });
  const endless = await serve(t, (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65536)));
      response.once('drain', more);
    };
    more();
  });
  t.match((await nodeClient(endless).events().next()).value, { kind: 'invalid-answer' });
});
