import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import { answerClientError, malformedAddress, notFound, useProblems } from './problems.ts';

/** One part of the node's health: what it is and what is wrong with it, null when nothing is. */
export interface HealthPart {
  readonly part: string;
  readonly problem: string | null;
}

export interface OpsService {
  /** Is the process working? Never fails for what only peers can mend. */
  health(): readonly HealthPart[];
  /** Can it serve now? Fails also while stopping, and without a quorum of connected validators. */
  readiness(): readonly HealthPart[];
  readonly metrics: Registry;
}

/** The operator's listener: /healthz, /readyz, /metrics. Not yet listening. */
export function createOpsServer(ops: OpsService, logger: FastifyBaseLogger): FastifyInstance {
  const server = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1,
    forceCloseConnections: true,
    frameworkErrors: malformedAddress,
    clientErrorHandler: answerClientError,
  });
  useProblems(server);
  server.setNotFoundHandler(notFound);
  server.get('/healthz', async (_request, reply) => report(reply, ops.health()));
  server.get('/readyz', async (_request, reply) => report(reply, ops.readiness()));
  server.get('/metrics', async (_request, reply) => {
    reply.type(ops.metrics.contentType);
    return ops.metrics.metrics();
  });
  return server;

  function report(reply: { code(status: number): unknown }, parts: readonly HealthPart[]) {
    const failing = parts.filter(({ problem }) => problem !== null);
    reply.code(failing.length === 0 ? 200 : 503);
    return {
      status: failing.length === 0 ? 'ok' : 'failing',
      failing: failing.map(({ part }) => part),
      parts,
    };
  }
}
