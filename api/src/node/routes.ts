import { MAX_GOVERNANCE_ENTRY_BYTES } from '@hufu/proof';
import { Type } from 'typebox';
import type { RouteTable } from '../route.ts';
import { closed, Hex32, Unsigned } from '../schemas.ts';
import {
  AcceptedGovernanceSchema,
  AcceptedSchema,
  BlockEventSchema,
  BlockSchema,
  BlocksSchema,
  CheckpointSchema,
  ConsistencyProofSchema,
  EntriesSchema,
  EntrySchema,
  EpochSchema,
  EpochsSchema,
  GatewaysSchema,
  InclusionProofSchema,
  RangeProofSchema,
  RecordSchema,
  RegistrySchema,
  SearchSchema,
  StatusSchema,
  ValidatorsSchema,
} from './schemas.ts';

/** Largest encoded submission a node takes; the ledger's own limit. */
export const MAX_SUBMISSION_BYTES = 1024 * 1024;
/** Largest page of blocks or entries. */
export const MAX_PAGE = 1000;
/** Most matches a digest search returns. */
export const MAX_SEARCH_RESULTS = 100;

export const BUNDLE_CONTENT_TYPE = 'application/vnd.hufu.bundle+json';
export const OCTETS_CONTENT_TYPE = 'application/octet-stream';

const PageLimit = Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE }));

/** The routes every node serves. `:index` is a log index, `:height` a block height from 1. */
export const nodeRoutes = {
  status: {
    method: 'GET',
    path: '/v1/status',
    title: { zh: '节点状态', en: 'Where this node stands' },
    answers: { 200: { kind: 'json', schema: StatusSchema } },
    errors: [],
  },
  genesis: {
    method: 'GET',
    path: '/v1/genesis',
    title: { zh: '创世文件原始字节', en: 'The exact bytes of the genesis document' },
    answers: { 200: { kind: 'bytes', contentType: 'application/json' } },
    errors: [],
  },
  validators: {
    method: 'GET',
    path: '/v1/validators',
    title: { zh: '当前纪元的验证节点集合', en: 'The validator set of the current epoch' },
    answers: { 200: { kind: 'json', schema: ValidatorsSchema } },
    errors: [],
  },
  registry: {
    method: 'GET',
    path: '/v1/registry',
    title: { zh: '当前登记表', en: 'Members, validators, gateways and parameters of the current epoch' },
    answers: { 200: { kind: 'json', schema: RegistrySchema } },
    errors: [],
  },
  epochs: {
    method: 'GET',
    path: '/v1/epochs',
    title: { zh: '纪元列表，新的在前', en: 'Epochs below a number, newest first' },
    query: closed({ before: Type.Optional(Unsigned), limit: PageLimit }),
    answers: { 200: { kind: 'json', schema: EpochsSchema } },
    errors: [],
  },
  epoch: {
    method: 'GET',
    path: '/v1/epochs/:epoch',
    title: { zh: '纪元及其结束证明', en: 'One epoch with its validators and how it ended' },
    params: closed({ epoch: Unsigned }),
    answers: { 200: { kind: 'json', schema: EpochSchema } },
    errors: ['epoch-not-found'],
  },
  blocks: {
    method: 'GET',
    path: '/v1/blocks',
    title: { zh: '区块列表，新的在前', en: 'Blocks below a height, newest first' },
    query: closed({ before: Type.Optional(Unsigned), limit: PageLimit }),
    answers: { 200: { kind: 'json', schema: BlocksSchema } },
    errors: ['history-incomplete'],
  },
  block: {
    method: 'GET',
    path: '/v1/blocks/:height',
    title: { zh: '区块', en: 'One block with its header, certificates and submissions' },
    params: closed({ height: Unsigned }),
    answers: { 200: { kind: 'json', schema: BlockSchema } },
    errors: ['block-not-found', 'history-incomplete'],
  },
  blockEntries: {
    method: 'GET',
    path: '/v1/blocks/:height/entries',
    title: { zh: '区块内记录', en: 'A page of a block’s entries' },
    params: closed({ height: Unsigned }),
    query: closed({ offset: Type.Optional(Unsigned), limit: PageLimit }),
    answers: { 200: { kind: 'json', schema: EntriesSchema } },
    errors: ['block-not-found', 'history-incomplete'],
  },
  entry: {
    method: 'GET',
    path: '/v1/entries/:index',
    title: { zh: '按序号取记录', en: 'The entry at a log index' },
    params: closed({ index: Unsigned }),
    answers: { 200: { kind: 'json', schema: EntrySchema } },
    errors: ['entry-not-found', 'history-incomplete'],
  },
  gatewayEntry: {
    method: 'GET',
    path: '/v1/gateways/:gateway/entries/:serial',
    title: { zh: '按网关与存证编号取记录', en: 'The entry with a gateway’s serial' },
    params: closed({ gateway: Unsigned, serial: Unsigned }),
    answers: { 200: { kind: 'json', schema: RecordSchema } },
    errors: ['entry-not-found', 'unknown-gateway', 'history-incomplete'],
  },
  gateways: {
    method: 'GET',
    path: '/v1/gateways',
    title: { zh: '已注册网关及其下一编号', en: 'Registered gateways and their next serials' },
    answers: { 200: { kind: 'json', schema: GatewaysSchema } },
    errors: [],
  },
  search: {
    method: 'GET',
    path: '/v1/search',
    title: { zh: '按摘要检索', en: 'Entries with a digest, of either hash' },
    query: closed({ digest: Hex32 }),
    answers: { 200: { kind: 'json', schema: SearchSchema } },
    errors: ['history-incomplete'],
  },
  inclusionProof: {
    method: 'GET',
    path: '/v1/proofs/inclusion/:index',
    title: { zh: '包含证明', en: 'Inclusion proof (RFC 9162); size defaults to the checkpoint’s' },
    params: closed({ index: Unsigned }),
    query: closed({ size: Type.Optional(Unsigned) }),
    answers: { 200: { kind: 'json', schema: InclusionProofSchema } },
    errors: ['range-out-of-log', 'history-incomplete'],
  },
  consistencyProof: {
    method: 'GET',
    path: '/v1/proofs/consistency',
    title: { zh: '一致性证明', en: 'Consistency proof (RFC 9162); second defaults to the checkpoint’s size' },
    query: closed({ first: Unsigned, second: Type.Optional(Unsigned) }),
    answers: { 200: { kind: 'json', schema: ConsistencyProofSchema } },
    errors: ['range-out-of-log', 'history-incomplete'],
  },
  rangeProof: {
    method: 'GET',
    path: '/v1/proofs/range',
    title: {
      zh: '连续记录的包含证明',
      en: 'One proof for consecutive entries; size defaults to the checkpoint’s',
    },
    query: closed({ first: Unsigned, count: Unsigned, size: Type.Optional(Unsigned) }),
    answers: { 200: { kind: 'json', schema: RangeProofSchema } },
    errors: ['range-out-of-log', 'history-incomplete'],
  },
  bundle: {
    method: 'GET',
    path: '/v1/bundles/:index',
    title: { zh: '离线证明包', en: 'The offline proof of one entry' },
    params: closed({ index: Unsigned }),
    answers: { 200: { kind: 'bytes', contentType: BUNDLE_CONTENT_TYPE } },
    errors: ['entry-not-found', 'proof-not-ready', 'history-incomplete'],
  },
  checkpoint: {
    method: 'GET',
    path: '/v1/checkpoint',
    title: { zh: '最新检查点', en: 'The newest certified header' },
    answers: { 200: { kind: 'json', schema: CheckpointSchema } },
    errors: ['block-not-found', 'history-incomplete'],
  },
  submit: {
    method: 'POST',
    path: '/v1/submissions',
    title: { zh: '提交存证记录', en: 'Takes a gateway’s signed submission' },
    bodies: [{ kind: 'bytes', contentType: OCTETS_CONTENT_TYPE, maxBytes: MAX_SUBMISSION_BYTES }],
    answers: { 202: { kind: 'json', schema: AcceptedSchema } },
    errors: ['malformed-submission', 'unknown-gateway', 'bad-signature', 'serial-applied', 'serial-gap'],
  },
  govern: {
    method: 'POST',
    path: '/v1/governance',
    title: { zh: '提交治理操作', en: 'Takes a governance action with its approvals' },
    bodies: [{ kind: 'bytes', contentType: OCTETS_CONTENT_TYPE, maxBytes: MAX_GOVERNANCE_ENTRY_BYTES }],
    answers: { 202: { kind: 'json', schema: AcceptedGovernanceSchema } },
    errors: [
      'governance-malformed',
      'governance-wrong-chain',
      'governance-wrong-epoch',
      'governance-inconsistent',
      'governance-not-approved',
      'governance-not-ready',
      'governance-bad-signature',
    ],
  },
  events: {
    method: 'GET',
    path: '/v1/events',
    title: {
      zh: '新区块事件流',
      en: 'New blocks as server-sent events; Last-Event-ID (a height) resumes after it',
    },
    answers: { 200: { kind: 'events', events: { block: BlockEventSchema } } },
    errors: ['history-incomplete'],
  },
} as const satisfies RouteTable;

export type NodeRoutes = typeof nodeRoutes;
