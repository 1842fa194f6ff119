import {
  type BodyOf,
  contentTypeOf,
  type ErrorCode,
  maxBodyBytes,
  type RequestOf,
  type Route,
  SCOPES,
  serverSchema,
} from '@hufu/api';
import type { onRequestHookHandler } from 'fastify';
import { requireScope } from './authentication.ts';
import { CodedError } from './problems.ts';
import type { Services } from './services.ts';

/** A route's types for Fastify, from its table: what the validated request holds. */
export interface Typed<R extends Route> {
  Params: RequestOf<R>['params'];
  Querystring: RequestOf<R>['query'];
  Body: BodyOf<R>;
  Headers: { 'idempotency-key'?: string; prefer?: string };
}

export interface RouteOptions {
  readonly method: Route['method'];
  readonly url: string;
  readonly schema: ReturnType<typeof serverSchema>;
  readonly bodyLimit: number;
  readonly onRequest: onRequestHookHandler[];
}

/** Everything of a Fastify route but its handler. */
export function routeOptions(route: Route, services: Services): RouteOptions {
  const scope = SCOPES.find((known) => known === route.scope);
  if (scope === undefined) throw new Error(`${route.path} has no scope`);
  const { journal, verifier } = services;
  // A full or stopping gateway refuses posts before it reads them.
  const refusal = (): ErrorCode | undefined => (scope === 'evidence:write' ? journal.refusal : undefined);
  return {
    method: route.method,
    url: route.path,
    schema: serverSchema(route),
    // Fastify wants a positive limit; routes without a body get the smallest.
    bodyLimit: Math.max(maxBodyBytes(route), 1),
    onRequest: [requireScope(verifier, scope, refusal), requireContentType(route)],
  };
}

/**
 * Refuses a body of a type that the route does not take, or that is encoded. Threat: Fastify's parsers are shared by all routes,
 * and a body of a type without a schema would reach the handler unchecked.
 */
function requireContentType(route: Route): onRequestHookHandler {
  const taken = new Set((route.bodies ?? []).map(contentTypeOf));
  return (request, _reply, done) => {
    const [type = ''] = (request.headers['content-type'] ?? '').split(';');
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (taken.size === 0) done();
    else if (!taken.has(type.trim().toLowerCase())) done(new CodedError('unsupported-media-type'));
    // Threat: what is called compressed and is not decompressed would be recorded as something else.
    else if (encoding.trim().toLowerCase() !== 'identity') {
      done(new CodedError('unsupported-media-type', { detail: 'no Content-Encoding is taken' }));
    } else done();
  };
}
