import { setTimeout as delay } from 'node:timers/promises';
import type { HostedNode, HostNetwork } from '@hufu/cli';

/** A fault that lasts until it is ended. What is returned is awaited. */
export interface Fault {
  /** For the record of a run. */
  readonly name: string;
  begin(network: HostNetwork): unknown;
  end(network: HostNetwork): unknown;
}

/** The numbers that decide a run, in [0, 1). */
export type Random = () => number;

const MIN_MS = 3_000;
const MAX_MS = 20_000;
const MAX_DELAY_MS = 100;
const MAX_LOSS = 0.02;

/**
 * The first node is never killed: it and the gateway show over the whole run whether memory and descriptors grow.
 */
export function nextFault(network: HostNetwork, random: Random): Fault {
  const { nodes } = network;
  const kinds = [
    () => killed(pick(nodes.slice(1), random)),
    () => frozen(pick(nodes, random)),
    () => parted(nodes, random),
    () => badWeather(random),
  ];
  return pick(kinds, random)();
}

/** Begins the fault, keeps it for a while and ends it. */
export async function suffer(network: HostNetwork, fault: Fault, random: Random): Promise<void> {
  await fault.begin(network);
  await delay(MIN_MS + random() * (MAX_MS - MIN_MS));
  await fault.end(network);
}

function killed(node: HostedNode): Fault {
  return {
    name: `kill ${node.name}`,
    begin: (network) => network.process(node).kill(),
    end: (network) => network.restart(node),
  };
}

function frozen(node: HostedNode): Fault {
  return {
    name: `freeze ${node.name}`,
    begin: (network) => network.freeze(node),
    end: (network) => network.thaw(node),
  };
}

/** Two groups, with or without a quorum in one of them. */
function parted(nodes: readonly HostedNode[], random: Random): Fault {
  const shuffled = nodes
    .map(({ index }) => ({ index, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ index }) => index);
  const cut = 1 + Math.floor(random() * (nodes.length - 1));
  const groups = [shuffled.slice(0, cut), shuffled.slice(cut)];
  return {
    name: `part ${groups.map((group) => group.join('')).join('|')}`,
    begin: (network) => network.wan.set({ groups }),
    end: (network) => network.wan.set({}),
  };
}

function badWeather(random: Random): Fault {
  const delayMs = Math.round(random() * MAX_DELAY_MS);
  const loss = random() * MAX_LOSS;
  return {
    name: `delay ${delayMs} ms, loss ${(100 * loss).toFixed(1)}%`,
    begin: (network) => network.wan.set({ delayMs, loss }),
    end: (network) => network.wan.set({}),
  };
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick');
  return item;
}
