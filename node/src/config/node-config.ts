import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { multiaddr } from '@multiformats/multiaddr';
import { parse as parseToml, TomlError } from 'smol-toml';
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isPeerId } from '../p2p/peer-key.ts';
import { ConfigError } from './config-error.ts';
import { suggestion } from './suggestion.ts';

/** A TCP address to listen on. Port 0 takes any free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface PeerAddress {
  readonly peerId: string;
  /** Without the peer id, such as /ip4/10.0.0.2/tcp/7000. */
  readonly multiaddr: string;
}

export type LogLevel = (typeof LOG_LEVELS)[number];
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** The settings of one node process, as in its node.toml; paths are absolute. Chain parameters are in genesis. */
export interface NodeConfig {
  /** What logs and the status call this node. */
  readonly name: string;
  /** Whether it may run without being a validator: it follows, and votes from the epoch on that names it. */
  readonly observer: boolean;
  readonly genesisPath: string;
  /** Directory with p2p.key and one <suite>.pem for each suite; in its folder next, keys to rotate to. */
  readonly keysPath: string;
  readonly dataPath: string;
  readonly p2p: {
    /** Multiaddr, such as /ip4/0.0.0.0/tcp/7000. */
    readonly listen: string;
    /** Where to reach other validators. */
    readonly peers: readonly PeerAddress[];
    /** Peer ids of nodes that may connect and follow without being validators. */
    readonly observers: readonly string[];
  };
  /** Read API, submissions and explorer. */
  readonly http: { readonly listen: ListenAddress };
  /** Health and metrics. */
  readonly ops: { readonly listen: ListenAddress };
  readonly log: { readonly level: LogLevel };
}

const CLOSED = { additionalProperties: false } as const;

const NodeToml = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    genesis: Type.String({ minLength: 1 }),
    keys: Type.String({ minLength: 1 }),
    data: Type.String({ minLength: 1 }),
    observer: Type.Boolean({ default: false }),
    p2p: Type.Object(
      {
        listen: Type.String(),
        peers: Type.Array(Type.String(), { maxItems: 100, default: [] }),
        observers: Type.Array(Type.String(), { maxItems: 100, default: [] }),
      },
      CLOSED,
    ),
    http: Type.Object({ listen: Type.String({ default: '127.0.0.1:8080' }) }, { ...CLOSED, default: {} }),
    ops: Type.Object({ listen: Type.String({ default: '127.0.0.1:9090' }) }, { ...CLOSED, default: {} }),
    log: Type.Object({ level: Type.Enum([...LOG_LEVELS], { default: 'info' }) }, { ...CLOSED, default: {} }),
  },
  CLOSED,
);
type NodeToml = Static<typeof NodeToml>;

/**
 * Reads and validates a node.toml. Relative paths are taken from the file's own directory.
 * Throws ConfigError naming every fault, an unknown key with the key it resembles.
 */
export function loadNodeConfig(path: string): NodeConfig {
  const file = resolve(path);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(file, ['the file cannot be read'], { cause });
  }
  return parseNodeConfig(text, file);
}

/** As `loadNodeConfig`, of a text; `file` is the absolute path it stands for. */
export function parseNodeConfig(text: string, file: string): NodeConfig {
  const toml = Value.Default(NodeToml, parse(text, file));
  const problems = schemaProblems(NodeToml, toml);
  if (problems.length > 0 || !Value.Check(NodeToml, toml)) throw new ConfigError(file, problems);
  return resolveConfig(toml, file);
}

function parse(text: string, file: string): unknown {
  try {
    return parseToml(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [summary] = cause.message.split('\n');
    throw new ConfigError(file, [`line ${cause.line}, column ${cause.column}: ${summary}`], { cause });
  }
}

function resolveConfig(toml: NodeToml, file: string): NodeConfig {
  const problems: string[] = [];
  const directory = dirname(file);
  const listen = (key: string, value: string): ListenAddress => {
    const address = parseListenAddress(value);
    if (address === undefined) problems.push(`${key}: "${value}" is not host:port`);
    return address ?? { host: '', port: 0 };
  };
  const tcpMultiaddr = (key: string, value: string): string => {
    if (!isTcpMultiaddr(value)) problems.push(`${key}: "${value}" is not a TCP multiaddr`);
    return value;
  };
  const peer = (key: string, value: string): PeerAddress => {
    const at = /^(.*)\/p2p\/([^/]+)$/.exec(value);
    const [, address = '', peerId = ''] = at ?? [];
    if (!isTcpMultiaddr(address) || !isPeerId(peerId)) {
      problems.push(`${key}: "${value}" is not a TCP multiaddr that ends with /p2p/ and a peer id`);
    }
    return { peerId, multiaddr: address };
  };
  const peerIdOf = (key: string, value: string): string => {
    if (!isPeerId(value)) problems.push(`${key}: "${value}" is not a peer id`);
    return value;
  };
  const config: NodeConfig = {
    name: toml.name,
    observer: toml.observer,
    genesisPath: resolve(directory, toml.genesis),
    keysPath: resolve(directory, toml.keys),
    dataPath: resolve(directory, toml.data),
    p2p: {
      listen: tcpMultiaddr('p2p.listen', toml.p2p.listen),
      peers: toml.p2p.peers.map((value, i) => peer(`p2p.peers[${i}]`, value)),
      observers: toml.p2p.observers.map((value, i) => peerIdOf(`p2p.observers[${i}]`, value)),
    },
    http: { listen: listen('http.listen', toml.http.listen) },
    ops: { listen: listen('ops.listen', toml.ops.listen) },
    log: { level: toml.log.level },
  };
  if (new Set(config.p2p.peers.map(({ peerId }) => peerId)).size !== config.p2p.peers.length) {
    problems.push('p2p.peers: a peer id occurs twice');
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
  return Object.freeze(config);
}

/** `host:port`, the host of an IPv6 address in brackets. Undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : undefined;
}

function isTcpMultiaddr(text: string): boolean {
  try {
    const names = multiaddr(text)
      .getComponents()
      .map(({ name }) => name);
    return names.length === 2 && /^(ip4|ip6|dns|dns4|dns6)$/.test(names[0] ?? '') && names[1] === 'tcp';
  } catch {
    return false;
  }
}

/** One sentence for each schema fault; an unknown key gets the key it resembles. */
function schemaProblems(schema: TSchema, value: unknown): string[] {
  const problems: string[] = [];
  for (const error of Value.Errors(schema, value)) {
    const path = error.instancePath.slice(1).replaceAll('/', '.');
    if (error.keyword === 'additionalProperties') {
      const known = knownKeys(schema, error.instancePath);
      for (const key of error.params.additionalProperties) {
        const near = suggestion(key, known);
        const hint = near === undefined ? `known keys: ${known.join(', ')}` : `did you mean ${near}?`;
        problems.push(`unknown key ${path === '' ? key : `${path}.${key}`} (${hint})`);
      }
    } else if (error.keyword !== 'boolean') {
      // 'boolean' repeats what additionalProperties already said.
      problems.push(`${path === '' ? 'the file' : path} ${error.message}`);
    }
  }
  return problems;
}

/** The keys that the object at a JSON pointer may have. */
function knownKeys(schema: TSchema, pointer: string): string[] {
  let at: TSchema = schema;
  for (const part of pointer.split('/').slice(1)) {
    if (Type.IsArray(at)) at = at.items;
    else if (Type.IsObject(at)) at = at.properties[part] ?? at;
  }
  return Type.IsObject(at) ? Object.keys(at.properties) : [];
}
