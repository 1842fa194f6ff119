import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayClient, gatewayClient, type NodeClient, nodeClient } from '@hufu/api';
import type { Test } from 'tap';
import { createNetwork } from '../../src/network/create-network.ts';
import { describeNetwork, type NetworkDescription } from '../../src/network/describe.ts';
import type { NetworkLayout } from '../../src/network/layout.ts';
import { findFreeBase, type PortPlan, portPlan } from '../../src/network/ports.ts';
import { NetworkProcesses } from '../../src/process/network-processes.ts';

const NODES = 4;

/** Four node processes and a gateway process in a directory of their own, with clients of all of them. */
export interface TestNetwork {
  readonly network: NetworkDescription;
  readonly processes: NetworkProcesses;
  readonly gateway: GatewayClient;
  readonly nodes: readonly NodeClient[];
}

/** A temporary directory that is removed after the test. */
export function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-e2e-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What a test changes of a network's directory before anything runs. */
export type Preparation = (layout: NetworkLayout, ports: PortPlan) => Promise<void>;

/**
 * Creates and starts a network on free ports, which are enough for one more node. Its processes are killed after the
 * test, whatever happened.
 */
export async function startTestNetwork(t: Test, prepare?: Preparation): Promise<TestNetwork> {
  const directory = join(temporaryDirectory(t), 'network');
  const ports = portPlan(await findFreeBase(NODES + 1), NODES + 1);
  const layout = createNetwork({ directory, name: 'e2e', nodes: NODES, ports, createdAt: new Date() });
  await prepare?.(layout, ports);
  const network = await describeNetwork(layout);
  const processes = new NetworkProcesses(network);
  t.teardown(() => processes.killAll());
  await processes.startAll();
  const apiKey = readFileSync(layout.gateway.apiKeyPath, 'utf8').trim();
  return {
    network,
    processes,
    gateway: gatewayClient(network.gateway.httpUrl, { apiKey }),
    nodes: network.nodes.map(({ httpUrl }) => nodeClient(httpUrl)),
  };
}

export function clientOf({ nodes }: TestNetwork, index: number): NodeClient {
  const client = nodes[index];
  if (client === undefined) throw new Error(`no node ${index}`);
  return client;
}

/** Stops a node as its operator would, and starts it again. */
export async function restart({ network, processes }: TestNetwork, name: string): Promise<void> {
  const endpoint = network.nodes.find((node) => node.name === name);
  if (endpoint === undefined) throw new Error(`no node ${name}`);
  await processes.process(name).stop(10_000);
  processes.startNode(name);
  await processes.ready(endpoint);
}
