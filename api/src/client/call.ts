import type { Result } from '@hufu/crypto';
import type { Static, TSchema } from 'typebox';
import { type Problem, ProblemSchema } from '../problem.ts';
import { type Answer, type BodyOf, contentTypeOf, type Route } from '../route.ts';
import { type Checked, checker } from '../validation.ts';

/** Why a call gave no answer. Only 'problem' is the server's own word. */
export type CallError =
  | {
      readonly kind: 'problem';
      readonly status: number;
      readonly problem: Problem;
      /** From Retry-After, when the server sent one in seconds. */
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'network'; readonly detail: string }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  /** The answer is not what the contract says: another version, a proxy in between, or a hostile server. */
  | { readonly kind: 'invalid-answer'; readonly status: number; readonly detail: string };

export interface CallOptions {
  /** For the whole call, answer included. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ClientOptions extends CallOptions {
  /** Answers beyond this are cut off as invalid. Default 32 MiB. */
  readonly maxAnswerBytes?: number;
  readonly fetch?: typeof fetch;
}

export const DEFAULT_TIMEOUT_MS = 10_000;
export const DEFAULT_MAX_ANSWER_BYTES = 32 * 1024 * 1024;

type PartOf<R extends Route, K extends 'params' | 'query'> = R[K] extends TSchema ? Static<R[K]> : unknown;

/** Path parameters, query and body of a call in one object. */
export type InputOf<R extends Route> = PartOf<R, 'params'> &
  PartOf<R, 'query'> &
  (BodyOf<R> extends undefined ? unknown : { readonly body: Exclude<BodyOf<R>, undefined> });

/** A success: its status, and the body as the route's answer for that status says. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** JSON (checked against the schema) or bytes. */
  readonly body: unknown;
}

/**
 * Performs one call of a route. Never throws for anything the network or server does; the answer is checked
 * against the route's schema before it is returned.
 */
export async function call(
  baseUrl: string,
  route: Route,
  input: Readonly<Record<string, unknown>>,
  client: ClientOptions,
  options: CallOptions = {},
): Promise<Result<Reply, CallError>> {
  const timeoutMs = options.timeoutMs ?? client.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signals = [timeout, client.signal, options.signal].filter((signal) => signal !== undefined);
  const { body, contentType } = requestBody(route, input);
  try {
    const response = await (client.fetch ?? fetch)(urlOf(baseUrl, route, input), {
      method: route.method,
      headers: {
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...client.headers,
        ...options.headers,
      },
      signal: AbortSignal.any(signals),
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
    });
    const bytes = await readBounded(response, client.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES);
    if (bytes === undefined) return invalid(response.status, TOO_LARGE);
    return interpret(route, response, bytes);
  } catch (error) {
    if (timeout.aborted) return { ok: false, error: { kind: 'timeout', timeoutMs } };
    return { ok: false, error: { kind: 'network', detail: describe(error) } };
  }
}

/** The address of a route with its parameters filled in and its query appended. */
export function urlOf(baseUrl: string, route: Route, input: Readonly<Record<string, unknown>>): string {
  const path = route.path.replace(/:([a-z][A-Za-z]*)/g, (_, name: string) =>
    encodeURIComponent(String(input[name])),
  );
  const query = new URLSearchParams();
  for (const name of Object.keys(route.query?.properties ?? {})) {
    const value = input[name];
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.toString();
  return `${baseUrl.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`;
}

function requestBody(
  route: Route,
  input: Readonly<Record<string, unknown>>,
): { body?: BodyInit; contentType?: string } {
  const kind = route.bodies?.[0];
  if (kind === undefined) return {};
  if (kind.kind === 'json') return { body: JSON.stringify(input.body), contentType: contentTypeOf(kind) };
  const { body } = input;
  if (!(body instanceof Uint8Array)) throw new TypeError(`${route.path} takes bytes`);
  // A view over any buffer is a valid body; the DOM types demand a non-shared one, which ours always is.
  return { body: body as Uint8Array<ArrayBuffer>, contentType: contentTypeOf(kind) };
}

const TOO_LARGE = 'the answer is too large';

/** The server's word in place of a stream: its problem, or that it is none. */
export async function refusalOf(
  response: Response,
  maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES,
): Promise<Result<never, CallError>> {
  const bytes = await readBounded(response, maxAnswerBytes);
  if (bytes === undefined) return invalid(response.status, TOO_LARGE);
  return interpretProblem(response.status, response.headers, bytes);
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function interpret(route: Route, response: Response, bytes: Uint8Array): Result<Reply, CallError> {
  const { status, headers } = response;
  const answer = route.answers[status];
  if (answer === undefined) return interpretProblem(status, headers, bytes);
  switch (answer.kind) {
    case 'json': {
      const checked = checkJson(answer, bytes);
      if (!checked.ok)
        return invalid(status, checked.errors.map((e) => `${e.pointer} ${e.detail}`).join('; '));
      return { ok: true, value: { status, headers, body: checked.value } };
    }
    case 'bytes':
      return { ok: true, value: { status, headers, body: bytes } };
    case 'events':
      throw new TypeError(`${route.path} answers with a stream`);
  }
}

function interpretProblem(status: number, headers: Headers, bytes: Uint8Array): Result<never, CallError> {
  const problem = checkJson({ kind: 'json', schema: ProblemSchema }, bytes);
  if (!problem.ok || status < 400) return invalid(status, 'not an answer of this route');
  const seconds = headers.get('retry-after');
  const retryAfterMs = seconds !== null && /^[0-9]{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
  return {
    ok: false,
    error: {
      kind: 'problem',
      status,
      // Checked against ProblemSchema just above; the checker's static type is that of a general schema.
      problem: problem.value as Problem,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  };
}

const checkers = new WeakMap<TSchema, (value: unknown) => Checked<unknown>>();

function checkJson(answer: Extract<Answer, { kind: 'json' }>, bytes: Uint8Array): Checked<unknown> {
  let check = checkers.get(answer.schema);
  if (check === undefined) {
    check = checker(answer.schema);
    checkers.set(answer.schema, check);
  }
  try {
    return check(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return { ok: false, errors: [{ pointer: '', detail: 'not JSON' }] };
  }
}

function invalid(status: number, detail: string): Result<never, CallError> {
  return { ok: false, error: { kind: 'invalid-answer', status, detail } };
}

/** fetch hides the reason (refused, reset, unknown host) in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
