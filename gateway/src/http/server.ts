import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { gatewayDocument, gatewayRoutes, type Route, validatorCompiler } from '@hufu/api';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../ops/metrics.ts';
import { clientErrors } from './client-errors.ts';
import { registerFileRoutes } from './file-routes.ts';
import { registerIntakeRoutes } from './intake-routes.ts';
import { errorHandler, sendProblem } from './problems.ts';
import { registerReadRoutes } from './read-routes.ts';
import type { Services } from './services.ts';

/** A connection that sends or takes nothing for this long is closed; longer than the longest wait. */
const IDLE_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 75_000;

/**
 * Connections at once; a further one is closed unanswered. Room for all that may wait for finality, each on its own.
 * Threat: clients that take every file descriptor, which the database and the node need, too.
 */
export const MAX_CONNECTIONS = 4_096;

/** The gateway's HTTP API, not yet listening. */
export async function createServer(
  services: Services,
  logger: Logger,
  metrics: Metrics,
): Promise<FastifyInstance> {
  const onError = errorHandler(logger);
  const nextId = requestIds();
  const refusedByNode = clientErrors(nextId);
  const app = fastify({
    // A logger per request costs more than parsing the request; what fails is logged by the error handler.
    logger: false,
    genReqId: nextId,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A stream of lines may last; what stalls is caught by the idle timeout.
    requestTimeout: 0,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 64 },
    clientErrorHandler: refusedByNode.handle,
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(onError);
  app.setNotFoundHandler(handleNotFound);
  app.addHook('onRequest', refusedByNode.onRequest);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    countRequest(request.routeOptions.url ?? 'none', reply.statusCode);
    done();
  });
  const countRequest = requestCounter(metrics);
  registerIntakeRoutes(app, services, logger);
  registerReadRoutes(app, services);
  await registerFileRoutes(app, services);
  // Else GET /v1/evidence/batch would be a look-up of the evidence 'batch'.
  for (const { path } of PATHS.filter(isPostOnly)) app.get(path, handleNotFound);
  await registerDocument(app);
  return app;
}

/** Counts an answer. The labelled counters are kept: finding one by its labels costs more than counting. */
function requestCounter(metrics: Metrics): (route: string, status: number) => void {
  const counters = new Map<string, { inc(): void }>();
  return (route, status) => {
    const key = `${status} ${route}`;
    let counter = counters.get(key);
    if (counter === undefined) {
      counter = metrics.requests.labels({ route, status: String(status) });
      counters.set(key, counter);
    }
    counter.inc();
  };
}

/** Ids that tell requests of one process apart, and processes by their start. */
function requestIds(): () => string {
  const prefix = Date.now().toString(36);
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}

/** The committed document at /openapi.json, and a page to read and try it at /docs, served from here. */
async function registerDocument(app: FastifyInstance): Promise<void> {
  const document = gatewayDocument();
  // The plugin's types describe the document member by member; ours is made from the tables and compared with
  // the committed one by a test.
  const specification = { document } as unknown as StaticDocumentSpec;
  await app.register(swagger, { mode: 'static', specification });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', async () => document);
}

const PATHS = Object.values(gatewayRoutes).map(({ method, path }: Route) => ({
  method,
  path,
  pattern: new RegExp(`^${path.replace(/:[A-Za-z]+/g, '[^/]+')}$`),
}));

function isPostOnly({ path }: { readonly path: string }): boolean {
  return PATHS.every((known) => known.path !== path || known.method === 'POST');
}

function handleNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ''] = request.url.split('?');
  // A path of the table is itself, although the pattern of another may match it, too.
  const own = PATHS.filter((known) => known.path === path);
  const matching = own.length > 0 ? own : PATHS.filter(({ pattern }) => pattern.test(path));
  const methods = matching.map(({ method }) => method);
  if (methods.length === 0) return sendProblem(reply, 'not-found');
  reply.header('allow', [...new Set(methods)].sort().join(', '));
  return sendProblem(reply, 'method-not-allowed');
}
