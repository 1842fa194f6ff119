import { asEpoch, asValidatorIndex, type Message, type ValidatorIndex } from '@hufu/consensus';
import { assertNever } from '@hufu/crypto';
import type { TrafficClass } from '../p2p/link.ts';
import { PeerTransport, type PeerTransportConfig } from '../p2p/peer-transport.ts';
import { decodeMessage, encodeMessage } from '../wire/index.ts';
import type { Network } from './environment.ts';

export interface PeerNetworkHandlers {
  onMessage(from: ValidatorIndex, message: Message, sizeBytes: number): void;
  onConnected(peer: ValidatorIndex): void;
  onDisconnected(peer: ValidatorIndex, reason: string): void;
}

/** The only epoch, until the replica changes epochs. */
const EPOCH = asEpoch(0);

/** The replica's network over libp2p: encodes once per message, whoever it goes to. */
export class PeerNetwork implements Network {
  readonly #config: PeerTransportConfig;
  #transport: PeerTransport | undefined;

  constructor(config: PeerTransportConfig) {
    this.#config = config;
  }

  /** Listens and dials; before it whatever is sent is lost. Throws when the address is taken. */
  async start(handlers: PeerNetworkHandlers): Promise<PeerTransport> {
    this.#transport = await PeerTransport.start(this.#config, {
      onFrame(peer, _trafficClass, frame) {
        const decoded = decodeMessage(frame);
        if (!decoded.ok) return false;
        const { epoch, message } = decoded.value;
        if (epoch === EPOCH) handlers.onMessage(asValidatorIndex(peer), message, frame.length);
        return true;
      },
      onConnected: (peer) => handlers.onConnected(asValidatorIndex(peer)),
      onDisconnected: (peer, reason) => handlers.onDisconnected(asValidatorIndex(peer), reason),
    });
    return this.#transport;
  }

  isConnected(peer: number): boolean {
    return this.#transport?.isConnected(peer) ?? false;
  }

  send(to: ValidatorIndex, message: Message): void {
    if (!this.isConnected(to)) return;
    this.#transport?.send(to, trafficClassOf(message), encodeMessage({ epoch: EPOCH, message }));
  }

  broadcast(message: Message): void {
    this.#transport?.broadcast(trafficClassOf(message), encodeMessage({ epoch: EPOCH, message }));
  }

  pauseBulk(paused: boolean): void {
    this.#transport?.pauseBulk(paused);
  }

  async stop(): Promise<void> {
    await this.#transport?.stop();
  }
}

/** Whatever can be large goes by itself, so that votes never wait behind it. */
export function trafficClassOf(message: Message): TrafficClass {
  switch (message.kind) {
    case 'batch':
    case 'blocks':
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
      return 'control';
    default:
      return assertNever(message);
  }
}
