import { assertNever } from '@hufu/crypto';
import type { TrafficClass } from '../p2p/link.ts';
import { type Peer, type PeerId, PeerTransport, type PeerTransportConfig } from '../p2p/peer-transport.ts';
import { type AnyMessage, decodeMessage, type Envelope, encodeMessage } from '../wire/index.ts';
import type { Network } from './environment.ts';

export interface PeerNetworkConfig extends PeerTransportConfig {
  /** This node's own. */
  readonly self: PeerId;
  /** Where peers can be dialled. */
  readonly addresses: ReadonlyMap<PeerId, string>;
  /** Who may connect and follow without being a validator. */
  readonly observers: readonly PeerId[];
}

export interface PeerNetworkHandlers {
  onMessage(from: PeerId, received: Envelope, sizeBytes: number): void;
  onConnected(peer: PeerId): void;
  onDisconnected(peer: PeerId, reason: string): void;
}

/** The replica's network over libp2p: encodes once per message, whoever it goes to. */
export class PeerNetwork implements Network {
  readonly #config: PeerNetworkConfig;
  #validators: readonly PeerId[] = [];
  #transport: PeerTransport | undefined;

  constructor(config: PeerNetworkConfig) {
    this.#config = config;
  }

  /** Listens and dials; before it whatever is sent is lost. Throws when the address is taken. */
  async start(handlers: PeerNetworkHandlers): Promise<PeerTransport> {
    this.#transport = await PeerTransport.start(this.#config, {
      onFrame(peer, trafficClass, frame) {
        const decoded = decodeMessage(frame);
        if (!decoded.ok) return false;
        // Threat: batches on the stream that is read even while this node asks for no more of them.
        if (trafficClassOf(decoded.value.message) !== trafficClass) return false;
        handlers.onMessage(peer, decoded.value, frame.length);
        return true;
      },
      onConnected: (peer) => handlers.onConnected(peer),
      onDisconnected: (peer, reason) => handlers.onDisconnected(peer, reason),
    });
    this.#transport.setPeers(this.#peers());
    return this.#transport;
  }

  meet(validators: readonly PeerId[]): void {
    this.#validators = validators;
    this.#transport?.setPeers(this.#peers());
  }

  isConnected(peer: PeerId): boolean {
    return this.#transport?.isConnected(peer) ?? false;
  }

  send(to: readonly PeerId[], sent: Envelope): void {
    const connected = to.filter((peer) => this.isConnected(peer));
    if (connected.length === 0) return;
    const trafficClass = trafficClassOf(sent.message);
    const frame = encodeMessage(sent);
    for (const peer of connected) this.#transport?.send(peer, trafficClass, frame);
  }

  pauseBulk(paused: boolean): void {
    this.#transport?.pauseBulk(paused);
  }

  async stop(): Promise<void> {
    await this.#transport?.stop();
  }

  #peers(): readonly Peer[] {
    return peersOf(this.#config, this.#validators);
  }
}

/**
 * Whom a node keeps connections with; those with an address it dials. Of two validators the one with the lower id dials;
 * an observer dials. A validator treats an observer that it has an address of like a validator: one that was removed while it was
 * down still takes itself for one, and waits to be dialled.
 */
export function peersOf(
  { self, addresses, observers }: Pick<PeerNetworkConfig, 'self' | 'addresses' | 'observers'>,
  validators: readonly PeerId[],
): readonly Peer[] {
  const isValidator = validators.includes(self);
  const others = validators.filter((peerId) => peerId !== self);
  const followers = observers.filter((peerId) => peerId !== self && !others.includes(peerId));
  return [
    ...others.map((peerId) => {
      const isOurs = !isValidator || self < peerId;
      return { peerId, address: isOurs ? addresses.get(peerId) : undefined };
    }),
    ...followers.map((peerId) => {
      const isOurs = isValidator && self < peerId;
      return { peerId, address: isOurs ? addresses.get(peerId) : undefined };
    }),
  ];
}

/** Whatever can be large goes by itself, so that votes never wait behind it. */
export function trafficClassOf(message: AnyMessage): TrafficClass {
  switch (message.kind) {
    case 'batch':
    case 'blocks':
    case 'epochs':
    case 'snapshot':
    case 'state-chunk':
      return 'bulk';
    case 'proposal':
    case 'reproposal':
    case 'notarize':
    case 'nullify':
    case 'finalize':
    case 'notarization':
    case 'nullification':
    case 'finalization':
    case 'acks':
    case 'status':
    case 'fetch-proposal':
    case 'fetch-certificates':
    case 'fetch-batch':
    case 'fetch-blocks':
    case 'fetch-epochs':
    case 'fetch-snapshot':
    case 'fetch-state-chunk':
      return 'control';
    default:
      return assertNever(message);
  }
}
