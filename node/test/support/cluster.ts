import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnswerOf, type NodeClient, type NodeRoutes, nodeClient } from '@hufu/api';
import { stringify } from 'smol-toml';
import { createTestNetwork, type TestNetwork } from './network.ts';

const NODE_PROCESS = fileURLToPath(new URL('./node-process.ts', import.meta.url));

export type NodeStatus = AnswerOf<NodeRoutes['status']>;

/** Real node processes on loopback, each in its directory under the system's temporary one. */
export class TestCluster {
  readonly network: TestNetwork;
  readonly directory: string;
  readonly #processes: (ChildProcess | undefined)[];
  readonly #clients: (NodeClient | undefined)[];
  readonly #opsUrls: string[] = [];

  private constructor(network: TestNetwork, directory: string) {
    this.network = network;
    this.directory = directory;
    this.#processes = network.validators.map(() => undefined);
    this.#clients = network.validators.map(() => undefined);
  }

  /** Writes genesis, keys and configurations for n nodes; starts none. */
  static async create(n: number): Promise<TestCluster> {
    const network = createTestNetwork(n);
    const directory = join(tmpdir(), `hufu-cluster-${process.pid}-${Date.now()}`);
    const cluster = new TestCluster(network, directory);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'genesis.json'), network.genesisBytes);
    const ports = await freePorts(n);
    for (const [index, validator] of network.validators.entries()) {
      const keys = join(directory, validator.name, 'keys');
      mkdirSync(keys, { recursive: true });
      writeFileSync(join(keys, 'p2p.key'), validator.peerKey, { mode: 0o600 });
      for (const [suite, pem] of validator.pems) {
        writeFileSync(join(keys, `${suite}.pem`), pem, { mode: 0o600 });
      }
      const toml = stringify({
        name: validator.name,
        genesis: '../genesis.json',
        keys: 'keys',
        data: 'data',
        p2p: {
          listen: `/ip4/127.0.0.1/tcp/${ports[index]}`,
          peers: ports.flatMap((port, peer) =>
            peer === index ? [] : [`/ip4/127.0.0.1/tcp/${port}/p2p/${network.validators[peer]?.peerId}`],
          ),
        },
        http: { listen: '127.0.0.1:0' },
        ops: { listen: '127.0.0.1:0' },
        log: { level: 'debug' },
      });
      writeFileSync(cluster.configPath(index), toml);
    }
    return cluster;
  }

  get size(): number {
    return this.network.validators.length;
  }

  nodePath(index: number): string {
    const validator = this.network.validators[index];
    if (validator === undefined) throw new Error(`no node ${index}`);
    return join(this.directory, validator.name);
  }

  configPath(index: number): string {
    return join(this.nodePath(index), 'node.toml');
  }

  /** Starts a node; resolves when it serves. `execArgv` is for profiling. */
  async start(index: number, execArgv: readonly string[] = []): Promise<void> {
    const child = fork(NODE_PROCESS, [this.configPath(index)], {
      execArgv: [...execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      cwd: this.nodePath(index),
    });
    const log = createWriteStream(join(this.nodePath(index), 'log'), { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.#processes[index] = child;
    const urls = await new Promise<{ httpUrl: string; opsUrl: string }>((resolve, reject) => {
      child.once('message', (message: { httpUrl: string; opsUrl: string }) => resolve(message));
      child.once('exit', (code) =>
        reject(new Error(`node ${index} ended with ${code}, see ${this.nodePath(index)}/log`)),
      );
    });
    this.#clients[index] = nodeClient(urls.httpUrl);
    this.#opsUrls[index] = urls.opsUrl;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.network.validators.map((_, index) => this.start(index)));
  }

  /** Ends a node with a signal; resolves with its exit code when it is gone. */
  async end(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#processes[index];
    if (child === undefined) return null;
    this.#processes[index] = undefined;
    if (child.exitCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  client(index: number): NodeClient {
    const client = this.#clients[index];
    if (client === undefined) throw new Error(`node ${index} was not started`);
    return client;
  }

  opsUrl(index: number): string {
    const url = this.#opsUrls[index];
    if (url === undefined) throw new Error(`node ${index} was not started`);
    return url;
  }

  async status(index: number): Promise<NodeStatus> {
    const reply = await this.client(index).status();
    if (!reply.ok) throw new Error(`status of node ${index}: ${reply.error.kind}`);
    return reply.value;
  }

  /** Follows a node's blocks until `done` of one, whose status is returned. Rejects after `timeoutMs`. */
  async until(
    index: number,
    done: (status: NodeStatus) => boolean,
    timeoutMs = 120_000,
  ): Promise<NodeStatus> {
    const signal = AbortSignal.timeout(timeoutMs);
    const now = await this.status(index);
    if (done(now)) return now;
    for await (const _ of this.client(index).events({ afterHeight: now.height, signal })) {
      const status = await this.status(index);
      if (done(status)) return status;
    }
    throw new Error(`node ${index} did not get there: ${JSON.stringify(await this.status(index))}`);
  }

  /** Ends every process and removes the directory, unless HUFU_KEEP is set. */
  async destroy(): Promise<void> {
    await Promise.all(this.#processes.map((_, index) => this.end(index, 'SIGKILL')));
    if (process.env.HUFU_KEEP === undefined) rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Ports that are free now: asked from the system and given back. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      server.close();
      await once(server, 'close');
      if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
      return address.port;
    }),
  );
}
