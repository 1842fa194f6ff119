import type { Test } from 'tap';
import { HeaderWatch } from '../../src/hosts/header-watch.ts';
import { type HostedNode, HostNetwork, type HostNetworkPlan } from '../../src/hosts/host-network.ts';
import { LedgerAudit } from '../../src/hosts/ledger-audit.ts';
import { SteadyLoad } from '../../src/hosts/steady-load.ts';
import { eventually } from '../e2e/eventually.ts';
import { must } from '../e2e/ledger.ts';

/** Little, so that two cores run seven nodes and have time left for one that catches up. */
const RECORDS_PER_SECOND = 200;
const AUDIT_TIMEOUT_MS = 60_000;

export interface Lab {
  readonly network: HostNetwork;
  readonly watch: HeaderWatch;
  /**
   * Runs one scenario under load, on the network as the scenario before left it. It ends with the same questions
   * each time: is all that was accepted on the ledger exactly once, and do all nodes agree?
   */
  scenario(name: string, body: (t: Test, load: SteadyLoad) => Promise<void>): Promise<void>;
}

/** A running network on hosts of its own, for the scenarios of one test file. Its processes end with the test. */
export async function startLab(t: Test, plan: HostNetworkPlan): Promise<Lab> {
  const network = await HostNetwork.start(plan);
  t.teardown(() => network.close());
  const clients = network.nodes.map(({ client }) => client);
  const watch = new HeaderWatch(clients);
  t.teardown(() => watch.stop());
  const audit = new LedgerAudit(clients, watch);
  return {
    network,
    watch,
    scenario: async (name, body) => {
      await t.test(name, async (t) => {
        const load = new SteadyLoad(network.gateway, { recordsPerSecond: RECORDS_PER_SECOND });
        t.teardown(() => load.stop());
        await body(t, load);
        await load.stop();
        t.strictSame(await audit.check(load.takeAccepted(), AUDIT_TIMEOUT_MS), [], 'nothing lost, no fork');
      });
    },
  };
}

/** Waits until the gateway has answered 202 for `count` more records. */
export async function moreAccepted(load: SteadyLoad, count: number): Promise<void> {
  const goal = load.acceptedCount + count;
  await eventually(`${count} more accepted`, () => (load.acceptedCount >= goal ? true : undefined));
}

/** How many entries each of the nodes holds. */
export function logSizes(nodes: readonly HostedNode[]): Promise<number[]> {
  return Promise.all(nodes.map(async ({ client }) => must(await client.status()).logSize));
}

/** Waits until each of the nodes holds at least `count` more entries than any of them does now. */
export async function moreFinal(nodes: readonly HostedNode[], count: number): Promise<void> {
  const goal = Math.max(...(await logSizes(nodes))) + count;
  const names = nodes.map(({ name }) => name).join(', ');
  await eventually(`${count} more records are final on ${names}`, async () => {
    const sizes = await logSizes(nodes);
    return sizes.every((size) => size >= goal) ? true : undefined;
  });
}

/** Waits until a block that the node itself proposed, above all there are now, is final: it votes and leads again. */
export async function takesPart({ network, watch }: Lab, { index, name }: HostedNode): Promise<void> {
  const others = network.nodes.filter((node) => node.index !== index);
  const statuses = await Promise.all(others.map(({ client }) => client.status()));
  const height = Math.max(...statuses.map((status) => must(status).height));
  await eventually(`${name} leads a block above ${height}`, () =>
    watch.blocks.slice(height).some(({ proposer }) => proposer === index) ? true : undefined,
  );
}

/** The node whose turn it is to propose, by what another of them knows. */
export async function leaderOf({ nodes }: HostNetwork): Promise<HostedNode> {
  const [first] = nodes;
  if (first === undefined) throw new Error('a network has nodes');
  const { view } = must(await first.client.status());
  const leader = nodes[view % nodes.length];
  return leader ?? first;
}

/** f: how many of n nodes may be lost, or lie. */
export function byzantineBound(n: number): number {
  return Math.floor((n - 1) / 3);
}

/** The lines of a node's log so far that contain `text`. */
export function logLines(network: HostNetwork, node: HostedNode, text: string): string[] {
  return network
    .logOf(node)
    .split('\n')
    .filter((line) => line.includes(text));
}
