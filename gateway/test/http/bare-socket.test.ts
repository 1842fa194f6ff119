import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

const fixture = await startFixture(t, gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']));
const { apiKey, gateway, client } = fixture;

/** Sends the bytes, closes this side when `half` says so, and answers all that comes until the other closes. */
function exchange(bytes: string, half: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(gateway.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }, () => {
      if (half) socket.end(bytes);
      else socket.write(bytes);
    });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => {
      socket.end();
      resolve(text);
    });
    socket.on('error', reject);
  });
}

/** Sends everything, however early the answer comes; then answers what has come. Rejects when sending fails. */
function sendAll(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    let sent = false;
    const settle = (): void => {
      if (sent && text.endsWith('}')) socket.end(() => resolve(text));
    };
    socket.write(bytes, () => {
      sent = true;
      settle();
    });
    socket.on('data', (chunk) => {
      text += chunk;
      settle();
    });
    socket.on('error', reject);
  });
}

function checkProblem(t: Test, answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), code);
  t.match(head, /^content-type: application\/problem\+json/im);
  t.match(head, /^x-content-type-options: nosniff\r?$/im);
  t.match(head, /^content-security-policy: default-src 'none'; frame-ancestors 'none'\r?$/im);
  t.match(JSON.parse(body), { code, status, requestId: /^[0-9a-z]+-[0-9a-z]+$/ });
}

const head = (path: string, type: string, more: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\ncontent-type: ${type}\r\n${more}\r\n\r\n`;

t.test('what Node’s parser refuses has an id and the headers of any problem', async (t) => {
  checkProblem(t, await exchange('GARBAGE\r\n\r\n', false), 400, 'malformed-request');
  const long = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`;
  checkProblem(t, await exchange(long, false), 431, 'headers-too-large');
  const json = head('/v1/evidence', 'application/json', 'content-length: 9');
  checkProblem(t, await exchange(`${json}{`, true), 400, 'malformed-request');
  const nothing = 'GET /v1/nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  checkProblem(t, await exchange(nothing, false), 404, 'not-found');
});

t.test('a multipart body whose client closes its side before the last boundary is truncated', async (t) => {
  const type = 'multipart/form-data; boundary=B';
  const file = '--B\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n--B';
  const counted = head('/v1/evidence/files', type, 'content-length: 1000');
  checkProblem(t, await exchange(counted + file, true), 400, 'truncated-multipart');
  const chunked = head('/v1/evidence/files', type, 'transfer-encoding: chunked');
  const chunk = `${file.length.toString(16)}\r\n${file}\r\n`;
  checkProblem(t, await exchange(chunked + chunk, true), 400, 'truncated-multipart');
  t.match(await client.searchEvidence({}), { value: { evidence: [] } });
});

t.test('an NDJSON answer under way is not mixed with another when the stream ends too early', async (t) => {
  const line = `{"digests":{"sha256":"${'0'.repeat(64)}"}}\n`;
  const stream = head('/v1/evidence/batch', 'application/x-ndjson', 'transfer-encoding: chunked');
  const { port } = new URL(gateway.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }, () =>
      socket.write(`${stream}${line.length.toString(16)}\r\n${line}\r\n`),
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      // Half closed only after the first result has come.
      if (text.includes('"line":1')) socket.end();
    });
    socket.on('close', () => resolve(text));
  });
  t.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
});

t.test('a client that is still sending when it is refused reads the problem', async (t) => {
  const sizeBytes = 12 * 1024 * 1024;
  const refused: readonly (readonly [string, string, string, string])[] = [
    ['/v1/evidence', 'application/json', '', 'too-large'],
    ['/v1/evidence/batch', 'application/json', '', 'too-large'],
    ['/v1/evidence', 'text/plain', '', 'unsupported-media-type'],
    [
      '/v1/evidence/files',
      'multipart/form-data; boundary=B',
      '--B\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\n',
      'too-large',
    ],
    ['/v1/evidence/files', 'multipart/form-data; boundary=B', '--B\r\nx\r\n\r\n', 'malformed-multipart'],
  ];
  for (const [path, type, start, code] of refused) {
    const counted = head(path, type, `content-length: ${start.length + sizeBytes}`);
    const answer = await sendAll(`${counted}${start}${' '.repeat(sizeBytes)}`);
    t.match(answer, new RegExp(`"code":"${code}"`), `${path} ${type} ${code}`);
  }
});

t.test('a refused client that never ends its body is closed', async (t) => {
  const counted = head('/v1/evidence', 'application/json', 'content-length: 99999999');
  t.match(await exchange(counted, false), /"code":"too-large"/);
});
