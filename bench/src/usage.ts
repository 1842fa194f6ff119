import type { NetworkDescription, NetworkProcesses } from '@hufu/cli';
import { cpuSeconds, diskBytes, residentBytes } from './processes.ts';

/** What the network has used so far. */
export interface Usage {
  /** User and system time of each process, seconds. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly residentBytes: Readonly<Record<string, number>>;
  /** Of each node's and the gateway's directory. */
  readonly diskBytes: Readonly<Record<string, number>>;
}

export function usage(network: NetworkDescription, processes: NetworkProcesses): Usage {
  const running = processes.processes();
  const by = (of: (pid: number) => number): Record<string, number> =>
    Object.fromEntries(running.map(({ name, pid }) => [name, of(pid)]));
  const { layout, nodes, gateway } = network;
  return {
    cpuSeconds: by(cpuSeconds),
    residentBytes: by(residentBytes),
    diskBytes: Object.fromEntries([
      ...nodes.map(({ name }) => [name, diskBytes(layout.node(name).directory)] as const),
      [gateway.name, diskBytes(layout.gateway.directory)] as const,
    ]),
  };
}

/** What `records` records cost between two readings, per record: CPU in µs by process, disk in bytes by process. */
export function perRecord(before: Usage, after: Usage, records: number) {
  const difference = (of: (usage: Usage) => Readonly<Record<string, number>>, scale: number) =>
    Object.fromEntries(
      Object.entries(of(after)).map(([name, value]) => [
        name,
        ((value - (of(before)[name] ?? 0)) * scale) / records,
      ]),
    );
  return {
    cpuMicroseconds: difference((use) => use.cpuSeconds, 1e6),
    diskBytes: difference((use) => use.diskBytes, 1),
  };
}
