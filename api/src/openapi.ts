import type { TSchema } from 'typebox';
import { ERRORS, type ErrorCode } from './errors.ts';
import { PROBLEM_CONTENT_TYPE, ProblemSchema } from './problem.ts';
import {
  type Answer,
  type Body,
  COMMON_ERRORS,
  contentTypeOf,
  EVENTS_CONTENT_TYPE,
  NDJSON_CONTENT_TYPE,
  type Route,
  type RouteTable,
} from './route.ts';

export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/**
 * The OpenAPI 3.1 document of a route table, deterministic, so that the committed copy can be compared with
 * it. Schemas are the table's own: JSON Schema 2020-12 as OpenAPI 3.1 takes it.
 */
export function openApiDocument(routes: RouteTable, info: DocumentInfo): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  const scoped = Object.values(routes).some(({ scope }) => scope !== undefined);
  for (const [operationId, route] of Object.entries(routes)) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(operationId, route) };
  }
  const bearer = {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: Authorization: Bearer hufu_…',
  };
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Problem: plain(ProblemSchema) },
      ...(scoped ? { securitySchemes: { apiKey: bearer } } : {}),
    },
  };
}

function operation(operationId: string, route: Route): JsonObject {
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...parametersOf(route.headers, 'header'),
  ];
  return {
    operationId,
    summary: route.title.en,
    description: route.title.zh,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.bodies === undefined
      ? {}
      : { requestBody: { required: true, content: requestContent(route) } }),
    responses: { ...answersOf(route), ...problemsOf(route) },
    ...(route.scope === undefined ? {} : { security: [{ apiKey: [route.scope] }] }),
  };
}

function parametersOf(schema: Route['params'], where: string): Json[] {
  if (schema === undefined) return [];
  const required = new Set<string>(schema.required);
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.has(name),
    schema: plain(property),
  }));
}

function requestContent(route: Route): JsonObject {
  const content: Record<string, Json> = {};
  for (const body of route.bodies ?? []) content[contentTypeOf(body)] = requestMedia(body);
  return content;
}

function requestMedia(body: Body): Json {
  switch (body.kind) {
    case 'json':
      return { schema: plain(body.schema) };
    case 'ndjson':
      return { schema: { description: body.description, ...plain(body.line) } };
    case 'bytes':
      return { schema: { type: 'string', format: 'binary' } };
    case 'files':
      return {
        schema: {
          type: 'object',
          additionalProperties: { type: 'string', format: 'binary' },
          maxProperties: body.maxFiles,
        },
      };
  }
}

/** Success answers; several contents under one status where the request's type decides. */
function answersOf(route: Route): Record<string, Json> {
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(route.answers)) {
    responses[status] = { description: route.title.en, content: answerContent(answer) };
  }
  return responses;
}

function answerContent(answer: Answer): Json {
  switch (answer.kind) {
    case 'json':
      return {
        'application/json': { schema: plain(answer.schema) },
        ...(answer.ndjsonLine === undefined
          ? {}
          : { [NDJSON_CONTENT_TYPE]: { schema: plain(answer.ndjsonLine) } }),
      };
    case 'bytes':
      return { [answer.contentType]: { schema: { type: 'string', format: 'binary' } } };
    case 'events': {
      const oneOf = Object.entries(answer.events).map(([event, data]) => ({
        title: event,
        ...plain(data),
      }));
      return { [EVENTS_CONTENT_TYPE]: { schema: { oneOf } } };
    }
  }
}

/** One response per status, naming the codes that share it. */
function problemsOf(route: Route): Record<string, Json> {
  const byStatus = new Map<number, ErrorCode[]>();
  const own: readonly ErrorCode[] = route.scope === undefined ? [] : ['unauthenticated', 'forbidden'];
  for (const code of [...COMMON_ERRORS, ...own, ...route.errors]) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, Json> = {};
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    responses[String(status)] = {
      description: codes.map((code) => `${code}: ${ERRORS[code].title.en}`).join('; '),
      content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return responses;
}

/** A schema without the builder's hidden members. */
function plain(schema: TSchema): JsonObject {
  return JSON.parse(JSON.stringify(schema));
}
