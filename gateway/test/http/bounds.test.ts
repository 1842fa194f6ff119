import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { checker, ProblemSchema } from '@hufu/api';
import t, { type Test } from 'tap';
import { MAX_WAITING } from '../../src/anchoring/finality.ts';
import { MAX_CONNECTIONS } from '../../src/http/server.ts';
import { type Fixture, gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { serverSides } from '../support/server-side.ts';
import { until } from '../support/until.ts';

// No node is there: what waits for finality waits until it leaves.
const network = referenceNetwork();
const fixture = await startFixture(t, gatewayConfig(t, network, ['http://127.0.0.1:9']));
const { apiKey, gateway } = fixture;

const MAX_STREAMS = 64;
const NDJSON = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' };
const inputOf = (text: string): string =>
  `{"digests":{"sha256":"${createHash('sha256').update(text).digest('hex')}"}}`;

async function gauge({ gateway: { opsUrl } }: Fixture, name: string): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  const value = new RegExp(`^hufu_gateway_${name} ([0-9]+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no gauge ${name}`);
  return Number(value);
}

/** Waits until the gateway shows the value. */
async function untilGauge(name: string, value: number): Promise<void> {
  await until(`${name} is ${value}`, async () => (await gauge(fixture, name)) === value);
}

/** An open NDJSON stream of which a first line was accepted. */
async function openStream(): Promise<ClientRequest> {
  const stream = request(`${gateway.url}/v1/evidence/batch`, { method: 'POST', headers: NDJSON });
  stream.on('error', () => undefined);
  stream.write(`${inputOf('stream')}\n`);
  const [answer]: IncomingMessage[] = await once(stream, 'response');
  if (answer?.statusCode !== 202) throw new Error(`status ${answer?.statusCode}`);
  answer.on('error', () => undefined);
  return stream;
}

function postLine(): Promise<Response> {
  return fetch(`${gateway.url}/v1/evidence/batch`, {
    method: 'POST',
    headers: NDJSON,
    body: inputOf('line'),
  });
}

async function connected(): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const waitingPost = (body: string): string =>
  `POST /v1/evidence HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\nprefer: wait=30\r\n` +
  `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

async function postAndWait(seconds: number): Promise<Response> {
  return fetch(`${gateway.url}/v1/evidence`, {
    method: 'POST',
    headers: { ...NDJSON, 'content-type': 'application/json', prefer: `wait=${seconds}` },
    body: inputOf('one'),
  });
}

t.test(
  'NDJSON: few results are kept for a client that does not read, and all come once it reads',
  async (t) => {
    const sides = serverSides(t);
    const lines = 32_768;
    const stream = request(`${gateway.url}/v1/evidence/batch`, { method: 'POST', headers: NDJSON });
    stream.end('1\n'.repeat(lines));
    const [answer]: IncomingMessage[] = await once(stream, 'response');
    const response = sides[0]?.response;
    if (answer === undefined || response === undefined) throw new Error('no answer');
    await until('nothing more can be sent', () => response.writableNeedDrain);
    t.ok(response.writableLength < 8 * 65_536, `${response.writableLength} bytes wait to be sent`);
    let text = '';
    for await (const part of answer.setEncoding('latin1')) text += part;
    t.equal(text.match(/"code":"invalid-request"/g)?.length, lines);
    t.ok(text.endsWith(`{"end":{"accepted":0,"refused":${lines}}}\n`));
  },
);

t.test('NDJSON: a stream more than may be open is refused, and taken when another has left', async (t) => {
  await untilGauge('open_streams', 0);
  const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, openStream));
  t.equal(await gauge(fixture, 'open_streams'), MAX_STREAMS);
  const refused = await postLine();
  t.equal(refused.status, 503);
  t.equal(refused.headers.get('retry-after'), '1');
  const problem = checker(ProblemSchema)(await refused.json());
  t.match(problem, { value: { code: 'overloaded', retryable: true, titles: { zh: /./, en: /./ } } });
  t.equal((await postAndWait(0)).status, 202, 'other posts are taken');
  streams.pop()?.destroy();
  await untilGauge('open_streams', MAX_STREAMS - 1);
  const taken = await postLine();
  t.equal(taken.status, 202);
  t.match(await taken.text(), /"end":\{"accepted":1,"refused":0\}/);
  for (const stream of streams) stream.destroy();
  await untilGauge('open_streams', 0);
});

t.test('NDJSON: a stream whose answer waits behind another leaves with its connection', async () => {
  const socket = await connected();
  const head = `POST /v1/evidence/batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\n`;
  const line = `${inputOf('behind')}\n`;
  const stream = `${head}content-type: application/x-ndjson\r\ncontent-length: ${line.length}\r\n\r\n${line}`;
  socket.write(waitingPost(inputOf('first')) + stream);
  await untilGauge('open_streams', 1);
  socket.destroy();
  await untilGauge('open_streams', 0);
});

t.test('Prefer: a request more than may wait is answered as if it had not asked to', async (t) => {
  await untilGauge('waiting_requests', 0);
  const sides = serverSides(t);
  const socket = await connected();
  socket.write(Array.from({ length: MAX_WAITING }, (_, i) => waitingPost(inputOf(`${i}`))).join(''));
  await untilGauge('waiting_requests', MAX_WAITING);
  const listeners = Math.max(...sides.map((side) => side.socket.listenerCount('close')));
  t.ok(listeners > 0 && listeners < 10, `${listeners} listeners`);
  const ignored = await postAndWait(30);
  t.equal(ignored.status, 202);
  t.equal(ignored.headers.get('preference-applied'), null);
  t.match(await ignored.json(), { state: 'received' });
  socket.destroy();
  await untilGauge('waiting_requests', 0);
  const honoured = await postAndWait(1);
  t.equal(honoured.status, 202);
  t.equal(honoured.headers.get('preference-applied'), 'wait=1');
});

t.test('Prefer: a gateway that stops answers those who wait', async (t: Test) => {
  const other = await startFixture(t, gatewayConfig(t, network, ['http://127.0.0.1:9']));
  const waiting = other.client.postEvidence(JSON.parse(inputOf('stop')), { waitSeconds: 30 });
  await until('it waits', async () => (await gauge(other, 'waiting_requests')) === 1);
  await other.gateway.stop();
  t.match(await waiting, { value: { state: 'received' } });
});

t.test('a connection more than may be open is closed unanswered', async (t) => {
  const { gateway } = await startFixture(t, gatewayConfig(t, network, ['http://127.0.0.1:9']));
  const port = Number(new URL(gateway.url).port);
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  /** Whether one more connection gets an answer; it stays open when it does. */
  const isAnswered = async (): Promise<boolean> => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    // What was written to a closed connection comes back as a reset.
    socket.on('error', () => undefined);
    socket.write('GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n');
    return new Promise((resolve) => {
      socket.once('data', () => resolve(true)).once('close', () => resolve(false));
    });
  };
  for (let open = 0; open < MAX_CONNECTIONS; open += 64) {
    const answered = await Promise.all(Array.from({ length: 64 }, isAnswered));
    if (answered.includes(false)) throw new Error(`closed below ${open + 64}`);
  }
  t.notOk(await isAnswered());
  sockets[0]?.destroy();
  await until('a place is free', isAnswered);
  t.notOk(await isAnswered());
});
