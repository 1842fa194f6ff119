import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError } from './config-error.ts';

/** A TCP address to listen on. Port 0 takes any free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the gateway stops taking work. Every queue has a bound; beyond it the answer is 503. */
export interface Limits {
  /** One uploaded file. */
  readonly maxFileBytes: number;
  /** Records of posts that are not answered yet. */
  readonly maxQueuedRecords: number;
  /** Durable records that are not final yet; reached when the ledger is unreachable or slower than intake. */
  readonly maxUnfinalizedRecords: number;
}

/** The settings of one gateway process, as in its gateway.toml; paths are absolute. */
export interface GatewayConfig {
  readonly name: string;
  readonly genesisPath: string;
  /** Index in the registry of gateways. */
  readonly gateway: number;
  /** The registered suite's private key, PEM. */
  readonly keyPath: string;
  readonly dataPath: string;
  /** Node URLs in order of preference; the others are for failover. */
  readonly nodes: readonly string[];
  /** The first start with a database writes its first API key here, mode 0600. */
  readonly apiKeyPath: string;
  readonly http: { readonly listen: ListenAddress };
  readonly ops: { readonly listen: ListenAddress };
  readonly log: { readonly level: LogLevel };
  readonly limits: Limits;
}

const CLOSED = { additionalProperties: false } as const;

const Count = (fallback: number) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: fallback });

const GatewayToml = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    genesis: Type.String({ minLength: 1 }),
    gateway: Type.Integer({ minimum: 0, maximum: 65_535 }),
    key: Type.String({ minLength: 1 }),
    data: Type.String({ minLength: 1 }),
    nodes: Type.Array(Type.String(), { minItems: 1, maxItems: 100 }),
    apiKeyFile: Type.String({ minLength: 1, default: 'keys/api-key' }),
    http: Type.Object({ listen: Type.String({ default: '127.0.0.1:8088' }) }, { ...CLOSED, default: {} }),
    ops: Type.Object({ listen: Type.String({ default: '127.0.0.1:9098' }) }, { ...CLOSED, default: {} }),
    log: Type.Object({ level: Type.Enum([...LOG_LEVELS], { default: 'info' }) }, { ...CLOSED, default: {} }),
    limits: Type.Object(
      {
        maxFileBytes: Count(4 * 1024 ** 3),
        maxQueuedRecords: Count(50_000),
        maxUnfinalizedRecords: Count(10_000_000),
      },
      { ...CLOSED, default: {} },
    ),
  },
  CLOSED,
);
type GatewayToml = Static<typeof GatewayToml>;

/**
 * Reads and validates a gateway.toml. Relative paths are taken from the file's own directory.
 * Throws ConfigError naming every fault.
 */
export function loadGatewayConfig(path: string): GatewayConfig {
  const file = resolve(path);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(file, ['the file cannot be read'], { cause });
  }
  return parseGatewayConfig(text, file);
}

/** As `loadGatewayConfig`, of a text; `file` is the absolute path it stands for. */
export function parseGatewayConfig(text: string, file: string): GatewayConfig {
  const toml = Value.Default(GatewayToml, parse(text, file));
  if (!Value.Check(GatewayToml, toml)) throw new ConfigError(file, schemaProblems(toml));
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

function schemaProblems(toml: unknown): string[] {
  const problems: string[] = [];
  for (const { instancePath, keyword, message } of Value.Errors(GatewayToml, toml)) {
    const key = instancePath.slice(1).replaceAll('/', '.');
    // An unknown key is named twice by the library: at the key, and at its table.
    if (keyword === 'additionalProperties') continue;
    problems.push(
      keyword === 'boolean' ? `unknown key ${key}: ${knownKeys(key)}` : `${key || 'the file'}: ${message}`,
    );
  }
  return problems;
}

/** "the keys here are …", for the table that an unknown key stands in. */
function knownKeys(key: string): string {
  const tables: Readonly<Record<string, TSchema>> = GatewayToml.properties;
  const table = key.includes('.') ? tables[key.split('.')[0] ?? ''] : GatewayToml;
  return `the keys here are ${Object.keys(Type.IsObject(table) ? table.properties : {}).join(', ')}`;
}

function resolveConfig(toml: GatewayToml, file: string): GatewayConfig {
  const problems: string[] = [];
  const directory = dirname(file);
  const listen = (key: string, value: string): ListenAddress => {
    const address = parseListenAddress(value);
    if (address === undefined) problems.push(`${key}: "${value}" is not host:port`);
    return address ?? { host: '', port: 0 };
  };
  for (const [i, node] of toml.nodes.entries()) {
    if (!isHttpUrl(node)) problems.push(`nodes[${i}]: "${node}" is not an http(s) URL`);
  }
  const config: GatewayConfig = {
    name: toml.name,
    genesisPath: resolve(directory, toml.genesis),
    gateway: toml.gateway,
    keyPath: resolve(directory, toml.key),
    dataPath: resolve(directory, toml.data),
    nodes: toml.nodes,
    apiKeyPath: resolve(directory, toml.apiKeyFile),
    http: { listen: listen('http.listen', toml.http.listen) },
    ops: { listen: listen('ops.listen', toml.ops.listen) },
    log: { level: toml.log.level },
    limits: toml.limits,
  };
  if (problems.length > 0) throw new ConfigError(file, problems);
  return Object.freeze(config);
}

/** `host:port`, the host of an IPv6 address in brackets. Undefined for anything else. */
function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : undefined;
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.search === '';
}
