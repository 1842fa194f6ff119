/** @hufu/node: a validator's process, from its configuration to its running parts. */
export { ConfigError } from './config/config-error.ts';
export { type ListenAddress, type LogLevel, loadNodeConfig, type NodeConfig } from './config/node-config.ts';
export { type RunningNode, startNode } from './node.ts';
export { generatePeerKey, parsePeerKey } from './p2p/peer-key.ts';
