import { isIP } from 'node:net';
import type { GenesisGateway } from '@hufu/proof';
import { stringify } from 'smol-toml';
import type { PortPlan } from './ports.ts';

/** Where one node runs. Without a host it is on this machine, reached and listening on loopback only. */
export interface Placement {
  readonly name: string;
  readonly peerId: string;
  readonly host: string | undefined;
  readonly ports: PortPlan['nodes'][number];
}

const LOOPBACK = '127.0.0.1';
const HEADER = '# Settings of this process. What all nodes must share is in the genesis file.\n\n';

/**
 * The node.toml of `placements[index]`. Peers are listed with their peer ids. With hosts the p2p port
 * listens on all addresses, since the other organisations must reach it; HTTP and metrics stay local.
 */
export function nodeToml(placements: readonly Placement[], index: number, genesisPath: string): string {
  const own = placements[index];
  if (own === undefined) throw new Error(`there is no node ${index}`);
  const peers = placements.flatMap((placement, peer) =>
    peer === index ? [] : [`${tcpMultiaddr(placement)}/p2p/${placement.peerId}`],
  );
  const listenHost = own.host === undefined ? LOOPBACK : '0.0.0.0';
  return `${HEADER}${stringify({
    name: own.name,
    genesis: genesisPath,
    keys: 'keys',
    data: 'data',
    p2p: { listen: `/ip4/${listenHost}/tcp/${own.ports.p2p}`, peers },
    http: { listen: `${LOOPBACK}:${own.ports.http}` },
    ops: { listen: `${LOOPBACK}:${own.ports.ops}` },
    log: { level: 'info' },
  })}\n`;
}

/**
 * The gateway.toml of a gateway that submits to the first node and fails over to the others. It runs on the first
 * node's host and reaches that node over loopback; the others by their hosts' names.
 */
export function gatewayToml(
  gateway: GenesisGateway,
  placements: readonly Placement[],
  ports: PortPlan['gateway'],
  genesisPath: string,
): string {
  return `${HEADER}${stringify({
    name: gateway.name,
    genesis: genesisPath,
    gateway: gateway.index,
    key: `keys/${gateway.suite}.pem`,
    data: 'data',
    apiKeyFile: 'keys/api-key',
    nodes: placements.map(({ host = LOOPBACK, ports: { http } }, index) => {
      return `http://${urlHost(index === 0 ? LOOPBACK : host)}:${http}`;
    }),
    http: { listen: `${LOOPBACK}:${ports.http}` },
    ops: { listen: `${LOOPBACK}:${ports.ops}` },
    log: { level: 'info' },
  })}\n`;
}

function tcpMultiaddr({ host = LOOPBACK, ports }: Placement): string {
  const protocol = { 4: 'ip4', 6: 'ip6', 0: 'dns' }[isIP(host)];
  return `/${protocol}/${host}/tcp/${ports.p2p}`;
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
