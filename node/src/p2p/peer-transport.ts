import type { Connection, ConnectionGater, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import { Link, type TrafficClass } from './link.ts';
import { parsePeerKey } from './peer-key.ts';

/** A peer's libp2p id. */
export type PeerId = string;

/** A registered peer. */
export interface Peer {
  readonly peerId: PeerId;
  /** Where to dial it; undefined when it dials us. */
  readonly address: string | undefined;
}

export interface PeerTransportConfig {
  /** libp2p private-key protobuf. */
  readonly privateKey: Uint8Array;
  /** Multiaddr to listen on, such as /ip4/127.0.0.1/tcp/7000. */
  readonly listen: string;
  /** Names the chain in the protocol ids, so that nodes of two chains never speak. */
  readonly chainTag: string;
  /** How long a connection is kept with a peer that is none any more; a few seconds when absent. */
  readonly retireMs?: number;
}

export interface PeerTransportHandlers {
  /** One whole frame from an authenticated peer. False: it is no message of this class; the connection is closed. */
  onFrame(peer: PeerId, trafficClass: TrafficClass, frame: Uint8Array): boolean;
  onConnected(peer: PeerId): void;
  onDisconnected(peer: PeerId, reason: string): void;
}

/** What went wrong since the start; read by the metrics. */
export interface PeerTransportCounters {
  refusedConnections: number;
  malformedFrames: number;
  droppedFrames: number;
  failedDials: number;
}

/** Reconnection: doubles from the first to the last, jittered by half, forgotten once a link has held this long. */
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 3_000;
const STABLE_LINK_MS = 10_000;
const DIAL_TIMEOUT_MS = 10_000;
/** Bytes a peer may send on one stream before we grant more: enough for 100 MB/s at 40 ms. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** An accepted connection that has not opened both its streams by then is closed. */
const STREAMS_TIMEOUT_MS = 10_000;
/** Connections at once: a validator set and as many observers, each twice while a new one replaces the old. */
const MAX_CONNECTIONS = 400;
/** Connections that are not authenticated yet, and new ones a second from one address. */
const MAX_PENDING_CONNECTIONS = 128;

const RETIRE_MS = 5_000;

/** A registered peer as it is dealt with. */
interface Registered extends Peer {
  /** Ends the dialling of it. */
  readonly removed: AbortController;
}

/**
 * Connections to the registered peers over libp2p: TCP, TLS 1.3 bound to the peer id, yamux. A connection from
 * an unregistered peer is refused after the handshake, before any protocol is spoken. Who of two peers dials is for
 * the caller to say, so that each pair has one connection; a new one from the same peer replaces the old.
 */
export class PeerTransport {
  readonly counters: PeerTransportCounters = {
    refusedConnections: 0,
    malformedFrames: 0,
    droppedFrames: 0,
    failedDials: 0,
  };
  readonly #libp2p: Libp2p;
  readonly #config: PeerTransportConfig;
  readonly #handlers: PeerTransportHandlers;
  readonly #peers: Map<PeerId, Registered>;
  readonly #links = new Map<PeerId, { readonly link: Link; readonly closed: Promise<void> }>();
  /** Accepted connections of which only some streams are open yet. */
  readonly #opening = new Map<Connection, Partial<Record<TrafficClass, Stream>>>();
  readonly #stopping = new AbortController();
  #bulkPaused = false;

  private constructor(
    libp2p: Libp2p,
    config: PeerTransportConfig,
    handlers: PeerTransportHandlers,
    peers: Map<PeerId, Registered>,
  ) {
    this.#libp2p = libp2p;
    this.#config = config;
    this.#handlers = handlers;
    this.#peers = peers;
  }

  /** Listens, and knows no peer yet. Throws when the key is unusable or the address is taken. */
  static async start(config: PeerTransportConfig, handlers: PeerTransportHandlers): Promise<PeerTransport> {
    const key = parsePeerKey(config.privateKey);
    if (key === undefined) throw new Error('the p2p key is not an Ed25519 libp2p private key');
    const peers = new Map<PeerId, Registered>();
    let refused = () => {};
    const libp2p = await createLibp2p({
      start: false,
      privateKey: key.key,
      addresses: { listen: [config.listen] },
      transports: [tcp({ backlog: 128 })],
      connectionEncrypters: [tls()],
      streamMuxers: [
        yamux({
          maxInboundStreams: 4,
          maxOutboundStreams: 4,
          streamOptions: {
            initialStreamWindowSize: WINDOW_BYTES,
            maxStreamWindowSize: WINDOW_BYTES,
            maxReadBufferLength: 2 * WINDOW_BYTES,
          },
        }),
      ],
      connectionGater: registeredPeersOnly(peers, () => refused()),
      connectionManager: {
        maxConnections: MAX_CONNECTIONS,
        inboundConnectionThreshold: MAX_PENDING_CONNECTIONS,
        maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
        inboundUpgradeTimeout: DIAL_TIMEOUT_MS,
        reconnectRetries: 0,
      },
      connectionMonitor: { enabled: false },
    });
    const transport = new PeerTransport(libp2p, config, handlers, peers);
    refused = () => {
      transport.counters.refusedConnections += 1;
    };
    await transport.#listen();
    return transport;
  }

  /**
   * Registers exactly these peers: new ones are dialled in the background, others lose their connection after a while in
   * which they can still learn why.
   */
  setPeers(peers: readonly Peer[]): void {
    const wanted = new Map(peers.map((peer) => [peer.peerId, peer]));
    for (const [peerId, known] of this.#peers) {
      const peer = wanted.get(peerId);
      if (peer?.address === known.address && peer !== undefined) continue;
      known.removed.abort();
      this.#peers.delete(peerId);
      if (peer === undefined) this.#retire(peerId);
    }
    for (const peer of peers) {
      if (this.#peers.has(peer.peerId)) continue;
      const registered = { ...peer, removed: new AbortController() };
      this.#peers.set(peer.peerId, registered);
      if (peer.address !== undefined) void this.#keepDialling(registered, peer.address);
    }
  }

  /** The addresses listened on, with the real port where 0 was asked for; without the /p2p/ part. */
  get addresses(): readonly string[] {
    return this.#libp2p.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/[^/]+$/, ''));
  }

  isConnected(peer: PeerId): boolean {
    return this.#links.has(peer);
  }

  /** Bytes waiting for slow peers. */
  get queuedBytes(): number {
    let total = 0;
    for (const { link } of this.#links.values()) total += link.queuedBytes;
    return total;
  }

  /** Queues a frame for a peer; dropped when it is not connected or too slow (the protocol resends). */
  send(peer: PeerId, trafficClass: TrafficClass, frame: Uint8Array): void {
    const known = this.#links.get(peer);
    if (known !== undefined && !known.link.send(trafficClass, frame)) this.counters.droppedFrames += 1;
  }

  /** Stops reading bulk frames while this node is behind with its own work; yamux then stops the senders. */
  pauseBulk(paused: boolean): void {
    this.#bulkPaused = paused;
    for (const { link } of this.#links.values()) link.pauseBulk(paused);
  }

  /** Closes every connection and the listener. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { link } of [...this.#links.values()]) link.close('stopping');
    await this.#libp2p.stop();
  }

  #retire(peer: PeerId): void {
    setTimeout(() => {
      if (!this.#peers.has(peer)) this.#links.get(peer)?.link.close('not a peer any more');
    }, this.#config.retireMs ?? RETIRE_MS).unref();
  }

  async #listen(): Promise<void> {
    for (const trafficClass of ['control', 'bulk'] as const) {
      await this.#libp2p.handle(
        this.#protocol(trafficClass),
        (stream, connection) => this.#onStream(trafficClass, stream, connection),
        { maxInboundStreams: 1 },
      );
    }
    this.#libp2p.addEventListener('connection:open', ({ detail }) => this.#onConnection(detail));
    try {
      await this.#libp2p.start();
    } catch (cause) {
      throw new Error(`cannot listen on ${this.#config.listen}`, { cause });
    }
  }

  #protocol(trafficClass: TrafficClass): string {
    return `/hufu/${this.#config.chainTag}/${trafficClass}/1`;
  }

  /**
   * An accepted connection has to open its streams soon, and a peer has one such connection at a time. Threat: a
   * registered peer that opens connections until libp2p prunes those of others.
   */
  #onConnection(connection: Connection): void {
    if (connection.direction === 'outbound') return;
    for (const other of this.#opening.keys()) {
      if (other.remotePeer.equals(connection.remotePeer))
        other.abort(new Error('replaced by a new connection'));
    }
    this.#opening.set(connection, {});
    const timeout = setTimeout(() => {
      if (this.#opening.has(connection)) connection.abort(new Error('streams not opened'));
    }, STREAMS_TIMEOUT_MS);
    timeout.unref();
    connection.addEventListener('close', () => {
      clearTimeout(timeout);
      this.#opening.delete(connection);
    });
  }

  #onStream(trafficClass: TrafficClass, stream: Stream, connection: Connection): void {
    const peer = this.#peers.get(connection.remotePeer.toString());
    const streams = this.#opening.get(connection);
    if (peer === undefined || streams === undefined) {
      connection.abort(new Error('unexpected stream'));
      return;
    }
    streams[trafficClass] = stream;
    const { control, bulk } = streams;
    if (control === undefined || bulk === undefined) return;
    this.#opening.delete(connection);
    void this.#addLink(peer.peerId, connection, { control, bulk });
  }

  /** Resolves when the link is closed. */
  #addLink(
    peer: PeerId,
    connection: Connection,
    streams: Readonly<Record<TrafficClass, Stream>>,
  ): Promise<void> {
    this.#links.get(peer)?.link.close('replaced by a new connection');
    const closed = Promise.withResolvers<void>();
    const link: Link = new Link(connection, streams, {
      onFrame: (trafficClass, frame) => {
        const isMessage = this.#handlers.onFrame(peer, trafficClass, frame);
        if (!isMessage) this.counters.malformedFrames += 1;
        return isMessage;
      },
      onClosed: (reason) => {
        if (this.#links.get(peer)?.link === link) {
          this.#links.delete(peer);
          this.#handlers.onDisconnected(peer, reason);
        }
        closed.resolve();
      },
    });
    this.#links.set(peer, { link, closed: closed.promise });
    if (this.#bulkPaused) link.pauseBulk(true);
    this.#handlers.onConnected(peer);
    return closed.promise;
  }

  async #keepDialling({ peerId, removed }: Registered, address: string): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, removed.signal]);
    let failures = 0;
    while (!signal.aborted) {
      // Around a change of epochs both of two peers may think that dialling is theirs: one connection will do.
      await this.#links.get(peerId)?.closed;
      if (signal.aborted) return;
      const startedMs = performance.now();
      try {
        const { connection, streams } = await this.#dial(`${address}/p2p/${peerId}`, signal);
        await this.#addLink(peerId, connection, streams);
      } catch {
        this.counters.failedDials += 1;
      }
      failures = performance.now() - startedMs > STABLE_LINK_MS ? 0 : failures + 1;
      const backoffMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 16));
      await delay(backoffMs * (0.5 + Math.random() / 2), signal);
    }
  }

  async #dial(
    address: string,
    stop: AbortSignal,
  ): Promise<{ connection: Connection; streams: Readonly<Record<TrafficClass, Stream>> }> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(DIAL_TIMEOUT_MS)]);
    const connection = await this.#libp2p.dial(multiaddr(address), { signal, force: true });
    try {
      const control = await connection.newStream(this.#protocol('control'), { signal });
      const bulk = await connection.newStream(this.#protocol('bulk'), { signal });
      return { connection, streams: { control, bulk } };
    } catch (error) {
      // A peer that refuses us lets the dial succeed and then closes.
      connection.abort(new Error('streams not opened'));
      throw error;
    }
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

/** REJECT whoever is not registered now. */
function registeredPeersOnly(peers: ReadonlyMap<PeerId, Registered>, onRefused: () => void): ConnectionGater {
  const isUnknown = (peerId: { toString(): string }) => !peers.has(peerId.toString());
  const refused = (peerId: { toString(): string }) => {
    const unknown = isUnknown(peerId);
    if (unknown) onRefused();
    return unknown;
  };
  return {
    denyDialPeer: isUnknown,
    denyOutboundConnection: isUnknown,
    denyOutboundEncryptedConnection: refused,
    denyInboundEncryptedConnection: refused,
  };
}
