import type { Result } from '@hufu/crypto';
import type { AnswerOf, Route, RouteTable } from '../route.ts';
import { type CallError, type CallOptions, type ClientOptions, call, type InputOf } from './call.ts';

/** Routes with one request-and-answer; streams have readers of their own. */
type Callable<T extends RouteTable> = {
  readonly [K in keyof T as T[K] extends { answers: Readonly<Record<number, { kind: 'json' | 'bytes' }>> }
    ? K
    : never]: T[K];
};

/** One method per route: input in one object, the success body or a coded error out. */
export type ClientOf<T extends RouteTable> = {
  readonly [K in keyof Callable<T>]: (
    ...args: Args<InputOf<Callable<T>[K]>>
  ) => Promise<Result<AnswerOf<Callable<T>[K]>, CallError>>;
};

/** The input may be left out where nothing in it is required. */
type Args<Input> = object extends Input
  ? [input?: Input, options?: CallOptions]
  : [input: Input, options?: CallOptions];

/** Builds the typed client of a table. `baseUrl` is e.g. `http://127.0.0.1:8080`. */
export function clientOf<T extends RouteTable>(
  baseUrl: string,
  routes: T,
  client: ClientOptions = {},
): ClientOf<T> {
  const methods: Record<string, unknown> = {};
  for (const [name, route] of Object.entries(routes)) {
    if (!isCallable(route)) continue;
    methods[name] = async (
      input: Readonly<Record<string, unknown>> = {},
      options?: CallOptions,
    ): Promise<Result<unknown, CallError>> => {
      const reply = await call(baseUrl, route, input, client, options);
      return reply.ok ? { ok: true, value: reply.value.body } : reply;
    };
  }
  // The loop makes exactly the members the mapped type lists; TypeScript cannot follow it.
  return methods as ClientOf<T>;
}

function isCallable(route: Route): boolean {
  return Object.values(route.answers).every(({ kind }) => kind === 'json' || kind === 'bytes');
}
