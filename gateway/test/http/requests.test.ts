import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import {
  checker,
  ERRORS,
  isErrorCode,
  type LineResult,
  LineResultSchema,
  type Problem,
  ProblemSchema,
} from '@hufu/api';
import { createHasher, toHex } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { createApiKey } from '../../src/index.ts';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const sm3 = (text: string): string => toHex(createHasher('sm3').update(Buffer.from(text)).digest());

// No node is needed to record: every test shares one gateway whose only node does not exist.
const network = referenceNetwork();
const fixture = await startFixture(t, gatewayConfig(t, network, ['http://127.0.0.1:9']));
const { apiKey, gateway, client } = fixture;

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(path: string, init: RequestInit & { key?: string | null } = {}): Promise<Sent> {
  const { key = apiKey, headers, ...rest } = init;
  const response = await fetch(`${gateway.url}${path}`, {
    ...rest,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const post = (path: string, body: RequestInit['body'], type = 'application/json'): Promise<Sent> =>
  send(path, { method: 'POST', body: body ?? null, headers: { 'content-type': type } });

const checkProblem = checker(ProblemSchema);

/** The problem in an answer; its form, status and code are checked on the way. */
function problemOf({ status, headers, text }: Sent): Problem {
  const checked = checkProblem(JSON.parse(text));
  if (!checked.ok) throw new Error(`not a problem: ${status} ${text}`);
  const { code } = checked.value;
  if (!isErrorCode(code) || ERRORS[code].status !== status || checked.value.status !== status) {
    throw new Error(`status ${status} for ${code}`);
  }
  if (!/^application\/problem\+json(; charset=utf-8)?$/.test(headers.get('content-type') ?? '')) {
    throw new Error(`wrong content type: ${headers.get('content-type')}`);
  }
  if (checked.value.requestId === undefined) throw new Error('no request id');
  return checked.value;
}

t.test('an API key that is missing, malformed, unknown, wrong, expired or without the scope', async (t) => {
  const keyOf = async (options: Partial<Parameters<typeof createApiKey>[1]>): Promise<string> =>
    (await createApiKey(fixture.config, { name: 'test', ...options })).token;
  const unknown = apiKey.replace(/_[0-9a-f]{12}_/, '_000000000000_');
  const wrong = `${apiKey.slice(0, -1)}${apiKey.endsWith('0') ? '1' : '0'}`;
  for (const key of [null, '', 'x', unknown, wrong, await keyOf({ expiresAtMs: Date.now() - 1 })]) {
    const answer = await send('/v1/evidence', { key });
    t.equal(problemOf(answer).code, 'unauthenticated');
    t.equal(answer.headers.get('www-authenticate'), 'Bearer');
  }
  const reader = await keyOf({ scopes: ['evidence:read'] });
  t.equal((await send('/v1/evidence', { key: reader })).status, 200);
  const refused = await send('/v1/evidence', { method: 'POST', key: reader, body: '{' });
  t.equal(problemOf(refused).code, 'forbidden', 'before the body is looked at');
  const writer = await keyOf({ scopes: ['evidence:write'], expiresAtMs: Date.now() + 60_000 });
  t.equal(problemOf(await send('/v1/evidence/0-0', { key: writer })).code, 'forbidden');
});

t.test('one record: what is wrong is named by a pointer, and nothing is recorded', async (t) => {
  const digest = sha256('x');
  const before = (await client.searchEvidence({ limit: 1 })).ok;
  t.ok(before);
  for (const [body, code, pointer] of [
    ['', 'malformed-request', undefined],
    ['{', 'malformed-request', undefined],
    ['{"__proto__":{}}', 'malformed-request', undefined],
    ['null', 'invalid-request', ''],
    ['[]', 'invalid-request', ''],
    ['"x"', 'invalid-request', ''],
    ['{}', 'invalid-request', ''],
    ['{"digests":{}}', 'invalid-request', '/digests'],
    [`{"digests":{"sha256":"${digest.toUpperCase()}"}}`, 'invalid-request', '/digests/sha256'],
    [`{"digests":{"sha256":"${digest.slice(1)}"}}`, 'invalid-request', '/digests/sha256'],
    [`{"digests":{"sha256":5}}`, 'invalid-request', '/digests/sha256'],
    [`{"digests":{"md5":"${digest}"}}`, 'invalid-request', '/digests/md5'],
    [`{"digests":{"sha256":"${digest}"},"extra":1}`, 'invalid-request', '/extra'],
    [`{"digests":{"sha256":"${digest}"},"claimedTimeMs":-1}`, 'invalid-request', '/claimedTimeMs'],
    [`{"digests":{"sha256":"${digest}"},"claimedTimeMs":1e300}`, 'invalid-request', '/claimedTimeMs'],
    [`{"digests":{"sha256":"${digest}"},"metadataCommitment":""}`, 'invalid-request', '/metadataCommitment'],
    ['{"content":"AB"}', 'invalid-request', '/content'],
    ['{"content":"AB=="}', 'invalid-request', '/content'],
    ['{"content":"\\u0000"}', 'invalid-request', '/content'],
    [`{"content":"AA==","digests":{"sha256":"${digest}"}}`, 'digest-mismatch', '/digests/sha256'],
  ] as const) {
    const problem = problemOf(await post('/v1/evidence', body));
    t.equal(problem.code, code, body);
    if (pointer !== undefined) t.equal(problem.errors?.[0]?.pointer, pointer, body);
  }
  t.match(await client.searchEvidence({}), { value: { evidence: [], next: null } });
});

t.test('limits come before parsing', async (t) => {
  const tooLarge = await post('/v1/evidence', `{"content":"${'A'.repeat(1_500_000)}"}`);
  t.equal(problemOf(tooLarge).code, 'too-large');
  // Fits the body, not the content limit.
  const content = await post('/v1/evidence', `{"content":"${'A'.repeat(1_398_108)}"}`);
  t.equal(problemOf(content).code, 'invalid-request');
  const array = await post('/v1/evidence/batch', `[${' '.repeat(9_000_000)}]`);
  t.equal(problemOf(array).code, 'too-large');
  const many = await post('/v1/evidence/batch', JSON.stringify(new Array(10_001).fill({})));
  t.equal(problemOf(many).code, 'invalid-request');
  const header = await send('/v1/evidence', { headers: { 'x-long': 'x'.repeat(20_000) } });
  t.equal(header.status, 431);
  t.match(JSON.parse(header.text), { code: 'headers-too-large' });
});

t.test('paths, methods, types and queries that the contract does not have', async (t) => {
  const codes = async (path: string, init?: Parameters<typeof send>[1]): Promise<string> =>
    problemOf(await send(path, init)).code;
  t.equal(await codes('/'), 'not-found');
  t.equal(await codes('/v1/nothing'), 'not-found');
  t.equal(await codes('/v1/evidence', { method: 'DELETE' }), 'method-not-allowed');
  t.equal((await send('/v1/evidence/batch', { method: 'PUT' })).headers.get('allow'), 'POST');
  t.equal((await send('/v1/evidence', { method: 'PUT' })).headers.get('allow'), 'GET, POST');
  for (const path of ['/v1/evidence/batch', '/v1/evidence/files?x=1']) {
    const answer = await send(path);
    t.equal(problemOf(answer).code, 'method-not-allowed', path);
    t.equal(answer.headers.get('allow'), 'POST', path);
  }
  t.equal(problemOf(await post('/v1/evidence', 'x', 'text/plain')).code, 'unsupported-media-type');
  t.equal(problemOf(await post('/v1/evidence', 'x', 'application/x-ndjson')).code, 'unsupported-media-type');
  t.equal(await codes('/v1/evidence/%zz'), 'malformed-request');
  t.equal(await codes('/v1/evidence/x'), 'invalid-request');
  t.equal(await codes('/v1/evidence/00-1'), 'invalid-request');
  t.equal(await codes('/v1/evidence/0-999999'), 'evidence-not-found');
  t.equal(await codes('/v1/evidence/1-0'), 'evidence-not-found', 'another gateway’s');
  t.equal(await codes('/v1/evidence/0-999999/proof'), 'evidence-not-found');
  t.equal(await codes('/v1/evidence?limit=0'), 'invalid-request');
  t.equal(await codes('/v1/evidence?limit=1e1'), 'invalid-request');
  t.equal(await codes('/v1/evidence?what=1'), 'invalid-request');
  t.equal(await codes('/v1/evidence?digest=x'), 'invalid-request');
  t.equal(await codes('/v1/evidence?digest=a&digest=b'), 'invalid-request');
  t.equal(await codes('/v1/evidence?cursor=x'), 'invalid-cursor');
});

t.test('what is not HTTP gets a coded problem too', async (t) => {
  const { port } = new URL(gateway.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  t.match(answer, /^HTTP\/1\.1 400 /);
  t.match(answer, /"code":"malformed-request"/);
});

t.test('content is hashed with both hashes; a digest that is given must be its own', async (t) => {
  const content = Buffer.from('内容').toString('base64');
  const posted = await client.postEvidence({ content, digests: { sm3: sm3('内容') } });
  t.match(posted, { value: { receipt: { digests: { sha256: sha256('内容'), sm3: sm3('内容') } } } });
  t.match(await client.postEvidence({ content, digests: { sm3: sm3('else') } }), {
    error: { problem: { code: 'digest-mismatch', errors: [{ pointer: '/digests/sm3' }] } },
  });
  const largest = Buffer.alloc(1024 * 1024, 7);
  t.match(await client.postEvidence({ content: largest.toString('base64') }), { ok: true });
});

t.test('a duplicate is recorded again, and its receipt lists the earlier ones, earliest first', async (t) => {
  const input = { digests: { sha256: sha256('dup') } };
  const first = await client.postEvidence(input);
  if (!first.ok || first.value.state !== 'received') throw new Error('not received');
  const { serial, id, receivedAtMs } = first.value.receipt;
  t.same(first.value.receipt.earlier, []);
  const batch = await client.postBatch({ body: [input, { digests: { sm3: sm3('dup') } }, input] });
  if (!batch.ok) throw new Error('not received');
  const [second, other, third] = batch.value.evidence;
  t.same(second?.earlier, [{ id, serial, receivedAtMs }]);
  t.same(other?.earlier, [], 'a digest of the other hash says nothing of this one');
  t.same(
    third?.earlier.map((one) => one.serial),
    [serial, serial + 1],
    'equals in the same batch count',
  );
  for (let i = 0; i < 12; i++) await client.postEvidence(input);
  const last = await client.postEvidence(input);
  t.ok(last.ok && last.value.state === 'received' && last.value.receipt.earlier.length === 10);
});

t.test('a batch is all or nothing', async (t) => {
  const good = { digests: { sha256: sha256('batch') } };
  const refused = await post(
    '/v1/evidence/batch',
    JSON.stringify([good, { digests: { sha256: 'x' } }, good]),
  );
  t.equal(problemOf(refused).errors?.[0]?.pointer, '/1/digests/sha256');
  const mismatch = await post('/v1/evidence/batch', JSON.stringify([good, { ...good, content: '' }]));
  t.equal(problemOf(mismatch).errors?.[0]?.pointer, '/1/digests/sha256');
  t.equal(problemOf(await post('/v1/evidence/batch', '[]')).code, 'invalid-request');
  t.match(await client.searchEvidence({ digest: sha256('batch') }), { value: { evidence: [] } });
});

const checkLine = checker(LineResultSchema);

/** The result lines, each checked against the schema, and the end line. */
function linesOf(text: string): LineResult[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const checked = checkLine(JSON.parse(line));
      if (!checked.ok) throw new Error(`not a result line: ${line}`);
      return checked.value;
    });
}

t.test('NDJSON: each line gets its own result, and the good lines are kept', async (t) => {
  const good = `{"digests":{"sha256":"${sha256('line')}"}}`;
  const body = [
    good,
    '{"digests":',
    '',
    `${good}\r`,
    '{"digests":{"sha256":"x"}}',
    '[1]',
    '{"content":"QQ==","digests":{"sha256":"00"}}',
    `{"content":"${'A'.repeat(70_000)}"}`,
    '{"content":"QUJD"}',
    '\ufffd',
    good,
  ].join('\n');
  const answer = await post('/v1/evidence/batch', body, 'application/x-ndjson');
  t.equal(answer.status, 202);
  const results = linesOf(answer.text);
  const byLine = new Map(results.flatMap((one) => ('line' in one ? [[one.line, one]] : [])));
  const codeOf = (line: number): string | undefined => {
    const one = byLine.get(line);
    return one !== undefined && 'problem' in one ? one.problem.code : one === undefined ? 'none' : 'accepted';
  };
  t.same(
    Array.from({ length: 11 }, (_, i) => codeOf(i + 1)),
    [
      'accepted',
      'malformed-line',
      'none',
      'accepted',
      'invalid-request',
      'invalid-request',
      'invalid-request',
      'line-too-large',
      'accepted',
      'malformed-line',
      'accepted',
    ],
  );
  t.same(results.at(-1), { end: { accepted: 4, refused: 6 } });
  t.match(await client.searchEvidence({ digest: sha256('line') }), { value: { evidence: { length: 3 } } });
});

t.test('NDJSON: a stream without any good line is an error, and so is an empty one', async (t) => {
  const bad = await post('/v1/evidence/batch', 'x\ny\n', 'application/x-ndjson');
  t.equal(bad.status, 422);
  t.same(linesOf(bad.text).at(-1), { end: { accepted: 0, refused: 2 } });
  for (const empty of ['', '\n \n']) {
    t.equal(
      problemOf(await post('/v1/evidence/batch', empty, 'application/x-ndjson')).code,
      'invalid-request',
    );
  }
  const withKey = await send('/v1/evidence/batch', {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'k' },
  });
  t.equal(problemOf(withKey).code, 'idempotency-unsupported');
});

t.test('NDJSON: results come while the stream is still open', async (t) => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const line = Buffer.from(`{"digests":{"sha256":"${sha256('open')}"}}\n`);
  const answering = fetch(`${gateway.url}/v1/evidence/batch`, {
    method: 'POST',
    body: readable,
    duplex: 'half',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
  } as RequestInit);
  await writer.write(line);
  const response = await answering;
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  t.match(await reader?.read(), { value: /^\{"line":1,.*\n$/ });
  await writer.write(line);
  t.match(await reader?.read(), { value: /^\{"line":2,.*\n$/ });
  await writer.close();
  t.match(await reader?.read(), { value: '{"end":{"accepted":2,"refused":0}}\n' });
});

t.test('Idempotency-Key: same body same answer, other body 422', async (t) => {
  const idempotent = (key: string, body: string, path = '/v1/evidence'): Promise<Sent> =>
    send(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
    });
  const body = `{"digests":{"sha256":"${sha256('once')}"}}`;
  const first = await idempotent('k1', body);
  t.equal(first.status, 202);
  const again = await idempotent('k1', body);
  t.equal(again.text, first.text);
  t.equal(
    problemOf(await idempotent('k1', `{"digests":{"sha256":"${sha256('two')}"}}`)).code,
    'idempotency-mismatch',
  );
  t.equal(problemOf(await idempotent('k1', `[${body}]`, '/v1/evidence/batch')).code, 'idempotency-mismatch');
  t.match(await client.searchEvidence({ digest: sha256('once') }), { value: { evidence: { length: 1 } } });
  const other = (await createApiKey(fixture.config, { name: 'other' })).token;
  const theirs = await send('/v1/evidence', {
    method: 'POST',
    key: other,
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
  });
  t.equal(theirs.status, 202, 'a key belongs to an API key');
  t.notMatch(theirs.text, first.text);
  for (const bad of ['', 'a b', 'x'.repeat(129)]) {
    t.equal(problemOf(await idempotent(bad, body)).code, 'invalid-request', JSON.stringify(bad));
  }
  const many = `[${body},${body}]`;
  const batch = await idempotent('k2', many, '/v1/evidence/batch');
  t.equal((await idempotent('k2', many, '/v1/evidence/batch')).text, batch.text);
});

t.test('no input makes the gateway answer without a code', async () => {
  const anything = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.record({ digests: fc.anything(), content: fc.anything(), x: fc.anything() }).map((value) => {
      try {
        return JSON.stringify(value) ?? '';
      } catch {
        return '';
      }
    }),
  );
  const type = fc.constantFrom(
    'application/json',
    'application/x-ndjson',
    'multipart/form-data; boundary=b',
    'x/y',
  );
  const path = fc.constantFrom('/v1/evidence', '/v1/evidence/batch', '/v1/evidence/files');
  await fc.assert(
    fc.asyncProperty(path, type, anything, async (path, type, body) => {
      const answer = await post(path, body, type);
      if (answer.status >= 500) return false;
      if (answer.status >= 400 && answer.headers.get('content-type') !== 'application/x-ndjson')
        problemOf(answer);
      return true;
    }),
    { numRuns: 300 },
  );
});

t.test('the document and its page are served from here', async (t) => {
  const document = await send('/openapi.json', { key: null });
  t.match(JSON.parse(document.text), { openapi: '3.1.0', paths: { '/v1/evidence': {} } });
  const page = await send('/docs/', { key: null });
  t.equal(page.status, 200);
  t.notMatch(page.text, /(?:src|href)="(?:https?:)?\/\//, 'nothing is loaded from elsewhere');
});
