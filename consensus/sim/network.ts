import type { Message } from '../src/interface.ts';
import type { ValidatorIndex } from '../src/types.ts';
import type { EventQueue } from './event-queue.ts';
import type { LinkRates, Mishaps } from './mishaps.ts';
import { noise } from './prng.ts';

export interface NetworkFaults extends LinkRates {
  /** One-way delay, ms. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Whether messages of one link may overtake each other. */
  readonly reorder: boolean;
}

/** Where messages and news of connections end up. */
export interface Endpoint {
  receive(from: ValidatorIndex, message: Message): void;
  connected(peer: ValidatorIndex): void;
  disconnected(peer: ValidatorIndex): void;
}

/** What each number that follows from the seed is for. */
const DELAY = 11;
const SECOND_DELAY = 12;

/**
 * All-to-all authenticated links that delay, lose, repeat, reorder, and break along partitions. Ends are nodes; a
 * validator that runs twice has two, and what is sent to it goes to both.
 */
export class Network {
  faults: NetworkFaults;
  sent = 0;
  readonly #queue: EventQueue;
  readonly #seed: number;
  readonly #mishaps: Mishaps;
  /** The validator of each node. */
  readonly #validators: readonly ValidatorIndex[];
  /** The nodes of each validator. */
  readonly #nodes: readonly (readonly number[])[];
  readonly #endpoints: (Endpoint | undefined)[];
  /** By link: messages so far, the last arrival, and whether both ends know that it works. */
  readonly #counts: Int32Array;
  readonly #lastArrivalMs: Float64Array;
  readonly #connected: Uint8Array;
  /** Group of each node; only nodes of one group reach each other. */
  #groups: readonly number[];
  /** By view − 1, as in a scenario. */
  #rounds: readonly (readonly number[])[];

  constructor(
    validators: readonly ValidatorIndex[],
    queue: EventQueue,
    seed: number,
    mishaps: Mishaps,
    faults: NetworkFaults,
    rounds: readonly (readonly number[])[],
  ) {
    const size = validators.length;
    this.faults = faults;
    this.#queue = queue;
    this.#seed = seed;
    this.#mishaps = mishaps;
    this.#validators = validators;
    this.#nodes = validators.map((validator) =>
      validators.flatMap((other, node) => (other === validator ? [node] : [])),
    );
    this.#endpoints = new Array<Endpoint | undefined>(size).fill(undefined);
    this.#counts = new Int32Array(size * size);
    this.#lastArrivalMs = new Float64Array(size * size);
    this.#connected = new Uint8Array(size * size);
    this.#groups = validators.map(() => 0);
    this.#rounds = rounds;
  }

  /** A node comes up: both ends of every link that works hear of it. */
  attach(node: number, endpoint: Endpoint): void {
    this.#endpoints[node] = endpoint;
    this.#notice();
  }

  /** A node goes down. */
  detach(node: number): void {
    this.#endpoints[node] = undefined;
    for (let other = 0; other < this.#validators.length; other++) this.#disconnect(node, other);
  }

  /** Splits the nodes. When `noticed`, connections across the split break; otherwise messages just vanish. */
  split(groups: readonly number[], noticed: boolean): void {
    this.#groups = groups;
    if (noticed) this.#notice();
  }

  /** Every node reaches every other, whatever the view. */
  heal(): void {
    this.#rounds = [];
    this.split(
      this.#groups.map(() => 0),
      true,
    );
  }

  /** Tells both ends of every link whose state they do not know yet. */
  #notice(): void {
    const size = this.#validators.length;
    for (let a = 0; a < size; a++) {
      for (let b = a + 1; b < size; b++) {
        const [one, two] = [this.#endpoints[a], this.#endpoints[b]];
        const [validatorA, validatorB] = [this.#validators[a], this.#validators[b]];
        if (one === undefined || two === undefined || validatorA === undefined || validatorB === undefined)
          continue;
        if (this.#groups[a] !== this.#groups[b]) {
          this.#disconnect(a, b);
        } else if (this.#connected[a * size + b] === 0) {
          this.#connected[a * size + b] = 1;
          this.#connected[b * size + a] = 1;
          one.connected(validatorB);
          two.connected(validatorA);
        }
      }
    }
  }

  #disconnect(a: number, b: number): void {
    const size = this.#validators.length;
    if (this.#connected[a * size + b] === 0) return;
    this.#connected[a * size + b] = 0;
    this.#connected[b * size + a] = 0;
    this.#tellGone(a, b);
    this.#tellGone(b, a);
  }

  /** A validator that runs twice is gone when both of its nodes are. */
  #tellGone(to: number, node: number): void {
    const validator = this.#validators[node];
    if (validator === undefined) return;
    const size = this.#validators.length;
    if (this.#nodes[validator]?.some((other) => this.#connected[to * size + other] === 1)) return;
    this.#endpoints[to]?.disconnected(validator);
  }

  /** `view` is the sender's, for messages that name none. */
  send(from: number, to: ValidatorIndex, message: Message, view: number): void {
    for (const node of this.#nodes[to] ?? []) this.#sendTo(from, node, message, view);
  }

  #sendTo(from: number, to: number, message: Message, view: number): void {
    if (this.#validators[from] === this.#validators[to]) return;
    this.sent++;
    const link = from * this.#validators.length + to;
    const count = (this.#counts[link] ?? 0) + 1;
    this.#counts[link] = count;
    const round =
      this.#rounds.length === 0 ? undefined : this.#rounds['view' in message ? message.view - 1 : view - 1];
    if (round !== undefined && !isHeard(round, from, to, message)) return;
    const copies = this.#mishaps.copies(from, to, count, this.faults);
    if (copies > 0) this.#deliver(from, to, message, noise(this.#seed, DELAY, link, count));
    if (copies > 1) this.#deliver(from, to, message, noise(this.#seed, SECOND_DELAY, link, count));
  }

  #deliver(from: number, to: number, message: Message, drawn: number): void {
    const { minDelayMs, maxDelayMs, reorder } = this.faults;
    const link = from * this.#validators.length + to;
    const { nowMs } = this.#queue;
    let arrivalMs = nowMs + minDelayMs + Math.floor(drawn * (maxDelayMs - minDelayMs + 1));
    if (!reorder) {
      arrivalMs = Math.max(arrivalMs, this.#lastArrivalMs[link] ?? 0);
      this.#lastArrivalMs[link] = arrivalMs;
    }
    const receiver = this.#endpoints[to];
    const sender = this.#validators[from];
    if (receiver === undefined || sender === undefined) return;
    this.#queue.after(arrivalMs - nowMs, () => {
      // A node that restarted meanwhile has new connections: what was under way to the old one is gone.
      if (this.#endpoints[to] === receiver && this.#groups[from] === this.#groups[to]) {
        receiver.receive(sender, message);
      }
    });
  }
}

function isHeard(round: readonly number[], from: number, to: number, { kind }: Message): boolean {
  const [keeper] = round;
  if (keeper === undefined) return kind !== 'proposal' && kind !== 'reproposal';
  if (round.length > 1) return round[from] === round[to];
  return from !== keeper && (kind === 'notarize') === (to === keeper);
}
