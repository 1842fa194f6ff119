import type { Result } from '@hufu/crypto';
import { gatewayRoutes } from '../gateway/routes.ts';
import type { EvidenceInput, Receipt } from '../gateway/schemas.ts';
import { BUNDLE_CONTENT_TYPE } from '../node/routes.ts';
import { type CallError, type CallOptions, type ClientOptions, call, DEFAULT_TIMEOUT_MS } from './call.ts';
import { type ClientOf, clientOf } from './client-of.ts';

export interface GatewayClientOptions extends ClientOptions {
  readonly apiKey: string;
}

/** `final`: the bundle's exact bytes, to be kept as they are. */
export type PostedEvidence =
  | { readonly state: 'received'; readonly receipt: Receipt }
  | { readonly state: 'finalized'; readonly id: string; readonly bundle: Uint8Array };

export interface PostOptions extends CallOptions {
  /** Waits this long for finality, at most 30. Default: does not wait. */
  readonly waitSeconds?: number;
  readonly idempotencyKey?: string;
}

export interface GatewayClient extends Omit<ClientOf<typeof gatewayRoutes>, 'postEvidence' | 'postFiles'> {
  readonly baseUrl: string;
  /** Records one piece of evidence. Safe to repeat after a failure when it has an idempotency key. */
  postEvidence(input: EvidenceInput, options?: PostOptions): Promise<Result<PostedEvidence, CallError>>;
}

/** A typed client of a gateway. */
export function gatewayClient(baseUrl: string, options: GatewayClientOptions): GatewayClient {
  const { apiKey, ...rest } = options;
  const client = { ...rest, headers: { ...rest.headers, authorization: `Bearer ${apiKey}` } };
  // postEvidence has two answers and headers of its own; multipart bodies are built by the caller.
  const { postEvidence: _one, postFiles: _files, ...simple } = gatewayRoutes;
  return {
    ...clientOf(baseUrl, simple, client),
    baseUrl,
    postEvidence: (input, postOptions) => postEvidence(baseUrl, client, input, postOptions ?? {}),
  };
}

async function postEvidence(
  baseUrl: string,
  client: ClientOptions,
  input: EvidenceInput,
  options: PostOptions,
): Promise<Result<PostedEvidence, CallError>> {
  const { waitSeconds, idempotencyKey, headers, ...rest } = options;
  const waitMs = (waitSeconds ?? 0) * 1000;
  const reply = await call(baseUrl, gatewayRoutes.postEvidence, { body: input }, client, {
    ...rest,
    timeoutMs: (options.timeoutMs ?? client.timeoutMs ?? DEFAULT_TIMEOUT_MS) + waitMs,
    headers: {
      ...headers,
      ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
  });
  if (!reply.ok) return reply;
  const { status, body } = reply.value;
  // `call` has checked the body against the answer of this status, so these are its types.
  if (status === 202) return { ok: true, value: { state: 'received', receipt: body as Receipt } };
  const id = reply.value.headers.get('location')?.split('/').at(-1);
  if (id === undefined || !(body instanceof Uint8Array)) {
    const detail = `expected ${BUNDLE_CONTENT_TYPE} with a Location`;
    return { ok: false, error: { kind: 'invalid-answer', status, detail } };
  }
  return { ok: true, value: { state: 'finalized', id, bundle: body } };
}
