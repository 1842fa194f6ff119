import { trafficClassOf } from '../src/replica/peer-network.ts';
import { decodeMessage, type Envelope, encodeMessage } from '../src/wire/index.ts';
import type { Random } from './random.ts';
import type { Cancel, VirtualTime } from './virtual-time.ts';

export interface NetworkWeather {
  /** One way, ms. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Chance, for each message, that the connection it is on breaks. */
  readonly breakRate: number;
}

/** One life of a node, as the network knows it. */
export interface Endpoint {
  readonly peerId: string;
  /** Whether all that it sends can be decoded. */
  readonly isHonest: boolean;
  /** Whom it dials or accepts now. */
  knows(peer: string): 'dials' | 'accepts' | undefined;
  onConnected(peer: string): void;
  onDisconnected(peer: string): void;
  onMessage(from: string, received: Envelope, sizeBytes: number): void;
}

interface Connection {
  readonly ends: readonly [Endpoint, Endpoint];
  /** When the last message of each direction and class arrives: a stream keeps its order. */
  readonly lastArrivalMs: Map<string, number>;
  /** Messages that a silent cut holds back: TCP sends them again when it is over. */
  held: (() => void)[];
  isOpen: boolean;
}

/** How often whoever dials tries again, ms, and how long the connection of one who is no peer any more lasts. */
const DIAL_MS = 200;
const RETIRE_MS = 5_000;
/** A connection over which nothing passes is given up. */
const SILENCE_MS = 10_000;

/**
 * Connections between whoever knows each other, as the transport makes them: two ordered streams, one of them for what
 * is large. They break with what is under way on them, along partitions at once or, when a cut is silent, after a
 * while; then they are dialled again. Every message passes through the wire format.
 */
export class SimNetwork {
  weather: NetworkWeather;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #connections = new Map<string, Connection>();
  readonly #retiring = new Map<Connection, Cancel>();
  /** Peers that each endpoint is trying to reach. */
  readonly #dialling = new Map<Endpoint, Set<string>>();
  /** Groups by peer; peers of different groups do not reach each other. */
  #groups: ReadonlyMap<string, number> = new Map();
  messages = 0;

  constructor(time: VirtualTime, random: Random, weather: NetworkWeather) {
    this.#time = time;
    this.#random = random;
    this.weather = weather;
  }

  /** A node comes up. */
  attach(endpoint: Endpoint): void {
    this.#endpoints.set(endpoint.peerId, endpoint);
    this.#dialFrom(endpoint);
    for (const other of this.#endpoints.values()) if (other !== endpoint) this.#dial(other, endpoint.peerId);
  }

  /** A node goes down; its peers learn that their connections are gone. */
  detach(endpoint: Endpoint): void {
    if (this.#endpoints.get(endpoint.peerId) === endpoint) this.#endpoints.delete(endpoint.peerId);
    this.#dialling.delete(endpoint);
    for (const connection of this.#connections.values()) {
      if (connection.ends.includes(endpoint)) this.#break(connection);
    }
  }

  /** The endpoint knows other peers from now on. */
  changed(endpoint: Endpoint): void {
    for (const connection of this.#connections.values()) {
      if (!connection.ends.includes(endpoint) || this.#retiring.has(connection)) continue;
      if (mutual(connection.ends)) continue;
      const cancel = this.#time.after(RETIRE_MS, () => {
        this.#retiring.delete(connection);
        if (!mutual(connection.ends)) this.#break(connection);
      });
      this.#retiring.set(connection, cancel);
    }
    this.#dialFrom(endpoint);
  }

  /** `silent`: connections across the cut stay, and nothing passes on them. */
  split(groups: ReadonlyMap<string, number>, silent: boolean): void {
    this.#groups = groups;
    for (const connection of this.#connections.values()) {
      if (this.#reaches(connection.ends)) this.#release(connection);
      else if (!silent) this.#break(connection);
      else this.#giveUpSilent(connection);
    }
  }

  heal(): void {
    this.split(new Map(), false);
  }

  /** Breaks the connection of two peers, if there is one. */
  cut(a: string, b: string): void {
    const connection = this.#connections.get(keyOf(a, b));
    if (connection !== undefined) this.#break(connection);
  }

  send(from: Endpoint, to: string, sent: Envelope): void {
    const connection = this.#connections.get(keyOf(from.peerId, to));
    if (connection === undefined || !connection.ends.includes(from)) return;
    this.messages++;
    if (this.#random.chance(this.weather.breakRate)) {
      this.#break(connection);
      return;
    }
    const receiver = connection.ends[0] === from ? connection.ends[1] : connection.ends[0];
    const bytes = encodeMessage(sent);
    const stream = `${from.peerId} ${trafficClassOf(sent.message)}`;
    const { minDelayMs, maxDelayMs } = this.weather;
    const { nowMs } = this.#time;
    const earliestMs = nowMs + this.#random.integer(minDelayMs, maxDelayMs);
    const arrivalMs = Math.max(earliestMs, connection.lastArrivalMs.get(stream) ?? 0);
    connection.lastArrivalMs.set(stream, arrivalMs);
    const deliver = (): void => {
      if (!connection.isOpen) return;
      const decoded = decodeMessage(bytes);
      if (!decoded.ok) {
        if (from.isHonest) throw new Error(`own message: ${decoded.error.remark}`);
        // As the transport does.
        this.#break(connection);
        return;
      }
      receiver.onMessage(from.peerId, decoded.value, bytes.length);
    };
    this.#time.after(arrivalMs - nowMs, () => {
      if (this.#reaches(connection.ends) && connection.held.length === 0) deliver();
      else connection.held.push(deliver);
    });
  }

  isConnected(endpoint: Endpoint, peer: string): boolean {
    return this.#connections.get(keyOf(endpoint.peerId, peer))?.ends.includes(endpoint) ?? false;
  }

  #dialFrom(endpoint: Endpoint): void {
    for (const peer of this.#endpoints.keys()) this.#dial(endpoint, peer);
  }

  /** Tries until it succeeds or is not this endpoint's to try. */
  #dial(from: Endpoint, to: string): void {
    const dialling = this.#dialling.get(from) ?? new Set();
    if (from.peerId === to || from.knows(to) !== 'dials' || dialling.has(to)) return;
    this.#dialling.set(from, dialling.add(to));
    this.#time.after(this.#random.integer(1, DIAL_MS), () => {
      dialling.delete(to);
      const other = this.#endpoints.get(to);
      const isUp = this.#endpoints.get(from.peerId) === from && other !== undefined;
      if (!isUp || from.knows(to) !== 'dials' || this.#connections.has(keyOf(from.peerId, to))) return;
      if (this.#reaches([from, other]) && mutual([from, other])) this.#connect(from, other);
      else this.#dial(from, to);
    });
  }

  #connect(from: Endpoint, to: Endpoint): void {
    const connection = { ends: [from, to] as const, lastArrivalMs: new Map(), held: [], isOpen: true };
    this.#connections.set(keyOf(from.peerId, to.peerId), connection);
    from.onConnected(to.peerId);
    to.onConnected(from.peerId);
  }

  #break(connection: Connection): void {
    const [a, b] = connection.ends;
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.#retiring.get(connection)?.();
    this.#retiring.delete(connection);
    this.#connections.delete(keyOf(a.peerId, b.peerId));
    for (const [end, other] of [[a, b] as const, [b, a] as const]) {
      if (this.#endpoints.get(end.peerId) !== end) continue;
      end.onDisconnected(other.peerId);
      this.#dial(end, other.peerId);
    }
  }

  #giveUpSilent(connection: Connection): void {
    this.#time.after(SILENCE_MS, () => {
      if (connection.isOpen && !this.#reaches(connection.ends)) this.#break(connection);
    });
  }

  #release(connection: Connection): void {
    const { held } = connection;
    connection.held = [];
    for (const deliver of held) deliver();
  }

  #reaches([a, b]: readonly [Endpoint, Endpoint]): boolean {
    return (this.#groups.get(a.peerId) ?? 0) === (this.#groups.get(b.peerId) ?? 0);
  }
}

/** One of them dials, and the other would take it. */
function mutual([a, b]: readonly [Endpoint, Endpoint]): boolean {
  return a.knows(b.peerId) !== undefined && b.knows(a.peerId) !== undefined;
}

function keyOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
