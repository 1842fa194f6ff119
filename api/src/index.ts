/**
 * @hufu/api: the contract between servers and their clients, as data. Browser-safe: no node:*, no clock of
 * its own beyond the clients' timeouts.
 */
export {
  type CallError,
  type CallOptions,
  type ClientOptions,
  call,
  type InputOf,
  type Reply,
} from './client/call.ts';
export { type ClientOf, clientOf } from './client/client-of.ts';
export {
  EventStreamError,
  EventStreamParser,
  MAX_EVENT_BYTES,
  type StreamEvent,
} from './client/event-stream.ts';
export {
  type GatewayClient,
  type GatewayClientOptions,
  gatewayClient,
  type PostedEvidence,
  type PostOptions,
} from './client/gateway-client.ts';
export { type EventsInput, type NodeClient, nodeClient } from './client/node-client.ts';
export { gatewayDocument, nodeDocument } from './documents.ts';
export { ERRORS, type ErrorCode, type ErrorEntry, isErrorCode, type Words } from './errors.ts';
export * from './gateway/routes.ts';
export * from './gateway/schemas.ts';
export * from './node/routes.ts';
export * from './node/schemas.ts';
export {
  type FieldError,
  MAX_FIELD_ERRORS,
  PROBLEM_CONTENT_TYPE,
  type Problem,
  type ProblemExtras,
  ProblemSchema,
  problem,
} from './problem.ts';
export {
  type Answer,
  type AnswerOf,
  type Body,
  type BodyOf,
  COMMON_ERRORS,
  contentTypeOf,
  EVENTS_CONTENT_TYPE,
  MULTIPART_CONTENT_TYPE,
  maxBodyBytes,
  NDJSON_CONTENT_TYPE,
  type RequestOf,
  type Route,
  type RouteTable,
  serverSchema,
} from './route.ts';
export * from './schemas.ts';
export {
  type Checked,
  checker,
  parseUnsigned,
  RequestError,
  type RequestPart,
  validatorCompiler,
} from './validation.ts';
