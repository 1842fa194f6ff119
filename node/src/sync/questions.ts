import type { PeerId } from '../p2p/peer-transport.ts';
import type { Clock, Network } from '../replica/environment.ts';
import type { AnyMessage, Envelope } from '../wire/index.ts';

/** How long an answer may take, ms. */
const PATIENCE_MS = 5_000;

/** A message of one kind. */
export type MessageOf<K extends AnyMessage['kind']> = Extract<AnyMessage, { kind: K }>;

interface Open {
  readonly peer: PeerId;
  /** Takes the message if it is the answer. */
  readonly take: (received: Envelope) => boolean;
  readonly giveUp: () => void;
}

/** Questions to peers, each with the answer that belongs to it, or none in time. */
export class Questions {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #open = new Set<Open>();
  #stopped = false;

  constructor(network: Network, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** The peer's answer of that kind that fits; undefined when it gives none in time, is gone, or all is stopped. */
  ask<K extends AnyMessage['kind']>(
    peer: PeerId,
    question: Envelope,
    kind: K,
    fits: (answer: MessageOf<K>) => boolean,
  ): Promise<MessageOf<K> | undefined> {
    if (this.#stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (answer: MessageOf<K> | undefined): void => {
        this.#open.delete(open);
        cancel();
        resolve(answer);
      };
      const open: Open = {
        peer,
        take: ({ epoch, message }) => {
          if (epoch !== question.epoch || !isOf(message, kind) || !fits(message)) return false;
          settle(message);
          return true;
        },
        giveUp: () => settle(undefined),
      };
      const cancel = this.#clock.schedule(this.#clock.nowMs() + PATIENCE_MS, open.giveUp);
      this.#open.add(open);
      this.#network.send([peer], question);
    });
  }

  /** Whether the message was an answer that somebody waits for. */
  onMessage(from: PeerId, received: Envelope): boolean {
    for (const open of this.#open) if (open.peer === from && open.take(received)) return true;
    return false;
  }

  onGone(peer: PeerId): void {
    for (const open of [...this.#open]) if (open.peer === peer) open.giveUp();
  }

  stop(): void {
    this.#stopped = true;
    for (const open of [...this.#open]) open.giveUp();
  }
}

function isOf<K extends AnyMessage['kind']>(message: AnyMessage, kind: K): message is MessageOf<K> {
  return message.kind === kind;
}
