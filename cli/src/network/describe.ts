import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Genesis, parseGenesis } from '@hufu/proof';
import { CliError } from '../errors.ts';
import { type NetworkLayout, networkLayout } from './layout.ts';
import { type Address, type Listener, processListeners } from './ports.ts';

/** A process of the network as others reach it. */
export interface Endpoint {
  readonly name: string;
  readonly httpUrl: string;
  /** Health and metrics. */
  readonly opsUrl: string;
  readonly listeners: readonly Listener[];
}

/** A network directory, read: what was agreed and where each process listens. */
export interface NetworkDescription {
  readonly layout: NetworkLayout;
  readonly genesis: Genesis;
  /** In the order of the genesis. */
  readonly nodes: readonly Endpoint[];
  readonly gateway: Endpoint;
}

/** The layout of an existing network directory. Throws `no-network` when there is none. */
export function requireNetwork(directory: string): NetworkLayout {
  const layout = networkLayout(resolve(directory));
  if (!existsSync(layout.genesisPath)) throw new CliError('no-network', layout.directory);
  return layout;
}

/** Reads the genesis of a network directory. Throws `config-invalid` when it is not one. */
export function readGenesis(layout: NetworkLayout): Genesis {
  const parsed = parseGenesis(readFileSync(layout.genesisPath));
  if (parsed.ok) return parsed.value.genesis;
  throw new CliError('config-invalid', `${layout.genesisPath}: ${parsed.error.code}`);
}

/** Reads every process's configuration. Throws `config-invalid` errors as the processes themselves would. */
export async function describeNetwork(layout: NetworkLayout): Promise<NetworkDescription> {
  const { loadNodeConfig } = await import('@hufu/node');
  const { loadGatewayConfig } = await import('@hufu/gateway');
  const genesis = readGenesis(layout);
  const nodes = genesis.validators.map(({ member }) => {
    const { http, ops, p2p } = loadNodeConfig(layout.node(member).configPath);
    return endpoint(member, http.listen, ops.listen, [tcpAddress(p2p.listen)]);
  });
  const gateway = loadGatewayConfig(layout.gateway.configPath);
  return {
    layout,
    genesis,
    nodes,
    gateway: endpoint(gateway.name, gateway.http.listen, gateway.ops.listen, []),
  };
}

function endpoint(name: string, http: Address, ops: Address, p2p: readonly Address[]): Endpoint {
  return {
    name,
    httpUrl: url(http),
    opsUrl: url(ops),
    listeners: processListeners(name, { http, ops, p2p }),
  };
}

function url({ host, port }: Address): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Host and port of a multiaddr that the configuration has already checked: /ip4/HOST/tcp/PORT. */
function tcpAddress(multiaddr: string): Address {
  const [, , host = '', , port = ''] = multiaddr.split('/');
  return { host, port: Number(port) };
}
