import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GatewayClient, gatewayClient, type NodeClient, nodeClient } from '@hufu/api';
import { createNetwork } from '../network/create-network.ts';
import { describeNetwork, type Endpoint, type NetworkDescription } from '../network/describe.ts';
import { portPlan } from '../network/ports.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import { NetworkProcesses } from '../process/network-processes.ts';
import { createManagementNetwork, Host, SmallDisk } from './host.ts';
import { Switch } from './switch.ts';

export interface HostNetworkPlan {
  /** Of the world it is in (see `inWorld`); one network a world. */
  readonly directory: string;
  /** One node each. */
  readonly hosts: number;
  /** The host whose clock can be set. */
  readonly ownClock?: number;
  /** The host whose node keeps its data on a small disk. */
  readonly smallDisk?: { readonly host: number; readonly sizeMiB: number };
  /** Decides which frames the network loses. */
  readonly seed: number;
}

/** Hosts have ports of their own, so every network takes the same. */
const PORT_BASE = 8400;
/** A node that was stopped answers nothing: its callers wait no longer than this. */
const CALL_TIMEOUT_MS = 5_000;

/** A node with its host. */
export interface HostedNode {
  readonly index: number;
  readonly name: string;
  readonly host: Host;
  readonly client: NodeClient;
  readonly endpoint: Endpoint;
}

/**
 * A real network on hosts of its own, one node a host, connected by a switch that delays, loses and cuts. The
 * gateway is on the first host, as `testnet` places it, and reaches the other nodes over the same wide-area
 * network. Clients here use the management network, on which nothing is ever lost.
 */
export class HostNetwork {
  readonly description: NetworkDescription;
  readonly nodes: readonly HostedNode[];
  readonly processes: NetworkProcesses;
  readonly wan: Switch;
  readonly smallDisk: SmallDisk | undefined;

  private constructor(
    description: NetworkDescription,
    hosts: readonly Host[],
    wan: Switch,
    smallDisk: SmallDisk | undefined,
  ) {
    this.description = description;
    this.wan = wan;
    this.smallDisk = smallDisk;
    this.nodes = hosts.map((host, index) => {
      const endpoint = description.nodes[index];
      if (endpoint === undefined) throw new Error(`there is no node ${index}`);
      const client = nodeClient(endpoint.httpUrl, { timeoutMs: CALL_TIMEOUT_MS });
      return { index, name: endpoint.name, host, client, endpoint };
    });
    const launches = new Map(this.nodes.map(({ name, host }) => [name, host.launch]));
    const [first] = hosts;
    this.processes = new NetworkProcesses(description, (name) => launches.get(name) ?? first?.launch);
  }

  /** Creates hosts, network and processes; resolves when all answer as ready. */
  static async start(plan: HostNetworkPlan): Promise<HostNetwork> {
    createManagementNetwork();
    const hosts = Array.from({ length: plan.hosts }, (_, index) => {
      return new Host(plan.directory, index, plan.hosts, { hasOwnClock: plan.ownClock === index });
    });
    const description = await createHostedNetwork(plan.directory, hosts);
    const smallDisk = mountSmallDisk(plan, description);
    const network = new HostNetwork(description, hosts, await Switch.start(plan.seed), smallDisk);
    try {
      await network.processes.startAll();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** A client of the gateway, which makes its API key at its first start. */
  get gateway(): GatewayClient {
    const { gateway, layout } = this.description;
    const apiKey = readFileSync(layout.gateway.apiKeyPath, 'utf8').trim();
    return gatewayClient(gateway.httpUrl, { apiKey, timeoutMs: CALL_TIMEOUT_MS });
  }

  node(index: number): HostedNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  /** The running process of a node, or the last one that ran. */
  process({ name }: HostedNode): ManagedProcess {
    return this.processes.process(name);
  }

  /** Starts a node that has ended; resolves when it serves. It may have much to catch up with then. */
  async restart(node: HostedNode): Promise<void> {
    this.processes.startNode(node.name);
    await this.processes.ready(node.endpoint);
  }

  /** Stops a node where it stands, without its knowing (SIGSTOP). */
  freeze(node: HostedNode): void {
    process.kill(this.process(node).pid, 'SIGSTOP');
  }

  thaw(node: HostedNode): void {
    process.kill(this.process(node).pid, 'SIGCONT');
  }

  /** What the node's process has printed so far. */
  logOf({ name }: HostedNode): string {
    return readFileSync(this.description.layout.node(name).logPath, 'utf8');
  }

  /** The node's /readyz: null when it is ready, else what it says. Throws when it does not answer. */
  async unreadiness({ endpoint }: HostedNode): Promise<string | null> {
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const response = await fetch(`${endpoint.opsUrl}/readyz`, { signal });
    const body = await response.text();
    return response.ok ? null : body;
  }

  /** Kills everything; the hosts go with the world. */
  async close(): Promise<void> {
    await this.processes.killAll();
    this.wan.stop();
  }
}

/** The files that `hufu testnet --hosts` makes, with HTTP and metrics open to the networks between the hosts. */
async function createHostedNetwork(directory: string, hosts: readonly Host[]): Promise<NetworkDescription> {
  const layout = createNetwork({
    directory: join(directory, 'network'),
    name: 'hosts',
    nodes: hosts.length,
    ports: portPlan(PORT_BASE, hosts.length),
    hosts: hosts.map(({ wanAddress }) => wanAddress),
    createdAt: new Date(),
  });
  const description = await describeNetwork(layout);
  const configs = description.nodes.map(({ name }) => layout.node(name).configPath);
  for (const path of [...configs, layout.gateway.configPath]) {
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll('listen = "127.0.0.1:', 'listen = "0.0.0.0:'));
  }
  const [first] = hosts;
  return {
    ...description,
    nodes: description.nodes.map((endpoint, index) => onManagement(endpoint, hosts[index])),
    gateway: onManagement(description.gateway, first),
  };
}

function onManagement(endpoint: Endpoint, host: Host | undefined): Endpoint {
  if (host === undefined) throw new Error(`${endpoint.name} has no host`);
  const at = (url: string): string => url.replace('127.0.0.1', host.managementAddress);
  // Listeners are checked before the start, which can be done only on the host itself: all its ports are free.
  return { ...endpoint, httpUrl: at(endpoint.httpUrl), opsUrl: at(endpoint.opsUrl), listeners: [] };
}

function mountSmallDisk(plan: HostNetworkPlan, description: NetworkDescription): SmallDisk | undefined {
  if (plan.smallDisk === undefined) return undefined;
  const { host, sizeMiB } = plan.smallDisk;
  const endpoint = description.nodes[host];
  if (endpoint === undefined) throw new Error(`there is no node ${host}`);
  return new SmallDisk(join(description.layout.node(endpoint.name).directory, 'data'), sizeMiB);
}
