import type { Message } from '../src/interface.ts';
import { asValidatorIndex, type ValidatorIndex } from '../src/types.ts';
import type { EventQueue } from './event-queue.ts';
import type { Prng } from './prng.ts';

export interface NetworkFaults {
  /** One-way delay, ms. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** Whether messages of one link may overtake each other. */
  readonly reorder: boolean;
}

/** Where messages and news of connections end up. */
export interface Endpoint {
  receive(from: ValidatorIndex, message: Message): void;
  connected(peer: ValidatorIndex): void;
  disconnected(peer: ValidatorIndex): void;
}

/** All-to-all authenticated links that delay, lose, repeat, reorder, and break along partitions. */
export class Network {
  faults: NetworkFaults;
  sent = 0;
  readonly #queue: EventQueue;
  readonly #prng: Prng;
  readonly #endpoints = new Map<number, Endpoint>();
  readonly #lastArrivalMs = new Map<string, number>();
  /** Group of each node; only nodes of one group reach each other. */
  #groups: readonly number[];

  constructor(n: number, queue: EventQueue, prng: Prng, faults: NetworkFaults) {
    this.faults = faults;
    this.#queue = queue;
    this.#prng = prng;
    this.#groups = new Array<number>(n).fill(0);
  }

  /** A node comes up: both ends of every link that works hear of it. */
  attach(index: ValidatorIndex, endpoint: Endpoint): void {
    this.#endpoints.set(index, endpoint);
    for (const peer of this.#reachable(index)) {
      endpoint.connected(peer);
      this.#endpoints.get(peer)?.connected(index);
    }
  }

  /** A node goes down. */
  detach(index: ValidatorIndex): void {
    const peers = this.#reachable(index);
    this.#endpoints.delete(index);
    for (const peer of peers) this.#endpoints.get(peer)?.disconnected(index);
  }

  /**
   * Splits the nodes. When `noticed`, connections across the split break, and come back with the next split
   * that joins them; otherwise messages just vanish.
   */
  split(groups: readonly number[], noticed: boolean): void {
    const before = this.#groups;
    this.#groups = groups;
    if (!noticed) return;
    for (const [a, endpoint] of this.#endpoints) {
      for (const b of this.#endpoints.keys()) {
        if (a === b) continue;
        const was = before[a] === before[b];
        const is = groups[a] === groups[b];
        if (was && !is) endpoint.disconnected(asValidatorIndex(b));
        if (!was && is) endpoint.connected(asValidatorIndex(b));
      }
    }
  }

  send(from: ValidatorIndex, to: ValidatorIndex, message: Message): void {
    if (from === to) return;
    this.sent++;
    const { lossRate, duplicateRate } = this.faults;
    if (this.#prng.chance(lossRate)) return;
    this.#deliver(from, to, message);
    if (this.#prng.chance(duplicateRate)) this.#deliver(from, to, message);
  }

  #deliver(from: ValidatorIndex, to: ValidatorIndex, message: Message): void {
    const { minDelayMs, maxDelayMs, reorder } = this.faults;
    const link = `${from}>${to}`;
    let arrivalMs = this.#queue.nowMs + this.#prng.integer(minDelayMs, maxDelayMs);
    if (!reorder) {
      arrivalMs = Math.max(arrivalMs, this.#lastArrivalMs.get(link) ?? 0);
      this.#lastArrivalMs.set(link, arrivalMs);
    }
    const receiver = this.#endpoints.get(to);
    this.#queue.after(arrivalMs - this.#queue.nowMs, () => {
      // A node that restarted meanwhile has new connections: what was under way to the old one is gone.
      if (this.#endpoints.get(to) !== receiver || receiver === undefined) return;
      if (this.#groups[from] === this.#groups[to]) receiver.receive(from, message);
    });
  }

  #reachable(index: number): readonly ValidatorIndex[] {
    return [...this.#endpoints.keys()]
      .filter((peer) => peer !== index && this.#groups[peer] === this.#groups[index])
      .map(asValidatorIndex);
  }
}
