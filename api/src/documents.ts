import { gatewayRoutes } from './gateway/routes.ts';
import { nodeRoutes } from './node/routes.ts';
import { openApiDocument } from './openapi.ts';

/** Version of both contracts: the `v1` of the paths, with what was added to it. */
const CONTRACT_VERSION = '1.0.0';

/** The gateway's document; the committed copy is `openapi/gateway.json`. */
export function gatewayDocument() {
  return openApiDocument(gatewayRoutes, {
    title: 'Hufu evidence gateway',
    version: CONTRACT_VERSION,
    description:
      '提交、查询存证并下载离线证明。Posts evidence, finds it and hands out offline proofs. Errors are RFC 9457 problems with a stable code.',
  });
}

/** A node's document; the committed copy is `openapi/node.json`. */
export function nodeDocument() {
  return openApiDocument(nodeRoutes, {
    title: 'Hufu node',
    version: CONTRACT_VERSION,
    description:
      '账本只读接口、证明与网关提交。The ledger, its proofs, and the entrance for gateways. Errors are RFC 9457 problems with a stable code.',
  });
}
