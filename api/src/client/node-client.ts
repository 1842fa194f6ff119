import type { Result } from '@hufu/crypto';
import { nodeRoutes } from '../node/routes.ts';
import { type BlockEvent, BlockEventSchema } from '../node/schemas.ts';
import { EVENTS_CONTENT_TYPE } from '../route.ts';
import { checker } from '../validation.ts';
import { type CallError, type ClientOptions, refusalOf } from './call.ts';
import { type ClientOf, clientOf } from './client-of.ts';
import { EventStreamError, EventStreamParser } from './event-stream.ts';

export interface EventsInput {
  /** The height already seen: the stream goes on after it. Absent: only what is new from now on. */
  readonly afterHeight?: number;
  readonly signal?: AbortSignal;
  /** No byte (heartbeat comments included) for this long ends the stream. Default 30,000. */
  readonly idleTimeoutMs?: number;
}

export interface NodeClient extends ClientOf<typeof nodeRoutes> {
  readonly baseUrl: string;
  /**
   * Follows the node's blocks. Ends by returning why: `closed` by the server or the signal, or a CallError.
   * The caller reconnects with the last height it has processed.
   */
  events(input?: EventsInput): AsyncGenerator<BlockEvent, CallError | { readonly kind: 'closed' }>;
}

/** A typed client of one node's API. */
export function nodeClient(baseUrl: string, options: ClientOptions = {}): NodeClient {
  return {
    ...clientOf(baseUrl, nodeRoutes, options),
    baseUrl,
    events: (input) => followBlocks(baseUrl, options, input ?? {}),
  };
}

const DEFAULT_IDLE_TIMEOUT_MS = 30_000;
const checkBlockEvent = checker(BlockEventSchema);

async function* followBlocks(
  baseUrl: string,
  options: ClientOptions,
  input: EventsInput,
): AsyncGenerator<BlockEvent, CallError | { readonly kind: 'closed' }> {
  const idleTimeoutMs = input.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
  const end = new AbortController();
  const signal = AbortSignal.any(
    [end.signal, input.signal, options.signal].filter((one) => one !== undefined),
  );
  try {
    const opened = await inTime(openStream(baseUrl, options, input, signal), idleTimeoutMs);
    if (!opened.ok) return opened.error;
    const parser = new EventStreamParser();
    const reader = opened.value.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await inTime(reader.read(), idleTimeoutMs);
      if (done) return { kind: 'closed' };
      for (const event of parser.push(value)) {
        if (event.event !== 'block') continue;
        const block = checkBlockEvent(parseJson(event.data));
        if (!block.ok) return { kind: 'invalid-answer', status: 200, detail: 'a block event is malformed' };
        yield block.value;
      }
    }
  } catch (error) {
    if (error === IDLE) return { kind: 'timeout', timeoutMs: idleTimeoutMs };
    if (signal.aborted) return { kind: 'closed' };
    if (error instanceof EventStreamError) {
      return { kind: 'invalid-answer', status: 200, detail: error.message };
    }
    return { kind: 'network', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    end.abort();
  }
}

const IDLE = new EventStreamError('nothing was received for too long');

/** Rejects with IDLE when `promise` takes longer than `timeoutMs`. */
function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(IDLE);
    timeout.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => timeout.removeEventListener('abort', onAbort));
  });
}

async function openStream(
  baseUrl: string,
  options: ClientOptions,
  input: EventsInput,
  signal: AbortSignal,
): Promise<Result<ReadableStream<Uint8Array<ArrayBuffer>>, CallError>> {
  const response = await (options.fetch ?? fetch)(`${baseUrl.replace(/\/+$/, '')}${nodeRoutes.events.path}`, {
    headers: {
      accept: EVENTS_CONTENT_TYPE,
      ...options.headers,
      ...(input.afterHeight === undefined ? {} : { 'last-event-id': String(input.afterHeight) }),
    },
    signal,
    redirect: 'error',
  });
  if (response.status === 200 && response.body !== null) return { ok: true, value: response.body };
  return refusalOf(response, options.maxAnswerBytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
