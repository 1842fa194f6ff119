import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asValidatorIndex, quorum, type Report } from '@hufu/consensus';
import { assertNever, toHex } from '@hufu/crypto';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { loadIdentity, type NodeIdentity } from './config/identity.ts';
import type { ListenAddress, NodeConfig } from './config/node-config.ts';
import { createApiServer } from './http/api-server.ts';
import { createOpsServer, type HealthPart } from './http/ops-server.ts';
import type { NodeService, Participation } from './http/service.ts';
import type { ExecutedBlock } from './ledger/types.ts';
import { NodeMetrics } from './metrics/node-metrics.ts';
import { systemClock } from './replica/environment.ts';
import { Ingress } from './replica/ingress.ts';
import { admit } from './replica/participation.ts';
import { PeerNetwork } from './replica/peer-network.ts';
import { Replica } from './replica/replica.ts';
import { logReport } from './report-log.ts';
import { openStore } from './store/index.ts';
import type { BlockRecord, Store } from './store/types.ts';

/** A node that serves. */
export interface RunningNode {
  /** Bound addresses, with the real ports where 0 was asked for. */
  readonly httpUrl: string;
  readonly opsUrl: string;
  /** Multiaddr. */
  readonly p2pAddress: string;
  /** Settles when the node has failed by itself (a disk, a broken invariant); it then only says so over HTTP. */
  readonly failed: Promise<Error>;
  /** Stops taking submissions, makes durable what was taken, closes everything. */
  stop(): Promise<void>;
}

/** How long a stopping node waits for submissions under way. */
const DRAIN_TIMEOUT_MS = 3_000;

const VERSION: string = readVersion();
const EXPLORER_PATH = fileURLToPath(new URL('../../explorer/dist', import.meta.url));

/**
 * Starts a validator's process from its configuration: the one place where the parts of a node meet. Throws
 * ConfigError when genesis or keys do not fit, and the system's error when an address is taken.
 */
export async function startNode(config: NodeConfig): Promise<RunningNode> {
  const logger = createLogger(config);
  const identity = loadIdentity(config);
  for (const warning of identity.warnings) logger.warn(warning);
  const store = await openStore({ directory: config.dataPath, genesisBytes: identity.genesisBytes });
  const node = new Node(config, identity, store, logger);
  try {
    return await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
}

class Node implements NodeService {
  readonly name: string;
  readonly version = VERSION;
  readonly index: number;
  readonly chain: Store['chain'];
  view = 0;
  participation: Participation;

  readonly #config: NodeConfig;
  readonly #logger: Logger;
  readonly #store: Store;
  readonly #network: PeerNetwork;
  readonly #replica: Replica;
  readonly #ingress: Ingress;
  readonly #metrics = new NodeMetrics();
  readonly #blockListeners = new Set<(record: BlockRecord) => void>();
  readonly #failure = Promise.withResolvers<Error>();
  #servers: readonly FastifyInstance[] = [];
  #stopping: Promise<void> | undefined;
  #failureReason: string | null = null;
  /** How far a leader's block was ahead of our clock, when that made us refuse it. */
  #clockProblem: string | null = null;

  constructor(config: NodeConfig, identity: NodeIdentity, store: Store, logger: Logger) {
    const { index, genesis, validator } = identity;
    this.name = config.name;
    this.index = index;
    this.chain = store.chain;
    this.#config = config;
    this.#logger = logger;
    this.#store = store;
    const { reasonToObserve: reason, warnings } = admit(config.keysPath, config.dataPath, store.condition);
    for (const warning of warnings) logger.warn(warning);
    this.participation = reason === undefined ? { kind: 'validator' } : { kind: 'observer', reason };
    this.#network = new PeerNetwork({
      privateKey: identity.peerKey,
      listen: config.p2p.listen,
      self: index,
      chainTag: chainTag(identity),
      peers: genesis.validators.flatMap(({ peerId }, peer) =>
        peer === index
          ? []
          : [{ index: peer, peerId, address: config.p2p.peers.find((at) => at.index === peer)?.multiaddr }],
      ),
    });
    this.#replica = new Replica({
      store,
      clock: systemClock,
      network: this.#network,
      index: asValidatorIndex(index),
      signers: identity.signers,
      mayVote: this.participation.kind === 'validator',
      observer: {
        onReport: (report) => this.#onReport(report),
        onApplied: (blocks) => this.#onApplied(blocks),
        onOwnBatchStored: (payload) => this.#ingress.stored(payload),
        onTurn: (facts) => this.#metrics.onTurn(facts),
        onFailure: (error) => this.#onFailure(error),
      },
    });
    this.#ingress = new Ingress({
      clock: systemClock,
      state: () => store.chain.state,
      checkSignature: this.#replica.checkSignature,
      disseminate: (payload, prepared) => this.#replica.disseminate(payload, prepared),
    });
    if (this.participation.kind !== 'validator') this.#ingress.abandon();
    this.#logStart(validator.member);
  }

  async start(): Promise<RunningNode> {
    await this.#replica.start();
    const transport = await this.#network.start({
      onMessage: (from, message, sizeBytes) => this.#replica.onMessage(from, message, sizeBytes),
      onConnected: (peer) => {
        this.#logger.info({ peer: this.#memberOf(peer) }, 'peer connected');
        this.#replica.onPeerConnected(peer);
      },
      onDisconnected: (peer, reason) => {
        this.#logger.info({ peer: this.#memberOf(peer), reason }, 'peer disconnected');
        this.#replica.onPeerDisconnected(peer);
      },
    });
    this.#metrics.watch({
      store: this.#store,
      transport,
      ingressBytes: () => this.#ingress.waitingBytes,
      nowMs: systemClock.nowMs,
    });
    const api = await createApiServer(this, { logger: this.#logger, explorerPath: EXPLORER_PATH });
    const ops = createOpsServer(
      {
        health: () => this.#health(),
        readiness: () => this.#readiness(),
        metrics: this.#metrics.registry,
      },
      this.#logger,
    );
    this.#servers = [api, ops];
    const httpUrl = await listen(api, this.#config.http.listen);
    const opsUrl = await listen(ops, this.#config.ops.listen);
    const [p2pAddress = this.#config.p2p.listen] = transport.addresses;
    this.#logger.info({ httpUrl, opsUrl, p2pAddress }, 'node serves');
    return {
      httpUrl,
      opsUrl,
      p2pAddress,
      failed: this.#failure.promise,
      stop: () => this.stop(),
    };
  }

  isConnected(peer: number): boolean {
    return this.#network.isConnected(peer);
  }

  submit(bytes: Uint8Array): ReturnType<NodeService['submit']> {
    return this.#ingress.submit(bytes);
  }

  submitGovernance(bytes: Uint8Array): ReturnType<NodeService['submitGovernance']> {
    return this.#ingress.submitGovernance(bytes);
  }

  onBlock(listener: (record: BlockRecord) => void): () => void {
    this.#blockListeners.add(listener);
    return () => this.#blockListeners.delete(listener);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #logStart(member: string): void {
    const { tip, logSize, genesis } = this.chain.state;
    const { condition } = this.#store;
    this.#logger.info({ index: this.index, member, height: tip.height, logSize, condition }, 'node starts');
    if (this.participation.kind !== 'validator') {
      this.#logger.error({ reason: this.participation.reason }, 'this node observes and signs nothing');
    }
    for (let peer = this.index + 1; peer < genesis.validators.length; peer += 1) {
      // Of two validators the one with the lower index dials.
      if (this.#config.p2p.peers.some(({ index }) => index === peer)) continue;
      this.#logger.warn({ peer: this.#memberOf(peer) }, 'no address in p2p.peers: cannot be connected to');
    }
  }

  async #stop(): Promise<void> {
    this.#logger.info('node stops');
    await Promise.race([this.#ingress.drain(), timeout(DRAIN_TIMEOUT_MS)]);
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#network.stop();
    await this.#replica.stop();
    await this.#store.close();
    this.#logger.info('node stopped');
  }

  #onApplied(blocks: readonly ExecutedBlock[]): void {
    this.#ingress.applied(blocks);
    this.#metrics.onApplied(blocks, systemClock.nowMs());
    this.#clockProblem = null;
    for (const block of blocks) {
      for (const dropped of block.dropped) {
        this.#logger.warn({ height: block.block.height, ...dropped }, 'submission dropped');
      }
      for (const listener of this.#blockListeners) listener(block);
    }
  }

  #onReport(report: Report): void {
    this.#metrics.onReport(report);
    logReport(this.#logger, this.chain.state.epoch, report, (validator) => this.#memberOf(validator));
    switch (report.type) {
      case 'view-entered':
        this.view = report.view;
        return;
      case 'backpressure':
        if (report.origin === this.index) this.#ingress.backpressure(report.on);
        return;
      case 'clock-skew':
        this.#clockProblem = `a block of ${this.#memberOf(report.leader)} is ${report.aheadMs} ms ahead of this clock`;
        return;
      case 'halted':
        this.participation = {
          kind: 'halted',
          reason: 'a signature of this node’s key was made elsewhere: two hosts share one key',
        };
        this.#ingress.abandon();
        return;
      case 'view-nullified':
      case 'syncing':
      case 'invalid-message':
      case 'invalid-block':
      case 'equivocation':
        return;
      default:
        assertNever(report);
    }
  }

  #onFailure(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#failureReason = error.message;
    this.participation = { kind: 'halted', reason: `the node failed: ${error.message}` };
    this.#ingress.abandon();
    this.#logger.fatal({ err: error }, 'node failed');
    this.#failure.resolve(error);
  }

  /** Only what this node's operator can mend: by a restart, or as the problem says. */
  #health(): readonly HealthPart[] {
    return [{ part: 'process', problem: this.#failureReason }, ...this.#store.parts];
  }

  #readiness(): readonly HealthPart[] {
    const { participation } = this;
    const { validators } = this.chain.state.genesis;
    const present = 1 + validators.filter((_, peer) => this.isConnected(peer)).length;
    const needed = quorum(validators.length);
    return [
      { part: 'process', problem: this.#stopping === undefined ? this.#failureReason : 'stopping' },
      { part: 'participation', problem: participation.kind === 'validator' ? null : participation.reason },
      { part: 'clock', problem: this.#clockProblem },
      {
        part: 'quorum',
        problem: present >= needed ? null : `${present} of ${needed} validators needed are connected`,
      },
    ];
  }

  #memberOf(peer: number): string {
    return this.chain.state.genesis.validators[peer]?.member ?? String(peer);
  }
}

function createLogger({ name, log }: NodeConfig): Logger {
  return pino({
    level: log.level,
    base: { node: name },
    // Names that a field with a secret in it would have; keys themselves are never passed to the logger.
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.privateKey', '*.peerKey', '*.pem'],
  });
}

async function listen(server: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  return server.listen({ host, port });
}

/** A short name of the chain for protocol ids: the start of its first id. */
function chainTag({ chainId }: NodeIdentity): string {
  const [first] = chainId;
  if (first === undefined) throw new Error('a chain has at least one suite');
  return toHex(first.subarray(0, 8));
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    return String(manifest.version);
  }
  throw new Error('package.json has no version');
}
