/** @hufu/gateway: takes evidence, makes it durable, anchors it exactly once and keeps its proofs. */
export { ConfigError } from './config/config-error.ts';
export {
  type GatewayConfig,
  type Limits,
  type ListenAddress,
  type LogLevel,
  loadGatewayConfig,
  parseGatewayConfig,
} from './config/gateway-config.ts';
export { DataInUseError } from './db/database.ts';
export { createApiKey, type Gateway, startGateway } from './gateway.ts';
export type { NewApiKey } from './identity/api-keys.ts';
