import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayClient, gatewayClient, type NodeClient, nodeClient } from '@hufu/api';
import type { Test } from 'tap';
import { createApiKey } from '../../src/network/api-key.ts';
import { createNetwork } from '../../src/network/create-network.ts';
import { describeNetwork, type NetworkDescription } from '../../src/network/describe.ts';
import { isFree, portPlan } from '../../src/network/ports.ts';
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

/** Creates and starts a network on free ports. Its processes are killed after the test, whatever happened. */
export async function startTestNetwork(t: Test): Promise<TestNetwork> {
  const directory = join(temporaryDirectory(t), 'network');
  const layout = createNetwork({
    directory,
    name: 'e2e',
    nodes: NODES,
    ports: portPlan(await freePortBase(NODES), NODES),
    createdAt: new Date(),
  });
  const apiKey = await createApiKey(layout);
  const network = await describeNetwork(layout);
  const processes = new NetworkProcesses(network);
  t.teardown(() => processes.killAll());
  await processes.startAll();
  return {
    network,
    processes,
    gateway: gatewayClient(network.gateway.httpUrl, { apiKey }),
    nodes: network.nodes.map(({ httpUrl }) => nodeClient(httpUrl)),
  };
}

/**
 * A port base whose whole plan is free now. Below the range from which systems take the ports of outgoing
 * connections (32768 on Linux), so that a port stays free while its process is down.
 */
export async function freePortBase(nodes: number): Promise<number> {
  const LOWEST = 10_000;
  const HIGHEST = 31_000;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const base = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const plan = portPlan(base, nodes);
    const ports = [...Object.values(plan.gateway), ...plan.nodes.flatMap((node) => Object.values(node))];
    const free = await Promise.all(ports.map((port) => isFree('127.0.0.1', port)));
    if (free.every((isOne) => isOne)) return base;
  }
  throw new Error('no free ports found');
}
