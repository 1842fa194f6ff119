import type { Socket } from 'node:net';
import { ERRORS, type ErrorCode, gatewayRoutes, PROBLEM_CONTENT_TYPE, problem } from '@hufu/api';
import type { FastifyReply, onRequestHookHandler } from 'fastify';
import { SECURITY_HEADERS } from './security-headers.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

export interface ClientErrors {
  /** Remembers what a connection is answering. */
  readonly onRequest: onRequestHookHandler;
  /** Answers on the bare socket what is not HTTP, or ends too early to be. */
  readonly handle: (error: Error & { code?: string }, socket: Socket) => void;
}

/** Answers for what Node's parser refuses; `nextId` gives a request id where there is no request. */
export function clientErrors(nextId: () => string): ClientErrors {
  const replies = new WeakMap<Socket, FastifyReply>();
  return {
    onRequest: (request, reply, done) => {
      replies.set(request.raw.socket, reply);
      done();
    },
    handle: (error, socket) => {
      const last = replies.get(socket);
      const reply = last === undefined || last.raw.writableFinished ? undefined : last;
      // Threat: a second answer in the middle of one that is under way would be read as its content.
      if (error.code === 'ECONNRESET' || !socket.writable || reply?.raw.headersSent) {
        socket.destroy();
        return;
      }
      socket.end(answer(codeOf(error, reply), reply?.request.id ?? nextId()));
    },
  };
}

function codeOf(error: { readonly code?: string }, reply: FastifyReply | undefined): ErrorCode {
  // The client closed its side before the end of the body.
  if (
    error.code === 'HPE_INVALID_EOF_STATE' &&
    reply?.request.routeOptions.url === gatewayRoutes.postFiles.path
  ) {
    return 'truncated-multipart';
  }
  return CODES[error.code ?? ''] ?? 'malformed-request';
}

function answer(code: ErrorCode, requestId: string): string {
  const body = JSON.stringify(problem(code, { requestId }));
  const { status, title, retryable } = ERRORS[code];
  const headers = {
    ...SECURITY_HEADERS,
    ...(retryable ? { 'retry-after': '1' } : {}),
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${title.en}\r\n${lines.join('')}\r\n${body}`;
}
