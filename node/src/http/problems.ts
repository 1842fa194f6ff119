import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  ERRORS,
  type ErrorCode,
  PROBLEM_CONTENT_TYPE,
  type ProblemExtras,
  problem,
  RequestError,
} from '@hufu/api';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../store/store-error.ts';

/** Thrown by a handler to answer with a coded problem. */
export class ApiProblem extends Error {
  readonly code: ErrorCode;
  readonly extras: ProblemExtras;
  constructor(code: ErrorCode, extras: ProblemExtras = {}) {
    super(code);
    this.name = 'ApiProblem';
    this.code = code;
    this.extras = extras;
  }
}

/** How long a client should wait after a 503. */
const RETRY_AFTER_SECONDS = 1;

/** Fastify's own refusals that have a code of ours; everything else unexpected is `internal`. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-request',
  FST_ERR_MAX_PARAM_LENGTH: 'malformed-request',
};

/**
 * Answers every error of a server as problem+json: a code, its words and the request id, never a stack. Whoever
 * calls it also sets the not-found handler.
 */
export function useProblems(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ApiProblem) return sendProblem(request, reply, error.code, error.extras);
    if (error instanceof RequestError) {
      return sendProblem(request, reply, 'invalid-request', { errors: error.errors });
    }
    if (isHistoryIncomplete(error)) return sendProblem(request, reply, 'history-incomplete');
    if (isDataDamage(error)) {
      request.log.error({ err: error }, 'damaged data');
      return sendProblem(request, reply, 'data-damaged');
    }
    const code = FASTIFY_CODES[error.code] ?? (isClientFault(error) ? 'malformed-request' : 'internal');
    if (code === 'internal') request.log.error({ err: error }, 'request failed');
    return sendProblem(request, reply, code);
  });
}

/** The not-found handler of a server that has nothing else to offer. */
export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(request, reply, 'not-found');
}

/** Fastify's `frameworkErrors`: an address that cannot be decoded never reaches a route or the error handler. */
export function malformedAddress(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(request, reply, 'malformed-request');
}

/** Codes of Node's HTTP parser; whatever else it refuses is malformed. */
const CLIENT_ERROR_CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Fastify's `clientErrorHandler`: what cannot be parsed as HTTP at all is answered on the bare socket. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = CLIENT_ERROR_CODES[error.code ?? ''] ?? 'malformed-request';
  const { status, title } = ERRORS[code];
  const requestId = randomUUID();
  const body = JSON.stringify(problem(code, { requestId }));
  const head = [
    `HTTP/1.1 ${status} ${title.en}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'x-content-type-options: nosniff',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ErrorCode,
  extras: ProblemExtras = {},
): FastifyReply {
  if (ERRORS[code].status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return reply
    .code(ERRORS[code].status)
    .type(PROBLEM_CONTENT_TYPE)
    .send(problem(code, { ...extras, requestId: request.id }));
}

/** Whether a read failed for what a snapshot left out and is not fetched yet. */
export function isHistoryIncomplete(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'history-incomplete';
}

function isDataDamage(error: Error): boolean {
  return error instanceof StoreError && (error.code === 'tiles-damaged' || error.code === 'batches-damaged');
}

function isClientFault(error: FastifyError): boolean {
  return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
}
