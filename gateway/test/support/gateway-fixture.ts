import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayClient, gatewayClient } from '@hufu/api';
import type { Test } from 'tap';
import { type Gateway, type GatewayConfig, type Limits, startGateway } from '../../src/index.ts';
import type { ReferenceNetwork } from './reference-network.ts';

export interface Fixture {
  readonly config: GatewayConfig;
  readonly gateway: Gateway;
  readonly apiKey: string;
  readonly client: GatewayClient;
  /** Stops the gateway and starts it again on the same directory. */
  restart(changes?: Partial<GatewayConfig>): Promise<Fixture>;
}

const LIMITS: Limits = {
  maxFileBytes: 1_000_000,
  maxQueuedRecords: 50_000,
  maxUnfinalizedRecords: 1_000_000,
};

/** A configuration in a directory of its own, removed after the test. */
export function gatewayConfig(t: Test, network: ReferenceNetwork, nodes: readonly string[]): GatewayConfig {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-gateway-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const genesisPath = join(directory, 'genesis.json');
  const keyPath = join(directory, 'key.pem');
  writeFileSync(genesisPath, network.genesisBytes);
  writeFileSync(keyPath, network.gatewayKeyPem, { mode: 0o600 });
  return {
    name: 'gateway',
    genesisPath,
    gateway: 0,
    keyPath,
    dataPath: join(directory, 'data'),
    nodes,
    apiKeyPath: join(directory, 'api-key'),
    http: { listen: { host: '127.0.0.1', port: 0 } },
    ops: { listen: { host: '127.0.0.1', port: 0 } },
    log: { level: 'silent' },
    limits: LIMITS,
  };
}

/** Starts a gateway that is stopped after the test. */
export async function startFixture(t: Test, config: GatewayConfig): Promise<Fixture> {
  const gateway = await startGateway(config);
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await gateway.stop();
    stopped = true;
  };
  t.teardown(stop);
  const apiKey = readFileSync(config.apiKeyPath, 'utf8').trim();
  return {
    config,
    gateway,
    apiKey,
    client: gatewayClient(gateway.url, { apiKey }),
    restart: async (changes = {}) => {
      await stop();
      return startFixture(t, { ...config, ...changes });
    },
  };
}
