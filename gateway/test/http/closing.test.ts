import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, fastify } from 'fastify';
import t, { type Test } from 'tap';
import { Closing } from '../../src/http/closing.ts';
import { serverSides } from '../support/server-side.ts';
import { until } from '../support/until.ts';

/** Longer than any test may take: what ends before it did not end by it. */
const NEVER_MS = 3_600_000;
/** More than the buffers of a connection hold. */
const LARGE_BYTES = 64 * 1024 * 1024;

interface Opened {
  readonly app: FastifyInstance;
  readonly closing: Closing;
  readonly url: string;
}

async function listening(t: Test, route: (app: FastifyInstance) => void): Promise<Opened> {
  const app = fastify({ keepAliveTimeout: NEVER_MS });
  const closing = new Closing(app);
  route(app);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.server.closeAllConnections());
  return { app, closing, url };
}

function keepAlive(t: Test): Agent {
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  return agent;
}

t.test('a connection that becomes idle while the server closes is closed', async (t) => {
  const lines = new PassThrough();
  const { app, closing, url } = await listening(t, (app) =>
    app.get('/', (_request, reply) => reply.send(lines)),
  );
  lines.write('begun,');
  const [answer]: IncomingMessage[] = await once(get(url, { agent: keepAlive(t) }), 'response');
  t.equal(answer?.headers.connection, 'keep-alive');
  const closed = closing.within(NEVER_MS, 1);
  await until('new connections are refused', () => !app.server.listening);
  lines.end('ended');
  t.equal(answer && `${await buffer(answer)}`, 'begun,ended');
  await closed;
});

t.test('an answer that is complete, but not sent, is not cut', async (t) => {
  const sides = serverSides(t);
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { app, closing, url } = await listening(t, (app) =>
    app.get('/', async () => {
      await gate;
      return Buffer.alloc(LARGE_BYTES);
    }),
  );
  const request = get(url, { agent: keepAlive(t) });
  const [side] = await until('the request is there', () => sides.length > 0 && sides);
  const closed = closing.within(NEVER_MS, 1);
  await until('new connections are refused', () => !app.server.listening);
  open();
  const [answer]: IncomingMessage[] = await once(request, 'response');
  await until('the answer is complete', () => side?.response.writableEnded);
  // Timers of equal length fire in the order in which they were set: the connections were looked at meanwhile.
  await sleep(1);
  t.notOk(side?.response.writableFinished);
  t.equal(answer && (await buffer(answer)).length, LARGE_BYTES);
  await closed;
});
