import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { CliError } from '../errors.ts';
import { networkMembers } from './members.ts';

/** The TCP ports of a network whose processes share one machine. */
export interface PortPlan {
  readonly gateway: { readonly http: number; readonly ops: number };
  readonly nodes: readonly { readonly http: number; readonly p2p: number; readonly ops: number }[];
}

export const DEFAULT_PORT_BASE = 8400;
/** A plan of up to 100 nodes stays within this many ports from its base. */
export const PORT_SPAN = 600;

/** One range per purpose: base + 0 the gateway, + 1 … the nodes' HTTP, + 200 … p2p, + 400 … health and metrics. */
export function portPlan(base: number, nodes: number): PortPlan {
  return {
    gateway: { http: base, ops: base + 400 },
    nodes: Array.from({ length: nodes }, (_, index) => ({
      http: base + 1 + index,
      p2p: base + 201 + index,
      ops: base + 401 + index,
    })),
  };
}

/**
 * A base whose whole plan is free now. Below the range from which systems take the ports of outgoing connections
 * (32768 and up on Linux), so that a port stays free while its process is restarted.
 */
export async function findFreeBase(nodes: number): Promise<number> {
  const LOWEST = 10_000;
  const HIGHEST = 32_767 - PORT_SPAN;
  const ATTEMPTS = 100;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const base = randomInt(LOWEST, HIGHEST);
    const listeners = localListeners(portPlan(base, nodes));
    const free = await Promise.all(listeners.map(({ host, port }) => isFree(host, port)));
    if (free.every((one) => one)) return base;
  }
  throw new Error(`no ${PORT_SPAN} free ports found in ${ATTEMPTS} attempts`);
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A place to listen on, with what it is for. */
export interface Listener extends Address {
  readonly purpose: string;
}

/** What one process listens on, with words for people. */
export function processListeners(
  name: string,
  { http, ops, p2p }: { readonly http: Address; readonly ops: Address; readonly p2p: readonly Address[] },
): readonly Listener[] {
  return [
    { ...http, purpose: `${name} HTTP` },
    { ...ops, purpose: `${name} health and metrics` },
    ...p2p.map((address) => ({ ...address, purpose: `${name} p2p` })),
  ];
}

/** Everything that the processes of a new network listen on when all are on this machine. */
export function localListeners({ gateway, nodes }: PortPlan): readonly Listener[] {
  const members = networkMembers(nodes.length);
  return [
    ...processListeners('gateway', { http: local(gateway.http), ops: local(gateway.ops), p2p: [] }),
    ...nodes.flatMap(({ http, ops, p2p }, index) =>
      processListeners(members[index]?.name ?? '', { http: local(http), ops: local(ops), p2p: [local(p2p)] }),
    ),
  ];
}

function local(port: number): Address {
  return { host: '127.0.0.1', port };
}

/** Throws `port-taken`, naming every listener that cannot be opened now, before any process is started. */
export async function requireFree(listeners: readonly Listener[]): Promise<void> {
  const taken: string[] = [];
  for (const { host, port, purpose } of listeners) {
    if (!(await isFree(host, port))) taken.push(`${host}:${port} (${purpose})`);
  }
  if (taken.length > 0) throw new CliError('port-taken', taken.join(', '));
}

/** Can this process listen there now? */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
