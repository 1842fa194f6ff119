import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { parseWaitMs } from '../../src/http/intake-routes.ts';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

const fixture = await startFixture(t, gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']));
const { apiKey, gateway } = fixture;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function post(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${apiKey}`, ...headers },
  });
  return { status: response.status, body: await response.text() };
}

t.test('a body with a Content-Encoding is refused, whatever its bytes', async (t) => {
  for (const [path, type] of [
    ['/v1/evidence', 'application/json'],
    ['/v1/evidence/batch', 'application/json'],
    ['/v1/evidence/batch', 'application/x-ndjson'],
    ['/v1/evidence/files', 'multipart/form-data; boundary=B'],
  ] as const) {
    for (const encoding of ['gzip', 'br', 'GZIP', 'identity, gzip', '']) {
      const headers = { 'content-type': type, 'content-encoding': encoding };
      const answer = await post(path, '{}', headers);
      t.match(
        answer,
        { status: 415, body: /"code":"unsupported-media-type"/ },
        `${path} ${type} ${encoding}`,
      );
    }
  }
  const headers = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
  const body = `{"digests":{"sha256":"${sha256('identity')}"}}`;
  t.equal((await post('/v1/evidence', body, headers)).status, 202);
});

t.test('RFC 7240: the longest wait caps a longer one, and what is not understood is ignored', (t) => {
  for (const [prefer, ms] of [
    [undefined, 0],
    ['wait=1', 1_000],
    ['respond-async, wait="30"', 30_000],
    ['wait=31', 30_000],
    ['wait=99999999', 30_000],
    [`wait=${'9'.repeat(400)}`, 30_000],
    ['wait=-1', 0],
    ['wait=1e3', 0],
    ['await=5', 0],
  ] as const) {
    t.equal(parseWaitMs(prefer), ms, `${prefer}`);
  }
  t.end();
});

t.test('NDJSON: a byte order mark makes the first line malformed, with or without more on it', async (t) => {
  const good = `{"digests":{"sha256":"${sha256('mark')}"}}`;
  for (const first of [`\ufeff${good}`, '\ufeff']) {
    const answer = await post('/v1/evidence/batch', `${first}\n${good}\n`, {
      'content-type': 'application/x-ndjson',
    });
    t.match(
      answer.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [
        { line: 1, problem: { code: 'malformed-line' } },
        { line: 2, state: 'received' },
        { end: { accepted: 1, refused: 1 } },
      ],
    );
  }
});

t.test('RFC 8259, section 8.1: a JSON body has no byte order mark', async (t) => {
  const json = { 'content-type': 'application/json' };
  const body = `\ufeff{"digests":{"sha256":"${sha256('mark')}"}}`;
  const malformed = { status: 400, body: /"code":"malformed-request"/ };
  t.match(await post('/v1/evidence', body, json), malformed);
  t.match(await post('/v1/evidence/batch', `\ufeff[${body.slice(1)}]`, json), malformed);
  t.match(await post('/v1/evidence', '', json), malformed);
});

t.test('a record whose bundle cannot be looked for is durable, and answered so', async (t) => {
  const database = new DatabaseSync(join(fixture.config.dataPath, 'gateway.db'));
  database.exec('alter table checkpoint rename to away');
  const body = `{"digests":{"sha256":"${sha256('waits')}"}}`;
  const answer = await post('/v1/evidence', body, { 'content-type': 'application/json', prefer: 'wait=30' });
  t.match(answer, { status: 202, body: /"state":"received"/ });
  database.exec('alter table away rename to checkpoint');
  database.close();
  const { id } = JSON.parse(answer.body);
  t.match(await fixture.client.evidence({ id }), { value: { id, digests: { sha256: sha256('waits') } } });
});
