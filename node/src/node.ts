import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Epoch, quorum, type Report } from '@hufu/consensus';
import { assertNever, toHex } from '@hufu/crypto';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { ConfigError } from './config/config-error.ts';
import { loadIdentity, type NodeIdentity } from './config/identity.ts';
import type { ListenAddress, NodeConfig } from './config/node-config.ts';
import { createApiServer } from './http/api-server.ts';
import { createOpsServer, type HealthPart } from './http/ops-server.ts';
import type { NodeService, Participation } from './http/service.ts';
import { enterEpoch } from './ledger/index.ts';
import type { ExecutedBlock, LedgerState } from './ledger/types.ts';
import { NodeMetrics } from './metrics/node-metrics.ts';
import type { PeerId } from './p2p/peer-transport.ts';
import { ClockWatch } from './replica/clock-watch.ts';
import { systemClock } from './replica/environment.ts';
import { Ingress } from './replica/ingress.ts';
import { participation } from './replica/participation.ts';
import { PeerNetwork } from './replica/peer-network.ts';
import { Replica } from './replica/replica.ts';
import { type Place, placeIn } from './replica/session.ts';
import { logDropped, ReportLog } from './report-log.ts';
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
  const place = placeIn(enterEpoch(store.chain.state), identity);
  if (place.kind === 'none' && !config.observer) {
    await store.close();
    const remedy = `${place.reason} (its peer id is ${identity.peerId}); observer = true lets it follow without voting`;
    throw new ConfigError(config.keysPath, [remedy]);
  }
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
  index: number | null = null;
  readonly chain: Store['chain'];
  view = 0;
  participation: Participation = { kind: 'observer', reason: 'this node has not started' };

  readonly #config: NodeConfig;
  readonly #peerId: PeerId;
  readonly #logger: Logger;
  readonly #reportLog: ReportLog;
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
  readonly #clockWatch = new ClockWatch(systemClock.nowMs);

  constructor(config: NodeConfig, identity: NodeIdentity, store: Store, logger: Logger) {
    this.name = config.name;
    this.chain = store.chain;
    this.#config = config;
    this.#logger = logger;
    this.#reportLog = new ReportLog(logger, systemClock.nowMs);
    this.#store = store;
    const admit = participation(config.dataPath, store.condition);
    this.#network = new PeerNetwork({
      privateKey: identity.peerKey,
      listen: config.p2p.listen,
      self: identity.peerId,
      chainTag: chainTag(identity),
      addresses: new Map(config.p2p.peers.map(({ peerId, multiaddr }) => [peerId, multiaddr])),
      observers: config.p2p.observers,
    });
    this.#replica = new Replica({
      store,
      clock: systemClock,
      network: this.#network,
      keys: identity,
      reasonToObserve: (keySet) => {
        const { reasonToObserve, warnings } = admit(identity.keyFolders[keySet] ?? config.keysPath);
        for (const warning of warnings) logger.warn(warning);
        return reasonToObserve;
      },
      observer: {
        onEpoch: (epoch, place) => this.#onEpoch(epoch, place),
        onReport: (report) => this.#onReport(report),
        onApplied: (blocks) => this.#onApplied(blocks),
        onHistory: () => this.#onHistory(),
        onOwnBatchStored: (payload) => this.#ingress.stored(payload),
        onOwnBatchLost: (payload, prepared) => this.#ingress.lost(payload, prepared),
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
    this.#peerId = identity.peerId;
    this.#logStart();
  }

  async start(): Promise<RunningNode> {
    await this.#replica.start();
    const transport = await this.#network.start({
      onMessage: (from, received, sizeBytes) => this.#replica.onMessage(from, received, sizeBytes),
      onConnected: (peer) => {
        this.#logger.info({ peer: this.#nameOf(peer) }, 'peer connected');
        this.#replica.onPeerConnected(peer);
      },
      onDisconnected: (peer, reason) => {
        this.#logger.info({ peer: this.#nameOf(peer), reason }, 'peer disconnected');
        this.#replica.onPeerDisconnected(peer);
      },
    });
    this.#metrics.watch({
      store: this.#store,
      transport,
      ingressBytes: () => this.#ingress.waitingBytes,
      wallMs: systemClock.wallMs,
      deltaMs: () => this.#replica.deltaMs ?? Number.NaN,
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
    const peerId = this.#validators[peer]?.peerId;
    return peerId !== undefined && this.#network.isConnected(peerId);
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

  #logStart(): void {
    const { tip, logSize } = this.chain.state;
    const { condition } = this.#store;
    this.#logger.info({ peerId: this.#peerId, height: tip.height, logSize, condition }, 'node starts');
  }

  #onEpoch(epoch: Epoch, place: Place): void {
    if (place.kind === 'validator') {
      this.index = place.index;
      this.participation = { kind: 'validator' };
      this.#ingress.reopen();
      this.#logger.info({ epoch, index: place.index }, 'this node is a validator of the epoch');
    } else {
      this.index = null;
      if (this.participation.kind !== 'halted')
        this.participation = { kind: 'observer', reason: place.reason };
      this.#ingress.abandon();
      this.#logger.warn({ epoch, reason: place.reason }, 'this node observes and signs nothing');
    }
    for (const { member, peerId } of this.#validators) {
      // Of two validators the one with the lower peer id dials; an observer dials them all.
      const dials = peerId !== this.#peerId && (place.kind !== 'validator' || this.#peerId < peerId);
      if (!dials || this.#config.p2p.peers.some((peer) => peer.peerId === peerId)) continue;
      this.#logger.warn({ peer: member, peerId }, 'no address in p2p.peers: it is not dialled');
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
    this.#metrics.onApplied(blocks, systemClock.wallMs());
    for (const block of blocks) {
      logDropped(this.#logger, block);
      for (const listener of this.#blockListeners) listener(block);
    }
  }

  #onHistory(): void {
    const { history } = this.chain;
    if (history === null) this.#logger.info('the past is complete');
    else
      this.#logger.info(
        { height: history.state.tip.height, toHeight: history.toHeight },
        'the past is being fetched',
      );
  }

  #onReport(report: Report): void {
    this.#metrics.onReport(report);
    this.#reportLog.write(this.chain.state.epoch, report, (validator) => this.#memberOf(validator));
    switch (report.type) {
      case 'view-entered':
        this.view = report.view;
        return;
      case 'backpressure':
        if (report.origin === this.index) this.#ingress.backpressure(report.on);
        return;
      case 'clock-skew':
        this.#clockWatch.note(report.leader, report.aheadMs);
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
    const validators = this.#validators;
    const connected = validators.filter((_, peer) => this.isConnected(peer)).length;
    const present = connected + (this.index === null ? 0 : 1);
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

  /** Of the epoch of the next block. */
  get #validators(): LedgerState['registry']['validators'] {
    return enterEpoch(this.chain.state).registry.validators;
  }

  get #clockProblem(): string | null {
    const aheadMs = this.#clockWatch.othersAheadMs(this.#validators.length);
    if (aheadMs === null) return null;
    return `this clock is about ${Math.abs(aheadMs)} ms ${aheadMs > 0 ? 'behind' : 'ahead of'} those of other validators`;
  }

  #memberOf(validator: number): string {
    return this.#validators[validator]?.member ?? String(validator);
  }

  /** A peer's member, or its id when it is no validator. */
  #nameOf(peer: PeerId): string {
    return this.#validators.find(({ peerId }) => peerId === peer)?.member ?? peer;
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
