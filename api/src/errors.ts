import { PROBLEMS } from '@hufu/proof';

/**
 * Every error a node or a gateway can answer with, in one table. `code` is stable and is what programs act
 * on; titles and remedies are for people. `retryable` says that the same request may succeed later
 * unchanged.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly title: Words;
  readonly remedy: Words;
  readonly retryable: boolean;
}

/** One text in the two languages of the product. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** A governance action that does not hold, in the words of whoever judges it. */
function fault(
  status: number,
  { title, remedy }: { readonly title: Words; readonly remedy: Words },
): ErrorEntry {
  return entry(status, title, remedy);
}

function entry(status: number, title: Words, remedy: Words, retryable = false): ErrorEntry {
  return { status, title, remedy, retryable };
}

export const ERRORS = {
  // The request itself.
  'malformed-request': entry(
    400,
    { zh: '请求无法解析', en: 'The request cannot be parsed' },
    { zh: '检查 HTTP 与 JSON 语法', en: 'Check the HTTP and JSON syntax' },
  ),
  'invalid-request': entry(
    400,
    { zh: '请求内容不符合接口定义', en: 'The request does not match its schema' },
    { zh: '按 errors 中的位置逐项更正', en: 'Correct the places named in errors' },
  ),
  'invalid-cursor': entry(
    400,
    { zh: '翻页游标无效', en: 'The cursor is not valid' },
    {
      zh: '使用上一页返回的 next，且查询条件不变',
      en: 'Use next of the previous page with the same conditions',
    },
  ),
  unauthenticated: entry(
    401,
    { zh: '缺少有效的 API 密钥', en: 'A valid API key is missing' },
    {
      zh: '在 Authorization: Bearer 中携带未过期的密钥',
      en: 'Send an unexpired key as Authorization: Bearer',
    },
  ),
  forbidden: entry(
    403,
    { zh: '密钥权限不足', en: 'The key does not have this scope' },
    { zh: '使用具有所需权限的密钥', en: 'Use a key that has the scope' },
  ),
  'not-found': entry(
    404,
    { zh: '没有此地址', en: 'There is nothing at this address' },
    { zh: '核对路径', en: 'Check the path' },
  ),
  'method-not-allowed': entry(
    405,
    { zh: '此地址不支持该方法', en: 'The method is not allowed here' },
    { zh: '按接口文档使用方法', en: 'Use the method of the API document' },
  ),
  'request-timeout': entry(
    408,
    { zh: '请求接收超时', en: 'The request took too long to arrive' },
    { zh: '重新发送', en: 'Send it again' },
    true,
  ),
  'too-large': entry(
    413,
    { zh: '请求超过大小上限', en: 'The request is larger than the limit' },
    { zh: '拆分为较小的请求', en: 'Split it into smaller requests' },
  ),
  'unsupported-media-type': entry(
    415,
    { zh: '不支持的内容类型', en: 'The content type is not supported' },
    { zh: '使用接口文档列出的 Content-Type', en: 'Use a Content-Type of the API document' },
  ),
  'headers-too-large': entry(
    431,
    { zh: '请求头过大', en: 'The headers are too large' },
    { zh: '减小请求头', en: 'Send smaller headers' },
  ),
  internal: entry(
    500,
    { zh: '服务内部错误', en: 'Internal error' },
    { zh: '凭 requestId 联系管理员', en: 'Give the requestId to the administrator' },
    true,
  ),
  'data-damaged': entry(
    500,
    { zh: '此节点的数据已损坏', en: 'This node’s data is damaged' },
    {
      zh: '改向其他节点查询；管理员可在此节点的 /healthz 查看受损部分与恢复方法',
      en: 'Ask another node; its administrator finds the part and the remedy at its /healthz',
    },
  ),
  overloaded: entry(
    503,
    { zh: '服务繁忙，请求未被受理', en: 'Overloaded, the request was not taken' },
    { zh: '按 Retry-After 稍后重试', en: 'Try again after Retry-After' },
    true,
  ),
  draining: entry(
    503,
    { zh: '服务正在停止', en: 'The service is stopping' },
    { zh: '稍后重试或改用另一实例', en: 'Try again later or use another instance' },
    true,
  ),

  // Idempotency-Key.
  'idempotency-in-flight': entry(
    409,
    { zh: '相同幂等键的请求正在处理', en: 'A request with this Idempotency-Key is in flight' },
    { zh: '稍后以相同内容重试', en: 'Try again shortly with the same body' },
    true,
  ),
  'idempotency-mismatch': entry(
    422,
    { zh: '幂等键已用于其他内容', en: 'The Idempotency-Key was used with another body' },
    { zh: '为新内容使用新的幂等键', en: 'Use a new key for a new body' },
  ),
  'idempotency-unsupported': entry(
    400,
    { zh: '流式请求不支持幂等键', en: 'Idempotency-Key is not supported on streams' },
    { zh: '改用 JSON 数组批量接口', en: 'Use the JSON array batch' },
  ),

  // Evidence.
  'digest-mismatch': entry(
    422,
    { zh: '内容与所给摘要不一致', en: 'The content does not have the digest given' },
    { zh: '核对内容与摘要', en: 'Check the content and the digest' },
  ),
  'malformed-line': entry(
    400,
    { zh: '此行不是有效的 JSON', en: 'The line is not valid JSON' },
    { zh: '更正此行后重新提交此行', en: 'Correct and send this line again' },
  ),
  'line-too-large': entry(
    413,
    { zh: '此行超过长度上限', en: 'The line is longer than the limit' },
    { zh: '仅提交摘要，或使用文件接口', en: 'Send digests only, or use the files route' },
  ),
  'malformed-multipart': entry(
    400,
    { zh: 'multipart 内容无效', en: 'The multipart body is not valid' },
    { zh: '核对 boundary 与各部分', en: 'Check the boundary and the parts' },
  ),
  'truncated-multipart': entry(
    400,
    { zh: 'multipart 内容不完整', en: 'The multipart body is truncated' },
    { zh: '重新上传完整内容', en: 'Upload the whole body again' },
  ),
  'evidence-not-found': entry(
    404,
    { zh: '没有此存证', en: 'There is no such evidence' },
    { zh: '核对存证编号', en: 'Check the evidence number' },
  ),
  'proof-not-ready': entry(
    409,
    { zh: '存证尚未上链确认，证明未生成', en: 'The evidence is not final yet, so there is no proof' },
    { zh: '按 Retry-After 稍后重试', en: 'Try again after Retry-After' },
    true,
  ),
  'evidence-failed': entry(
    409,
    { zh: '存证未能上链', en: 'The evidence could not be anchored' },
    { zh: '联系管理员', en: 'Contact the administrator' },
  ),
  'ledger-conflict': entry(
    503,
    {
      zh: '账本已有本网关数据库所没有的记录，暂停受理',
      en: 'The ledger holds records that this gateway’s database does not; intake is stopped',
    },
    {
      zh: '恢复最新的数据库，或注册新的网关',
      en: 'Restore the newest database, or register a new gateway',
    },
  ),

  'gateway-not-registered': entry(
    503,
    {
      zh: '账本当前未登记本网关的密钥，暂停受理',
      en: 'The ledger does not register this gateway’s key now; intake is stopped',
    },
    { zh: '核对网关私钥与当前登记表', en: 'Check the gateway’s key against the current registry' },
    true,
  ),

  // A node's submissions.
  'malformed-submission': entry(
    400,
    { zh: '提交格式无效', en: 'The submission is not canonical' },
    { zh: '按规范编码', en: 'Encode it as the specification says' },
  ),
  'unknown-gateway': entry(
    403,
    { zh: '网关未注册', en: 'The gateway is not registered' },
    { zh: '核对网关编号', en: 'Check the gateway index' },
  ),
  'bad-signature': entry(
    403,
    { zh: '提交签名无效', en: 'The submission’s signature does not verify' },
    { zh: '核对网关私钥与注册公钥', en: 'Check the gateway’s key against the registry' },
  ),
  'serial-applied': entry(
    409,
    { zh: '这些编号已上链', en: 'These serials are on the ledger already' },
    { zh: '从 nextSerial 继续', en: 'Go on from nextSerial' },
  ),
  'serial-gap': entry(
    409,
    { zh: '编号不连续', en: 'The serials do not follow the previous ones' },
    { zh: '从 nextSerial 继续', en: 'Go on from nextSerial' },
  ),

  // A node's governance actions.
  'governance-malformed': fault(400, PROBLEMS['governance-malformed']),
  'governance-wrong-chain': fault(422, PROBLEMS['governance-wrong-chain']),
  'governance-wrong-epoch': fault(409, PROBLEMS['governance-wrong-epoch']),
  'governance-inconsistent': fault(422, PROBLEMS['governance-inconsistent']),
  'governance-not-approved': fault(403, PROBLEMS['governance-not-approved']),
  'governance-not-ready': fault(409, PROBLEMS['governance-not-ready']),
  'governance-bad-signature': fault(403, PROBLEMS['governance-bad-signature']),

  // A node's read routes.
  'epoch-not-found': entry(
    404,
    { zh: '没有此纪元', en: 'There is no such epoch' },
    { zh: '核对纪元号；当前纪元见 /v1/status', en: 'Check its number; /v1/status has the current one' },
  ),
  'block-not-found': entry(
    404,
    { zh: '没有此区块', en: 'There is no such block' },
    { zh: '核对区块高度', en: 'Check the height' },
  ),
  'entry-not-found': entry(
    404,
    { zh: '没有此记录', en: 'There is no such entry' },
    { zh: '核对序号或编号', en: 'Check the index or serial' },
  ),
  'range-out-of-log': entry(
    400,
    { zh: '范围超出账本', en: 'The range is not inside the log' },
    { zh: '核对序号、数量与 size', en: 'Check the indexes, count and size' },
  ),
  'history-incomplete': entry(
    503,
    {
      zh: '此节点自快照启动，尚未补齐这部分历史',
      en: 'This node began from a snapshot and has not fetched this part of the past yet',
    },
    {
      zh: '改向其他节点查询，或等它补齐；进度见 /v1/status 的 history',
      en: 'Ask another node, or wait: history in its /v1/status shows how far it is',
    },
    true,
  ),
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a text from outside is one of the table's codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
