import type { ErrorCode, Scope } from '@hufu/api';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { ApiKey, ApiKeyVerifier } from '../identity/api-keys.ts';
import { CodedError } from './problems.ts';

const callers = new WeakMap<FastifyRequest, ApiKey>();

/** The authenticated caller of a request. Throws on a route without `requireScope`. */
export function callerOf(request: FastifyRequest): ApiKey {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('the route does not authenticate');
  return caller;
}

/**
 * Lets a request pass that has a key with the scope, before its body is read: what is not authenticated costs
 * no parsing. `refusal` may then refuse it for the state the gateway is in.
 */
export function requireScope(
  verifier: ApiKeyVerifier,
  scope: Scope,
  refusal: () => ErrorCode | undefined,
): onRequestHookHandler {
  const decide = (request: FastifyRequest, caller: ApiKey | undefined): CodedError | undefined => {
    if (caller === undefined) return new CodedError('unauthenticated');
    if (!caller.scopes.includes(scope)) return new CodedError('forbidden');
    callers.set(request, caller);
    const refused = refusal();
    return refused === undefined ? undefined : new CodedError(refused);
  };
  // The callback form, because the key is nearly always cached and a promise per request would cost more.
  return (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
    const caller = verifier.verify(request.headers.authorization, Date.now());
    if (caller instanceof Promise) caller.then((key) => done(decide(request, key)), done);
    else done(decide(request, caller));
  };
}
