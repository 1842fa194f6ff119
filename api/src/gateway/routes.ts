import { Type } from 'typebox';
import { BUNDLE_CONTENT_TYPE } from '../node/routes.ts';
import type { RouteTable } from '../route.ts';
import { closed, Hex32, Unsigned } from '../schemas.ts';
import {
  BatchInputSchema,
  BatchReceiptSchema,
  EvidenceId,
  EvidenceInputSchema,
  EvidencePageSchema,
  EvidenceSchema,
  FilesReceiptSchema,
  LineResultSchema,
  MAX_SEARCH_LIMIT,
  ReceiptSchema,
} from './schemas.ts';

/** What an API key may do. */
export const SCOPES = ['evidence:write', 'evidence:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** One JSON body with the largest inline content fits, with room for its other members. */
export const MAX_EVIDENCE_BODY_BYTES = 1_500_000;
/** A JSON array batch. Streams have no such limit. */
export const MAX_BATCH_BODY_BYTES = 8 * 1024 * 1024;
/** One NDJSON line; inline content beyond it goes elsewhere. */
export const MAX_LINE_BYTES = 64 * 1024;
/** Files in one multipart request. */
export const MAX_FILES = 100;
/** The longest `Prefer: wait` that is honoured. */
export const MAX_WAIT_SECONDS = 30;

/** Headers are an open set: proxies and clients add theirs. */
const IntakeHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,128}$',
      description: 'Same key and body: same answer, for 7 days; another body: 422; while in flight: 409',
    }),
  ),
});

const EvidenceHeaders = Type.Object({
  ...IntakeHeaders.properties,
  prefer: Type.Optional(
    Type.String({
      description:
        'wait=N: answer 201 with the bundle when final within N seconds, at most 30. Ignored, and then not in Preference-Applied, while too many requests wait',
    }),
  ),
});

/** 'unsupported-media-type': another Content-Type, or any Content-Encoding but identity. */
const INTAKE_ERRORS = [
  'unsupported-media-type',
  'digest-mismatch',
  'ledger-conflict',
  'gateway-not-registered',
  'draining',
] as const;
const IDEMPOTENCY_ERRORS = ['idempotency-in-flight', 'idempotency-mismatch'] as const;

/** The routes of the evidence gateway. Every one needs an API key with the scope. */
export const gatewayRoutes = {
  postEvidence: {
    method: 'POST',
    path: '/v1/evidence',
    title: { zh: '提交一条存证', en: 'Records one piece of evidence' },
    headers: EvidenceHeaders,
    bodies: [{ kind: 'json', schema: EvidenceInputSchema, maxBytes: MAX_EVIDENCE_BODY_BYTES }],
    answers: {
      201: { kind: 'bytes', contentType: BUNDLE_CONTENT_TYPE },
      202: { kind: 'json', schema: ReceiptSchema },
    },
    errors: [...INTAKE_ERRORS, ...IDEMPOTENCY_ERRORS],
    scope: 'evidence:write',
  },
  postBatch: {
    method: 'POST',
    path: '/v1/evidence/batch',
    title: {
      zh: '批量提交：JSON 数组（全部成功或全部拒绝）或 NDJSON 流（逐行结果）',
      en: 'Records many: a JSON array, all or nothing, or an NDJSON stream with a result per line',
    },
    headers: IntakeHeaders,
    bodies: [
      { kind: 'json', schema: BatchInputSchema, maxBytes: MAX_BATCH_BODY_BYTES },
      {
        kind: 'ndjson',
        line: EvidenceInputSchema,
        maxLineBytes: MAX_LINE_BYTES,
        description:
          'One record per line, at most 64 KiB each, UTF-8 without a byte order mark. Results stream back while lines stream in: read the answer while writing. A bad line costs only itself; when no line was accepted the same result lines come with status 422. A stream more than the gateway has open at once is answered 503 (overloaded).',
      },
    ],
    answers: { 202: { kind: 'json', schema: BatchReceiptSchema, ndjsonLine: LineResultSchema } },
    errors: [...INTAKE_ERRORS, ...IDEMPOTENCY_ERRORS, 'idempotency-unsupported'],
    scope: 'evidence:write',
  },
  postFiles: {
    method: 'POST',
    path: '/v1/evidence/files',
    title: {
      zh: '上传文件存证：流式计算摘要，不保存内容',
      en: 'Records files: hashed while they stream in, contents not kept',
    },
    headers: IntakeHeaders,
    bodies: [{ kind: 'files', maxFiles: MAX_FILES }],
    answers: { 202: { kind: 'json', schema: FilesReceiptSchema } },
    errors: [...INTAKE_ERRORS, ...IDEMPOTENCY_ERRORS, 'malformed-multipart', 'truncated-multipart'],
    scope: 'evidence:write',
  },
  searchEvidence: {
    method: 'GET',
    path: '/v1/evidence',
    title: { zh: '检索存证，新的在前', en: 'Finds evidence, newest first' },
    query: closed({
      digest: Type.Optional(Hex32),
      serial: Type.Optional(Unsigned),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SEARCH_LIMIT })),
      cursor: Type.Optional(Type.String({ maxLength: 256 })),
    }),
    answers: { 200: { kind: 'json', schema: EvidencePageSchema } },
    errors: ['invalid-cursor'],
    scope: 'evidence:read',
  },
  evidence: {
    method: 'GET',
    path: '/v1/evidence/:id',
    title: { zh: '查询一条存证', en: 'One piece of evidence and its state' },
    params: closed({ id: EvidenceId }),
    answers: { 200: { kind: 'json', schema: EvidenceSchema } },
    errors: ['evidence-not-found'],
    scope: 'evidence:read',
  },
  proof: {
    method: 'GET',
    path: '/v1/evidence/:id/proof',
    title: { zh: '下载离线证明包', en: 'The offline proof of one piece of evidence' },
    params: closed({ id: EvidenceId }),
    answers: { 200: { kind: 'bytes', contentType: BUNDLE_CONTENT_TYPE } },
    errors: ['evidence-not-found', 'proof-not-ready', 'evidence-failed'],
    scope: 'evidence:read',
  },
} as const satisfies RouteTable;

export type GatewayRoutes = typeof gatewayRoutes;
