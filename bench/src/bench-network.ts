import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayClient } from '@hufu/api';
import {
  createNetwork,
  describeNetwork,
  isFree,
  type NetworkDescription,
  NetworkProcesses,
  PORT_SPAN,
  portPlan,
} from '@hufu/cli';

export interface BenchNetwork {
  readonly network: NetworkDescription;
  readonly processes: NetworkProcesses;
  readonly url: string;
  readonly apiKey: string;
  /** Waits until the gateway has verified the finality of every record it has answered 202; resolves with their number. */
  untilAllFinal(): Promise<number>;
  stop(): Promise<void>;
}

/** Four nodes and a gateway, a process each, in a temporary directory on this machine. */
export async function startBenchNetwork(): Promise<BenchNetwork> {
  const parent = mkdtempSync(join(tmpdir(), 'hufu-bench-'));
  const layout = createNetwork({
    directory: join(parent, 'network'),
    name: 'bench',
    nodes: 4,
    ports: portPlan(await freePortBase(), 4),
    createdAt: new Date(),
  });
  const network = await describeNetwork(layout);
  const processes = new NetworkProcesses(network);
  const stop = async (): Promise<void> => {
    await processes.stopAll();
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    await processes.startAll();
  } catch (error) {
    await stop();
    throw error;
  }
  const url = network.gateway.httpUrl;
  const apiKey = readFileSync(layout.gateway.apiKeyPath, 'utf8').trim();
  return { network, processes, url, apiKey, stop, untilAllFinal: () => untilAllFinal(url, apiKey) };
}

const FINAL_TIMEOUT_MS = 300_000;
const POLL_MS = 20;

/** The newest record is the last in the gateway's one sequence: when it is final, all are. */
export async function untilAllFinal(baseUrl: string, apiKey: string): Promise<number> {
  const client = gatewayClient(baseUrl, { apiKey });
  const deadlineMs = performance.now() + FINAL_TIMEOUT_MS;
  for (;;) {
    const page = await client.searchEvidence({ limit: 1 });
    if (!page.ok) throw new Error(`the gateway does not answer: ${JSON.stringify(page.error)}`);
    const [newest] = page.value.evidence;
    if (newest === undefined) return 0;
    if (newest.state === 'finalized') return newest.serial + 1;
    if (performance.now() > deadlineMs) throw new Error(`record ${newest.id} is still ${newest.state}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function freePortBase(): Promise<number> {
  for (let base = 21_000; base < 60_000; base += PORT_SPAN) {
    const { gateway, nodes } = portPlan(base, 4);
    const ports = [gateway.http, gateway.ops, ...nodes.flatMap(({ http, p2p, ops }) => [http, p2p, ops])];
    const free = await Promise.all(ports.map((port) => isFree('127.0.0.1', port)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free range of ports');
}
