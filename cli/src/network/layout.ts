import { join } from 'node:path';
import type { SuiteName } from '@hufu/crypto';

/** Where everything of a network directory is; the one place that knows these names. */
export interface NetworkLayout {
  readonly directory: string;
  readonly genesisPath: string;
  readonly gateway: GatewayLayout;
  node(name: string): NodeLayout;
}

export interface NodeLayout {
  readonly directory: string;
  readonly configPath: string;
  readonly keysPath: string;
  readonly peerKeyPath: string;
  readonly logPath: string;
  suiteKeyPath(suite: SuiteName): string;
}

export interface GatewayLayout {
  readonly directory: string;
  readonly configPath: string;
  readonly apiKeyPath: string;
  readonly logPath: string;
  suiteKeyPath(suite: SuiteName): string;
}

export function networkLayout(directory: string): NetworkLayout {
  return {
    directory,
    genesisPath: join(directory, 'genesis.json'),
    gateway: gatewayLayout(join(directory, 'gateway')),
    node: (name) => nodeLayout(join(directory, 'nodes', name)),
  };
}

function nodeLayout(directory: string): NodeLayout {
  const keysPath = join(directory, 'keys');
  return {
    directory,
    configPath: join(directory, 'node.toml'),
    keysPath,
    logPath: join(directory, 'node.log'),
    ...nodeKeyPaths(keysPath),
  };
}

/** A node's key directory. */
export function nodeKeyPaths(keysPath: string): Pick<NodeLayout, 'peerKeyPath' | 'suiteKeyPath'> {
  return {
    peerKeyPath: join(keysPath, 'p2p.key'),
    suiteKeyPath: (suite) => join(keysPath, `${suite}.pem`),
  };
}

function gatewayLayout(directory: string): GatewayLayout {
  return {
    directory,
    configPath: join(directory, 'gateway.toml'),
    apiKeyPath: join(directory, 'keys', 'api-key'),
    logPath: join(directory, 'gateway.log'),
    suiteKeyPath: (suite) => join(directory, 'keys', `${suite}.pem`),
  };
}
