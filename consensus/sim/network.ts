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
  /** Links that both ends know to work, as "low-high". */
  readonly #connected = new Set<string>();
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
    this.#notice();
  }

  /** A node goes down. */
  detach(index: ValidatorIndex): void {
    this.#endpoints.delete(index);
    for (const link of this.#connected) {
      const [a, b] = link.split('-').map(Number);
      if (a === index || b === index) this.#disconnect(link);
    }
  }

  /** Splits the nodes. When `noticed`, connections across the split break; otherwise messages just vanish. */
  split(groups: readonly number[], noticed: boolean): void {
    this.#groups = groups;
    if (noticed) this.#notice();
  }

  /** Tells both ends of every link whose state they do not know yet. */
  #notice(): void {
    const nodes = [...this.#endpoints.keys()].sort((a, b) => a - b);
    for (const a of nodes) {
      for (const b of nodes) {
        if (a >= b) continue;
        const link = `${a}-${b}`;
        const works = this.#groups[a] === this.#groups[b];
        if (works && !this.#connected.has(link)) {
          this.#connected.add(link);
          this.#endpoints.get(a)?.connected(asValidatorIndex(b));
          this.#endpoints.get(b)?.connected(asValidatorIndex(a));
        } else if (!works && this.#connected.has(link)) {
          this.#disconnect(link);
        }
      }
    }
  }

  #disconnect(link: string): void {
    this.#connected.delete(link);
    const [a = 0, b = 0] = link.split('-').map(Number);
    this.#endpoints.get(a)?.disconnected(asValidatorIndex(b));
    this.#endpoints.get(b)?.disconnected(asValidatorIndex(a));
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
}
