import {
  ERRORS,
  type ErrorCode,
  PROBLEM_CONTENT_TYPE,
  type ProblemExtras,
  problem,
  RequestError,
} from '@hufu/api';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { drainRest } from './rest-of-body.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Seconds after which a request that found the gateway full may succeed. */
const RETRY_AFTER_SECONDS = 1;

/** Answers with a coded problem. */
export function sendProblem(
  reply: FastifyReply,
  code: ErrorCode,
  extras: Omit<ProblemExtras, 'requestId'> = {},
): FastifyReply {
  const { status, retryable } = ERRORS[code];
  if (retryable) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const body = problem(code, { ...extras, requestId: reply.request.id });
  drainRest(reply);
  return reply.code(status).headers(SECURITY_HEADERS).header('content-type', PROBLEM_CONTENT_TYPE).send(body);
}

/** An error that a handler throws to be answered as this code. */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly errorCode: ErrorCode;
  readonly extras: Omit<ProblemExtras, 'requestId'>;

  constructor(errorCode: ErrorCode, extras: Omit<ProblemExtras, 'requestId'> = {}) {
    super(errorCode);
    this.errorCode = errorCode;
    this.extras = extras;
  }
}

/** Codes of Fastify and its plugins that are the client's fault. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-request',
  FST_ERR_BAD_URL: 'malformed-request',
  FST_ERR_ASYNC_CONSTRAINT: 'malformed-request',
  FST_ERR_MAX_PARAM_LENGTH: 'malformed-request',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported-media-type',
  FST_PARTS_LIMIT: 'too-large',
  FST_FILES_LIMIT: 'too-large',
  FST_REQ_FILE_TOO_LARGE: 'too-large',
  // The connection ended inside the body: nobody reads the answer, and nothing is wrong here.
  ECONNRESET: 'malformed-request',
  ERR_STREAM_PREMATURE_CLOSE: 'malformed-request',
};

/** Fastify's error handler: every failure has a code, and none shows what happened inside. */
export function errorHandler(
  logger: Logger,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (error, request, reply) => {
    if (error instanceof RequestError) return sendProblem(reply, 'invalid-request', { errors: error.errors });
    if (error instanceof CodedError) return sendProblem(reply, error.errorCode, error.extras);
    const known = FRAMEWORK_CODES[error.code];
    if (known !== undefined) {
      // Fastify would close at once; the rest of the body is drained instead, and bounded there.
      if (known === 'too-large') reply.removeHeader('connection');
      return sendProblem(reply, known);
    }
    // secure-json-parse throws a plain SyntaxError with status 400.
    if (error instanceof SyntaxError && error.statusCode === 400)
      return sendProblem(reply, 'malformed-request');
    logger.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'a request failed');
    return sendProblem(reply, 'internal');
  };
}
