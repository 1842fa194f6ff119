import { type CallError, nodeClient } from '@hufu/api';
import type { Result } from '@hufu/crypto';

/** The node that served this page. */
export const node = nodeClient(window.location.origin);

/** A look-up that gave no answer; an Error because that is how TanStack Query carries it. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  readonly reason: CallError;
  constructor(reason: CallError) {
    super(reason.kind);
    this.reason = reason;
  }
}

/** The answer of a call. Throws LookupError. */
export async function answerOf<T>(call: Promise<Result<T, CallError>>): Promise<T> {
  const result = await call;
  if (!result.ok) throw new LookupError(result.error);
  return result.value;
}

/** Whether the node said that there is no such thing, which is an answer and not a failure to look it up. */
export function isNotFound(reason: CallError): boolean {
  return reason.kind === 'problem' && reason.status === 404;
}

/** Whether the same question may be answered when asked again. */
export function isTransient(reason: CallError): boolean {
  switch (reason.kind) {
    case 'network':
    case 'timeout':
      return true;
    case 'problem':
      return reason.problem.retryable;
    case 'invalid-answer':
      return false;
  }
}

/** Whether the node only lacks that part of the past so far: it will have it without anything being done. */
export function isBeingFetched(error: Error | null): boolean {
  return (
    error instanceof LookupError &&
    error.reason.kind === 'problem' &&
    error.reason.problem.code === 'history-incomplete'
  );
}
