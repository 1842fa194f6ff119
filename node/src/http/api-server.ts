import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import {
  type AnswerOf,
  contentTypeOf,
  MAX_SUBMISSION_BYTES,
  maxBodyBytes,
  nodeRoutes,
  OCTETS_CONTENT_TYPE,
  type RequestOf,
  type Route,
  serverSchema,
  validatorCompiler,
} from '@hufu/api';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { EventStreams } from './events.ts';
import { nodeHandlers } from './handlers.ts';
import { answerClientError, malformedAddress, notFound, sendProblem, useProblems } from './problems.ts';
import type { NodeService } from './service.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTION_TIMEOUT_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;
/**
 * Connections at once, event streams among them; a further one is closed unanswered. Threat: clients that take every file
 * descriptor, which the store and the peers need too. All with a body under way hold 1 GiB.
 */
export const MAX_HTTP_CONNECTIONS = 1_024;

/** Nothing of an API answer is ever run or framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** What the explorer's page may load: its own files only. WASM is the Merkle hashing; Ant Design writes styles. */
const EXPLORER_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface ApiServerOptions {
  readonly logger: FastifyBaseLogger;
  /** Directory of the built explorer; served when it is there. */
  readonly explorerPath: string;
}

/** The public listener: read API, submissions, block events and the explorer. Not yet listening. */
export async function createApiServer(
  node: NodeService,
  { logger, explorerPath }: ApiServerOptions,
): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: logger,
    // Two lines a request would be most of the log; refusals that matter are logged where they are made.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_SUBMISSION_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: CONNECTION_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    // Open connections, event streams first of all, must not keep a stopping node alive.
    forceCloseConnections: true,
    frameworkErrors: malformedAddress,
    clientErrorHandler: answerClientError,
  });
  server.server.maxConnections = MAX_HTTP_CONNECTIONS;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(OCTETS_CONTENT_TYPE, { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  server.setValidatorCompiler(validatorCompiler);
  useProblems(server);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('content-security-policy', API_POLICY);
  });
  const handlers = nodeHandlers(node);
  addRoute(server, nodeRoutes.status, handlers.status);
  addRoute(server, nodeRoutes.genesis, handlers.genesis);
  addRoute(server, nodeRoutes.validators, handlers.validators);
  addRoute(server, nodeRoutes.registry, handlers.registry);
  addRoute(server, nodeRoutes.epochs, handlers.epochs);
  addRoute(server, nodeRoutes.epoch, handlers.epoch);
  addRoute(server, nodeRoutes.blocks, handlers.blocks);
  addRoute(server, nodeRoutes.block, handlers.block);
  addRoute(server, nodeRoutes.blockEntries, handlers.blockEntries);
  addRoute(server, nodeRoutes.entry, handlers.entry);
  addRoute(server, nodeRoutes.gatewayEntry, handlers.gatewayEntry);
  addRoute(server, nodeRoutes.gateways, handlers.gateways);
  addRoute(server, nodeRoutes.search, handlers.search);
  addRoute(server, nodeRoutes.inclusionProof, handlers.inclusionProof);
  addRoute(server, nodeRoutes.consistencyProof, handlers.consistencyProof);
  addRoute(server, nodeRoutes.rangeProof, handlers.rangeProof);
  addRoute(server, nodeRoutes.bundle, handlers.bundle);
  addRoute(server, nodeRoutes.checkpoint, handlers.checkpoint);
  addRoute(server, nodeRoutes.submit, handlers.submit);
  addRoute(server, nodeRoutes.govern, handlers.govern);
  addEventRoute(server, node);
  await addExplorer(server, explorerPath);
  return server;
}

function addRoute<R extends Route>(
  server: FastifyInstance,
  route: R,
  handler: (request: RequestOf<R>) => Promise<AnswerOf<R>>,
): void {
  const [success] = Object.entries(route.answers);
  if (success === undefined) throw new Error(`${route.path} has no success answer`);
  const [status, answer] = success;
  server.route({
    method: route.method,
    url: route.path,
    schema: serverSchema(route),
    ...(route.bodies !== undefined && { bodyLimit: maxBodyBytes(route) }),
    handler: async (request, reply) => {
      const { params, query, body } = request;
      // The validator compiled from this very route has checked all three.
      const result = await handler({ params, query, body } as RequestOf<R>);
      reply.code(Number(status)).type(contentTypeOf(answer));
      return result instanceof Uint8Array
        ? Buffer.from(result.buffer, result.byteOffset, result.length)
        : result;
    },
  });
}

function addEventRoute(server: FastifyInstance, node: NodeService): void {
  const streams = new EventStreams(node);
  // No HEAD: the answer to one ends at the headers, and a stream would be read for nobody.
  server.get(nodeRoutes.events.path, { exposeHeadRoute: false }, async (request, reply) => {
    if (streams.isFull) return sendProblem(request, reply, 'overloaded');
    await streams.serve(request, reply);
    return reply;
  });
  server.addHook('preClose', async () => streams.close());
}

const PATHS = Object.values(nodeRoutes).map(({ method, path }: Route) => ({
  // Fastify answers HEAD wherever it answers GET, but for the event stream.
  methods: method === 'GET' && path !== nodeRoutes.events.path ? ['GET', 'HEAD'] : [method],
  pattern: new RegExp(`^${path.replace(/:[A-Za-z]+/g, '[^/]+')}$`),
}));

/** 405 with Allow for another method on a path of the API, otherwise 404. */
function noRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ''] = request.url.split('?');
  const allowed = PATHS.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
  if (allowed.length === 0) return notFound(request, reply);
  reply.header('allow', [...new Set(allowed)].sort().join(', '));
  return sendProblem(request, reply, 'method-not-allowed');
}

/** The explorer's files at `/`; a page address of its own router gets the page. Nothing when it is not built. */
async function addExplorer(server: FastifyInstance, explorerPath: string): Promise<void> {
  if (!existsSync(join(explorerPath, 'index.html'))) {
    server.setNotFoundHandler(noRoute);
    return;
  }
  await server.register(fastifyStatic, {
    root: explorerPath,
    // The explorer's build writes .br and .gz beside each file.
    preCompressed: true,
    setHeaders: (reply, path) => {
      reply.header('content-security-policy', EXPLORER_POLICY);
      // Vite names what is in assets/ by its content.
      const isNamedByContent = path.startsWith(join(explorerPath, 'assets'));
      reply.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
    cacheControl: false,
  });
  server.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage || request.url.startsWith('/v1/')) return noRoute(request, reply);
    return reply.sendFile('index.html');
  });
}
