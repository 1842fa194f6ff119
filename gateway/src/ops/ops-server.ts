import { type FastifyInstance, fastify } from 'fastify';
import type { Registry } from 'prom-client';

/** The state of one part: fine, or what is wrong with it. */
export type PartState = 'ok' | string;

export interface Health {
  /** Each part by name; the gateway is healthy when all are 'ok'. */
  readonly parts: () => Readonly<Record<string, PartState>>;
  /** Why no request should be sent here now; undefined when it may. */
  readonly notReady: () => string | undefined;
}

/** The operators' listener: /healthz names the failing part, /readyz is for load balancers, /metrics for Prometheus. */
export function createOpsServer(health: Health, registry: Registry): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/healthz', async (_request, reply) => {
    const parts = health.parts();
    const healthy = Object.values(parts).every((state) => state === 'ok');
    return reply.code(healthy ? 200 : 503).send({ status: healthy ? 'ok' : 'failing', parts });
  });
  app.get('/readyz', async (_request, reply) => {
    const reason = health.notReady();
    return reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'not ready', reason });
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  return app;
}
