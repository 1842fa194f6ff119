import { setTimeout as delay } from 'node:timers/promises';
import type { CallError, Evidence, GatewayClient } from '@hufu/api';
import { assertNever, type Result } from '@hufu/crypto';
import { CliError } from '../errors.ts';
import { ServerError } from '../failure.ts';

/** Between two times that a gateway is asked the same, unless it names another. */
export const POLL_MS = 100;

/** A finalized piece of evidence with the exact bytes of its bundle. */
export interface Proven {
  readonly evidence: Evidence;
  readonly bundle: Uint8Array;
}

/** The value of an answer. Throws ServerError when there was none. */
export function answerOf<T>(client: { readonly baseUrl: string }, result: Result<T, CallError>): T {
  if (!result.ok) throw new ServerError(client.baseUrl, result.error);
  return result.value;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Ends the wait by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until evidence is final and fetches its bundle. A gateway that is away meanwhile (a restart) is asked
 * again. Throws `not-final` after `timeoutMs`, and ServerError for what the gateway refuses or could not anchor.
 */
export async function waitUntilProven(
  client: GatewayClient,
  id: string,
  { timeoutMs, signal }: WaitOptions,
): Promise<Proven> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await client.evidence({ id });
    if (!found.ok && !isTransient(found.error)) throw new ServerError(client.baseUrl, found.error);
    if (found.ok && (found.value.state === 'finalized' || found.value.state === 'failed')) {
      // For failed evidence the answer is the problem that says so.
      return { evidence: found.value, bundle: answerOf(client, await client.proof({ id })) };
    }
    if (performance.now() > deadlineMs) throw new CliError('not-final', id);
    await delay(POLL_MS, undefined, { signal });
  }
}

/** The same request may succeed later. */
export function isTransient(error: CallError): boolean {
  switch (error.kind) {
    case 'problem':
      return error.problem.retryable;
    case 'network':
    case 'timeout':
      return true;
    case 'invalid-answer': // A proxy's own word for a gateway that is away.
      return error.status >= 500;
    default:
      return assertNever(error);
  }
}
