import { assertNever, toHex } from '@hufu/crypto';
import { init, leader, step } from '../src/index.ts';
import type { Config, Effect, Event, Message, Recovery, StoredBlock } from '../src/interface.ts';
import type { State, Transition } from '../src/state.ts';
import type { Batch, BatchRef, Finalization, ValidatorIndex } from '../src/types.ts';
import type { Disk, Write } from './disk.ts';
import type { EventQueue } from './event-queue.ts';
import { executeBlock } from './execution.ts';
import type { Mishaps, Torn } from './mishaps.ts';
import type { Endpoint, Network, NetworkFaults } from './network.ts';
import { noise, type Prng } from './prng.ts';
import type { Signatures } from './signatures.ts';

/** The core as the host sees it; a mutant replaces it. */
export interface Core {
  readonly init: (config: Config, recovery: Recovery, nowMs: number) => Transition;
  readonly step: (state: State, event: Event) => Transition;
}
export const REAL_CORE: Core = { init, step };

/** How slow a host is at most, and its chance of a crash at each write and send. */
export interface HostFaults {
  readonly maxSyncMs: number;
  readonly maxVerifyMs: number;
  readonly maxExecuteMs: number;
  readonly maxApplyMs: number;
  readonly crashRate: number;
}

/** The conditions of all nodes for a while. */
export interface Weather {
  readonly network: NetworkFaults;
  readonly host: HostFaults;
  /** One node that is slower than the others in everything; null for none. */
  readonly slowNode: number | null;
}
/** What a faulty node remembers of what it got. */
const MAX_HEARD = 50;
/** How many times slower. */
const SLOWNESS = 10;

type Waiting<T extends Effect['type']> = Extract<Effect, { type: T }>;
/** An event that waits for a turn: its moment is the turn's. */
type Arrived = Event & { nowMs: number };

/** Looks on; throws when something happened that must never happen. */
export interface Watcher {
  readonly sending: (host: Host, message: Message) => void;
  readonly finalized: (host: Host, blocks: readonly StoredBlock[], finalization: Finalization) => void;
  readonly turned: (host: Host, state: State) => void;
  readonly started: (host: Host, view: number, effects: readonly Effect[]) => void;
  readonly signing: (host: Host, message: Waiting<'sign'>['message']) => void;
  readonly stored: (host: Host, batch: Batch) => void;
  readonly accepted: (host: Host, ref: BatchRef) => void;
  readonly reported: (host: Host, effect: Extract<Effect, { type: 'report' }>) => void;
}

/** Changes what a faulty node sends: what goes to whom instead of `message` to `to`. */
export type Tamper = (
  host: Host,
  to: ValidatorIndex,
  message: Message,
) => readonly (readonly [ValidatorIndex, Message])[];

export interface World {
  readonly config: Omit<Config, 'self'>;
  readonly validators: readonly ValidatorIndex[];
  readonly seed: number;
  /** The height whose block ends the epoch; null: it goes on. */
  readonly lastHeight: number | null;
  readonly queue: EventQueue;
  /** For actors only: what they do must not change what happens to others. */
  readonly prng: Prng;
  /** For actors only: an attacker may know all that others know, and lacks only their keys. */
  readonly hosts: readonly Host[];
  readonly mishaps: Mishaps;
  readonly network: Network;
  readonly signatures: Signatures;
  readonly watcher: Watcher;
  readonly core: Core;
  weather: Weather;
}

/** Who a host is. */
export interface Place {
  /** Its place in the network: its index, or, for the second node of a validator, one above all of them. */
  readonly node: number;
  readonly index: ValidatorIndex;
  /** What a faulty node makes of what the core sends; null for an honest one. */
  readonly tamper: Tamper | null;
  readonly clockOffsetMs: number;
  /**
   * One of two nodes with one key that must not stop: an honest node that sees its key used elsewhere halts, and two
   * such nodes would soon be silent. A halt is taken back after the event that caused it.
   */
  readonly ignoresHalt: boolean;
}

/** What each number that follows from the seed is for. */
const SYNC = 31;
const VERIFY = 32;
const EXECUTE = 33;
const APPLY = 34;

/** A simulated host: performs the numbered duties of src/interface.ts over a disk that survives it. */
export class Host implements Endpoint {
  readonly node: number;
  readonly index: ValidatorIndex;
  readonly world: World;
  readonly disk: Disk;
  readonly tamper: Tamper | null;
  readonly clockOffsetMs: number;
  readonly ignoresHalt: boolean;
  up = false;
  /** Its write-ahead log is gone: it follows and signs nothing (duty 10). */
  amnesiac = false;
  backpressure = false;
  crashes = 0;
  /** Writes and sends so far, over all lives. */
  effects = 0;
  /** Which of them were writes. */
  readonly writes: number[] = [];
  /** Turns so far, over all lives. */
  turns = 0;
  /** What a faulty node got last. */
  heard: readonly Message[] = [];
  /** When the last of what it has begun so far will be done: syncs, checks, executions. */
  busyUntilMs = 0;
  /** The protocol's state, for watching. */
  state: State | null = null;
  #life = 0;
  #inbox: Arrived[] = [];
  /** Writes on their way to the disk; null while it is idle. */
  #writing: readonly Write[] | null = null;
  #turnScheduled = false;
  #delays = 0;
  #timer = 0;
  #executed = new Set<string>();
  #applying: Waiting<'finalized'>[] = [];
  readonly #peers: readonly ValidatorIndex[];

  constructor(world: World, disk: Disk, { node, index, tamper, clockOffsetMs, ignoresHalt }: Place) {
    this.world = world;
    this.disk = disk;
    this.node = node;
    this.index = index;
    this.tamper = tamper;
    this.clockOffsetMs = clockOffsetMs;
    this.ignoresHalt = ignoresHalt;
    this.#peers = world.validators.filter((peer) => peer !== index);
  }

  get nowMs(): number {
    return this.world.queue.nowMs + this.clockOffsetMs;
  }

  start(): void {
    this.up = true;
    this.#life++;
    this.#inbox = [];
    this.#writing = null;
    this.#turnScheduled = false;
    this.#applying = [];
    this.backpressure = false;
    this.#executed = new Set([toHex(this.disk.tip.digests[0] ?? new Uint8Array())]);
    if (this.disk.tip.endsEpoch) {
      this.world.network.attach(this.node, this);
      return;
    }
    const config = { ...this.world.config, self: this.amnesiac ? null : this.index };
    const started = this.world.core.init(config, this.disk.recovery(), this.nowMs);
    this.state = started.state;
    this.world.watcher.started(this, started.state.view, started.effects);
    this.#perform(started.effects);
    if (this.up) this.world.network.attach(this.node, this);
  }

  crash(torn: Torn = this.world.mishaps.torn(this.node, this.crashes)): void {
    if (!this.up) return;
    this.disk.tear(this.#writing ?? [], torn, this.world.seed + this.crashes);
    this.up = false;
    this.state = null;
    this.crashes++;
    this.world.network.detach(this.node);
  }

  /** The disk that held the write-ahead log fails. */
  forget(): void {
    this.crash();
    this.amnesiac = true;
    this.disk.log = [];
  }

  receive(from: ValidatorIndex, message: Message): void {
    if (this.tamper !== null) this.heard = [...this.heard.slice(1 - MAX_HEARD), message];
    if (this.state === null) this.#answer(from, message);
    else this.#deliver({ nowMs: 0, type: 'message', from, message });
  }

  connected(peer: ValidatorIndex): void {
    this.#deliver({ nowMs: 0, type: 'peer-connected', peer });
  }

  disconnected(peer: ValidatorIndex): void {
    this.#deliver({ nowMs: 0, type: 'peer-disconnected', peer });
  }

  submit(payload: Uint8Array): void {
    if (!this.backpressure && !this.amnesiac) this.#deliver({ nowMs: 0, type: 'local-batch', payload });
  }

  /** Duty 11: it started after the epoch's end, is part of the next epoch, and still gives others what they lack of this one. */
  #answer(from: ValidatorIndex, message: Message): void {
    const { finalization } = this.disk;
    if (message.kind === 'fetch-blocks') {
      this.#serveBlocks({ type: 'serve-blocks', to: from, fromHeight: message.fromHeight });
    } else if (message.kind === 'fetch-batch') {
      this.#performAfterSync({ type: 'serve-batch', to: from, ref: message.ref });
    } else if (message.kind === 'status' && finalization !== null) {
      this.#send([from], finalization);
    }
  }

  /** Gives an event to the next turn. */
  #deliver(event: Arrived): void {
    if (!this.up || this.state === null) return;
    this.#inbox.push(event);
    this.#scheduleTurn();
  }

  /** Everything that arrives until then is one turn's: while a turn's writes are synced, the next one waits. */
  #scheduleTurn(): void {
    if (this.#turnScheduled || this.#writing !== null || this.#inbox.length === 0) return;
    this.#turnScheduled = true;
    this.#later(0, () => {
      this.#turnScheduled = false;
      this.#turn();
    });
  }

  /** Runs `action` later, unless the node has crashed by then. */
  #later(delayMs: number, action: () => void): void {
    const life = this.#life;
    this.world.queue.after(delayMs, () => {
      if (this.up && this.#life === life) action();
    });
  }

  /** Duty 1. */
  #turn(): void {
    this.turns++;
    const events = this.#inbox;
    this.#inbox = [];
    const effects: Effect[] = [];
    for (const event of events) {
      if (this.state === null) return;
      event.nowMs = this.nowMs;
      const transition = this.world.core.step(this.state, event);
      const { state } = transition;
      this.state = this.ignoresHalt && state.halted ? { ...state, halted: false } : state;
      for (const effect of transition.effects) effects.push(effect);
    }
    if (this.state !== null) this.world.watcher.turned(this, this.state);
    this.#perform(effects);
  }

  /** Duties 2 to 7. */
  #perform(effects: readonly Effect[]): void {
    const writes: Write[] = [];
    for (const effect of effects) {
      if (effect.type === 'persist' || effect.type === 'store-batch') writes.push(effect);
      else if (!waitsForSync(effect)) this.#performUnsynced(effect);
    }
    if (writes.length === 0) {
      this.#performSynced(effects);
      return;
    }
    this.#writing = writes;
    this.#later(this.#upTo(this.world.weather.host.maxSyncMs, SYNC), () => {
      for (const [index, write] of writes.entries()) {
        this.#writing = writes.slice(index);
        if (this.#crashes()) return;
        this.writes.push(this.effects);
        this.disk.write(write);
      }
      this.#writing = null;
      this.#performSynced(effects);
      if (this.up) this.#scheduleTurn();
    });
  }

  /** Before each write and each send: whether the node crashes just here. */
  #crashes(): boolean {
    const crash = this.world.mishaps.crashAtEffect(
      this.node,
      ++this.effects,
      this.world.weather.host.crashRate,
    );
    if (crash === null) return false;
    this.crash(crash.torn);
    this.world.queue.after(crash.downMs, () => {
      if (!this.up) this.start();
    });
    return true;
  }

  #upTo(mostMs: number, purpose: number): number {
    const times = this.world.weather.slowNode === this.node ? SLOWNESS : 1;
    const delayMs = Math.floor(
      noise(this.world.seed, purpose, this.node, this.#delays++) * (mostMs * times + 1),
    );
    this.busyUntilMs = Math.max(this.busyUntilMs, this.world.queue.nowMs + delayMs);
    return delayMs;
  }

  #performUnsynced(effect: Effect): void {
    const { maxVerifyMs } = this.world.weather.host;
    switch (effect.type) {
      case 'verify': {
        const { from, message, certificates } = effect;
        const proposed = message.kind === 'proposal' || message.kind === 'reproposal';
        const signer = proposed ? leader(message.view, this.world.config.n) : from;
        const ok = this.world.signatures.verify(message, certificates, signer);
        this.#later(this.#upTo(maxVerifyMs, VERIFY), () =>
          this.#deliver({ nowMs: 0, type: 'verified', from, message, ok }),
        );
        break;
      }
      case 'execute':
        this.#execute(effect);
        break;
      case 'set-timer': {
        const timer = ++this.#timer;
        this.#later(Math.max(0, effect.atMs - this.nowMs), () => {
          if (timer === this.#timer) this.#deliver({ nowMs: 0, type: 'timer' });
        });
        break;
      }
      case 'report':
        if (effect.report.type === 'backpressure') this.backpressure = effect.report.on;
        this.world.watcher.reported(this, effect);
        break;
      default:
        break;
    }
  }

  #execute({ id, input }: Waiting<'execute'>): void {
    const parent = toHex(input.parent.digests[0] ?? new Uint8Array());
    if (!this.#executed.has(parent)) throw new Error('execution asked before its parent was executed');
    for (const ref of input.refs) {
      if (!this.disk.holds(ref)) throw new Error('execution asked before its batches were durable');
    }
    const digests = executeBlock(input);
    const endsEpoch = input.height === this.world.lastHeight;
    this.#later(this.#upTo(this.world.weather.host.maxExecuteMs, EXECUTE), () => {
      this.#executed.add(toHex(digests[0] ?? new Uint8Array()));
      this.#deliver({ nowMs: 0, type: 'executed', id, result: { ok: true, digests, endsEpoch } });
    });
  }

  #performSynced(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (!waitsForSync(effect) && effect.type !== 'store-batch') continue;
      if (this.#crashes()) return;
      this.#performAfterSync(effect);
    }
  }

  #performAfterSync(effect: Effect): void {
    switch (effect.type) {
      case 'store-batch': {
        const { origin, seq, digest } = effect.batch;
        const ref = { origin, seq, digest };
        this.world.watcher.stored(this, effect.batch);
        if (origin === this.index) this.world.watcher.accepted(this, ref);
        this.#deliver({ nowMs: 0, type: 'batch-stored', ref });
        break;
      }
      case 'sign':
        this.#sign(effect);
        break;
      case 'send':
        this.#send([effect.to], effect.message);
        break;
      case 'broadcast':
        this.#send(this.#peers, effect.message);
        break;
      case 'serve-batch': {
        const batch = this.disk.batches.get(toHex(effect.ref.digest));
        if (batch !== undefined) this.#send([effect.to], { kind: 'batch', ...batch });
        break;
      }
      case 'serve-blocks':
        this.#serveBlocks(effect);
        break;
      case 'finalized':
        this.world.watcher.finalized(this, effect.blocks, effect.finalization);
        this.#applying.push(effect);
        if (this.#applying.length === 1) this.#applyNext();
        break;
      case 'persist':
      case 'verify':
      case 'execute':
      case 'set-timer':
      case 'report':
        break;
      default:
        assertNever(effect);
    }
  }

  #send(to: readonly ValidatorIndex[], message: Message): void {
    const view = this.state?.view ?? 0;
    if (this.tamper === null) {
      this.world.watcher.sending(this, message);
      for (const peer of to) this.world.network.send(this.node, peer, message, view);
      return;
    }
    for (const peer of to) {
      for (const [receiver, sent] of this.tamper(this, peer, message)) {
        this.world.network.send(this.node, receiver, sent, view);
      }
    }
  }

  #sign({ message }: Waiting<'sign'>): void {
    this.world.watcher.signing(this, message);
    const signatures = this.world.signatures.sign(this.index, message);
    const [signature = new Uint8Array()] = signatures;
    switch (message.kind) {
      case 'proposal':
      case 'reproposal':
      case 'batch':
        this.#signed({ ...message, signature });
        break;
      case 'notarize':
      case 'nullify':
      case 'finalize':
        this.#signed({ ...message, signer: this.index, signatures });
        break;
      default:
        assertNever(message);
    }
  }

  #signed(message: Extract<Event, { type: 'signed' }>['message']): void {
    this.world.signatures.trust(message);
    this.#deliver({ nowMs: 0, type: 'signed', message });
  }

  /** Duty 6. */
  #applyNext(): void {
    const [next] = this.#applying;
    if (next === undefined) return;
    this.#later(this.#upTo(this.world.weather.host.maxApplyMs, APPLY), () => {
      this.disk.startApplying(next.finalization);
      for (const block of next.blocks) {
        if (this.#crashes()) return;
        this.disk.applyBlock(block, block.height === this.world.lastHeight);
      }
      this.disk.prune();
      this.#applying.shift();
      this.#deliver({ nowMs: 0, type: 'applied', height: next.finalization.height });
      this.#applyNext();
    });
  }

  /** Duty 9. */
  #serveBlocks({ to, fromHeight }: Waiting<'serve-blocks'>): void {
    const { blocks, finalizations } = this.disk;
    const { maxFetchBlocks } = this.world.config.parameters;
    let last = 0;
    for (const { height } of blocks.slice(fromHeight - 1)) {
      if (height >= fromHeight + maxFetchBlocks && last > 0) break;
      if (finalizations.has(height)) last = height;
    }
    const finalization = finalizations.get(last);
    if (finalization === undefined) return;
    this.#send([to], { kind: 'blocks', blocks: blocks.slice(fromHeight - 1, last), finalization });
  }
}

function waitsForSync(effect: Effect): boolean {
  switch (effect.type) {
    case 'sign':
    case 'send':
    case 'broadcast':
    case 'serve-batch':
    case 'serve-blocks':
    case 'finalized':
      return true;
    case 'persist':
    case 'store-batch':
    case 'verify':
    case 'execute':
    case 'set-timer':
    case 'report':
      return false;
    default:
      return assertNever(effect);
  }
}
