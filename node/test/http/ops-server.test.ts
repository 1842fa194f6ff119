import { pino } from 'pino';
import { Registry } from 'prom-client';
import t, { type Test } from 'tap';
import { createOpsServer, type HealthPart } from '../../src/http/ops-server.ts';

interface Parts {
  health: readonly HealthPart[];
  readiness: readonly HealthPart[];
}

async function serve(t: Test, parts: Parts): Promise<string> {
  const server = createOpsServer(
    { health: () => parts.health, readiness: () => parts.readiness, metrics: new Registry() },
    pino({ level: 'silent' }),
  );
  t.teardown(() => server.close());
  return server.listen({ host: '127.0.0.1', port: 0 });
}

t.test('health and readiness answer 200, or 503 and the failing parts by name', async (t) => {
  const parts: Parts = {
    health: [{ part: 'process', problem: null }],
    readiness: [
      { part: 'process', problem: null },
      { part: 'quorum', problem: '2 of 3 validators needed are connected' },
    ],
  };
  const url = await serve(t, parts);
  const healthy = await fetch(`${url}/healthz`);
  t.equal(healthy.status, 200);
  t.strictSame(await healthy.json(), { status: 'ok', failing: [], parts: parts.health });
  const unready = await fetch(`${url}/readyz`);
  t.equal(unready.status, 503);
  t.strictSame(await unready.json(), { status: 'failing', failing: ['quorum'], parts: parts.readiness });
});

t.test('metrics are in the Prometheus text format; anything else is not found', async (t) => {
  const url = await serve(t, { health: [], readiness: [] });
  const metrics = await fetch(`${url}/metrics`);
  t.equal(metrics.status, 200);
  t.match(metrics.headers.get('content-type'), 'text/plain; version=0.0.4');
  const other = await fetch(`${url}/v1/status`);
  t.equal(other.status, 404);
  t.match(await other.json(), { code: 'not-found' });
});
