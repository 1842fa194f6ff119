import type { Static, TObject, TSchema } from 'typebox';
import type { ErrorCode, Words } from './errors.ts';
import { PROBLEM_CONTENT_TYPE, ProblemSchema } from './problem.ts';

/**
 * A route as data. One table per service is shared by its server (validation and serialisation), its typed
 * client and its OpenAPI document, so the three cannot disagree.
 */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Path with `:name` parameters, e.g. `/v1/blocks/:height`. */
  readonly path: string;
  readonly title: Words;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly headers?: TObject;
  /** The content types the route takes. Absent: no body. */
  readonly bodies?: readonly Body[];
  /** Success answers by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** The route's own errors, beside those every route can give. */
  readonly errors: readonly ErrorCode[];
  /** The API key scope it needs; absent: public. */
  readonly scope?: string;
}

export type Body =
  | { readonly kind: 'json'; readonly schema: TSchema; readonly maxBytes: number }
  /** One JSON document of `line` per line; the stream as a whole is unbounded. */
  | {
      readonly kind: 'ndjson';
      readonly line: TSchema;
      readonly maxLineBytes: number;
      readonly description: string;
    }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly maxBytes: number }
  /** Files in any fields; nothing else. */
  | { readonly kind: 'files'; readonly maxFiles: number };

export type Answer =
  /** A request that came as NDJSON is answered as NDJSON, one `ndjsonLine` per line. */
  | { readonly kind: 'json'; readonly schema: TSchema; readonly ndjsonLine?: TSchema }
  | { readonly kind: 'bytes'; readonly contentType: string }
  /** Server-sent events; one schema per event name, `data` is JSON. */
  | { readonly kind: 'events'; readonly events: Readonly<Record<string, TSchema>> };

export type RouteTable = Readonly<Record<string, Route>>;

/** Errors that every route can answer with. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  'malformed-request',
  'invalid-request',
  'too-large',
  'overloaded',
  'internal',
];

export const NDJSON_CONTENT_TYPE = 'application/x-ndjson';
export const EVENTS_CONTENT_TYPE = 'text/event-stream';
export const MULTIPART_CONTENT_TYPE = 'multipart/form-data';

/** The media type of a body or answer. */
export function contentTypeOf(part: Body | Answer): string {
  switch (part.kind) {
    case 'json':
      return 'application/json';
    case 'ndjson':
      return NDJSON_CONTENT_TYPE;
    case 'bytes':
      return part.contentType;
    case 'files':
      return MULTIPART_CONTENT_TYPE;
    case 'events':
      return EVENTS_CONTENT_TYPE;
  }
}

type StaticOr<T, Otherwise> = T extends TSchema ? Static<T> : Otherwise;

/** What a handler receives: decoded path parameters, query and JSON body. */
export interface RequestOf<R extends Route> {
  readonly params: StaticOr<R['params'], undefined>;
  readonly query: StaticOr<R['query'], undefined>;
  readonly body: BodyOf<R>;
}

/** The JSON body's type; bytes for octet routes; undefined where the body is a stream or absent. */
export type BodyOf<R extends Route> = R extends { readonly bodies: readonly (infer B)[] }
  ? B extends { readonly kind: 'json'; readonly schema: infer S extends TSchema }
    ? Static<S>
    : B extends { readonly kind: 'bytes' }
      ? Uint8Array
      : undefined
  : undefined;

/** The success body: JSON types as their static type, bytes as Uint8Array, streams as undefined. */
export type AnswerOf<R extends Route> = AnswerBody<R['answers'][keyof R['answers']]>;

type AnswerBody<A> = A extends { readonly kind: 'json'; readonly schema: infer S extends TSchema }
  ? Static<S>
  : A extends { readonly kind: 'bytes' }
    ? Uint8Array
    : undefined;

/** A route's schemas in the shape `fastify.route({schema})` takes; plain data. */
export interface ServerSchema {
  params?: TObject;
  querystring?: TObject;
  headers?: TObject;
  body?: { content: Record<string, { schema: TSchema }> };
  response: Record<string, { content: Record<string, { schema: TSchema }> }>;
}

/**
 * Schemas for a Fastify route. JSON bodies and answers only: streams and bytes are the handler's. Use with
 * `validatorCompiler` of this package.
 */
export function serverSchema(route: Route): ServerSchema {
  const schema: ServerSchema = { response: {} };
  if (route.params !== undefined) schema.params = route.params;
  if (route.query !== undefined) schema.querystring = route.query;
  if (route.headers !== undefined) schema.headers = route.headers;
  for (const body of route.bodies ?? []) {
    if (body.kind === 'json') schema.body = { content: { 'application/json': { schema: body.schema } } };
  }
  for (const [status, answer] of Object.entries(route.answers)) {
    if (answer.kind === 'json') {
      schema.response[status] = { content: { 'application/json': { schema: answer.schema } } };
    }
  }
  const problem = { content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemSchema } } };
  schema.response['4xx'] = problem;
  schema.response['5xx'] = problem;
  return schema;
}

/** The largest body a route takes, for the server's limit before parsing. 0: the route takes none. */
export function maxBodyBytes(route: Route): number {
  let max = 0;
  for (const body of route.bodies ?? []) {
    if (body.kind === 'json' || body.kind === 'bytes') max = Math.max(max, body.maxBytes);
  }
  return max;
}
