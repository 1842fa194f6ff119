import type { Recovery, Report } from '@hufu/consensus';
import type { Signer } from '@hufu/crypto';
import type { GovernOutcome, SubmitOutcome } from '../src/http/service.ts';
import { enterEpoch } from '../src/ledger/index.ts';
import type { ExecutedBlock, LedgerState } from '../src/ledger/types.ts';
import type { Clock } from '../src/replica/environment.ts';
import { Ingress } from '../src/replica/ingress.ts';
import { peersOf } from '../src/replica/peer-network.ts';
import { Replica } from '../src/replica/replica.ts';
import type { Place } from '../src/replica/session.ts';
import { openStore, type Store, type StoreCondition } from '../src/store/index.ts';
import type { Envelope } from '../src/wire/index.ts';
import type { Actor } from './actors/actor.ts';
import { DATA_DIRECTORY, type DiskUser, SimDisk } from './disk.ts';
import type { Endpoint, SimNetwork } from './network.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How the machine under a node behaves. */
export interface MachineWeather {
  readonly maxReadMs: number;
  readonly maxSyncMs: number;
  /** How late it may take its turns. */
  readonly maxTurnMs: number;
  /** Chance of a crash at each operation of disk and network. */
  readonly crashRate: number;
}

/** Sees what nodes do; throws when it must never happen. */
export interface Watcher {
  opened(node: SimNode, condition: StoreCondition, state: LedgerState): void;
  /** What it begins or resumes an epoch from. */
  recovered(node: SimNode, epoch: number, recovery: Recovery): void;
  epoch(node: SimNode, place: Place): void;
  /** The signer, looked at whenever it signs. */
  signer(life: Life, signer: Signer): Signer;
  sent(node: SimNode, sent: Envelope): void;
  applied(node: SimNode, blocks: readonly ExecutedBlock[], store: Store): void;
  /** Something of the past is there, or is known to be missing, that was not. */
  history(node: SimNode, store: Store): void;
  reported(node: SimNode, report: Report): void;
  failed(node: SimNode, error: unknown): void;
  /** It crashed by itself, at an operation of its own. */
  crashed(node: SimNode): void;
}

export interface NodeParts {
  readonly name: string;
  readonly peerId: string;
  /** As `NodeKeys.keySets`. */
  readonly keySets: readonly (readonly Signer[])[];
  /** Every node's peer id: all may follow, and all can be dialled. */
  readonly everyone: readonly string[];
  readonly time: VirtualTime;
  readonly network: SimNetwork;
  readonly random: Random;
  readonly genesisBytes: Uint8Array;
  readonly watcher: Watcher;
  /** What makes it dishonest; null: nothing does. */
  readonly actor: Actor | null;
}

/** Every clock starts here, ms since 1970. */
export const START_MS = Date.UTC(2026, 0, 1);

/**
 * A node as `node.ts` composes it, without HTTP: the real replica, ingress and store, over a machine that crashes. A
 * crash ends a life; what the code of that life still does afterwards reaches nothing.
 */
export class SimNode {
  readonly parts: NodeParts;
  readonly disk: SimDisk;
  weather: MachineWeather;
  clockOffsetMs = 0;
  /** Key sets that it was a validator with. */
  readonly #used = new Set<number>();
  /** Those that it was a validator with before its data was lost: as in participation.ts it signs with them no more. */
  #forgotten: ReadonlySet<number> = new Set();
  life: Life | undefined;
  crashes = 0;
  operations = 0;

  constructor(parts: NodeParts, weather: MachineWeather) {
    this.parts = parts;
    this.weather = weather;
    this.disk = new SimDisk(parts.random.fork(1));
  }

  get peerId(): string {
    return this.parts.peerId;
  }

  get name(): string {
    return this.parts.name;
  }

  get isHonest(): boolean {
    return this.parts.actor === null;
  }

  start(): void {
    if (this.life !== undefined) return;
    const life = new Life(this);
    this.life = life;
    life.start().catch((error: unknown) => {
      if (this.life === life) this.parts.watcher.failed(this, error);
    });
  }

  crash(): void {
    const { life } = this;
    if (life === undefined) return;
    this.life = undefined;
    this.crashes++;
    life.end();
    this.disk.crash();
  }

  /** The machine's disk is replaced. */
  loseData(): void {
    this.crash();
    this.disk.wipe();
    this.#forgotten = new Set(this.#used);
  }

  /** Whether it may sign with these keys, as `participation` decides by the names of folders; then they count as used. */
  mayUse(keySet: number): boolean {
    if (this.#forgotten.has(keySet)) return false;
    this.#used.add(keySet);
    return true;
  }

  /** Before each operation of disk and network: whether the node crashes just here. */
  crashesNow(): boolean {
    this.operations++;
    if (!this.parts.random.chance(this.weather.crashRate)) return false;
    this.crash();
    this.parts.watcher.crashed(this);
    return true;
  }
}

/** A node from its start to its crash. */
export class Life implements Endpoint, DiskUser {
  readonly node: SimNode;
  readonly peerId: string;
  store: Store | undefined;
  place: Place | undefined;
  /** Once it has started. */
  #replica: Replica | undefined;
  #ingress: Ingress | undefined;
  /** Of the epoch that it takes part in, by index. */
  validators: readonly string[] = [];
  /** Told when the node goes down: their calls are cut off. */
  readonly #callers = new Set<() => void>();
  readonly #blockListeners = new Set<(blocks: readonly ExecutedBlock[]) => void>();

  constructor(node: SimNode) {
    this.node = node;
    this.peerId = node.peerId;
  }

  get isHonest(): boolean {
    return this.node.isHonest;
  }

  get isAlive(): boolean {
    return this.node.life === this;
  }

  /** The state in which the next block is executed; undefined while the store is being opened. */
  get state(): LedgerState | undefined {
    return this.store === undefined ? undefined : enterEpoch(this.store.chain.state);
  }

  async start(): Promise<void> {
    const { genesisBytes, watcher, network, keySets } = this.node.parts;
    const medium = this.node.disk.mount(this);
    const store = await openStore({ directory: DATA_DIRECTORY, genesisBytes, medium });
    const { condition } = store;
    watcher.opened(this.node, condition, store.chain.state);
    this.store = store;
    this.#watchRecovery(store);
    const clock = this.#clock();
    const replica = new Replica({
      store,
      clock,
      network: {
        meet: (validators) => this.#meet(validators),
        send: (to, sent) => this.#send(to, sent),
        pauseBulk: () => {},
      },
      keys: {
        peerId: this.peerId,
        keySets: keySets.map((signers) => signers.map((signer) => watcher.signer(this, signer))),
      },
      reasonToObserve: (keySet) =>
        condition.kind === 'damaged' || !this.node.mayUse(keySet) ? 'its votes are not known' : undefined,
      observer: {
        onEpoch: (_, place) => this.#onEpoch(place),
        onReport: (report) => this.#onReport(report),
        onApplied: (blocks) => this.#onApplied(store, blocks),
        onHistory: () => {
          if (this.isAlive) watcher.history(this.node, store);
        },
        onOwnBatchStored: (payload) => this.#ingress?.stored(payload),
        onOwnBatchLost: (payload, prepared) => this.#ingress?.lost(payload, prepared),
        onTurn: () => {},
        onFailure: (error) => {
          if (this.isAlive) watcher.failed(this.node, error);
        },
      },
    });
    this.#ingress = new Ingress({
      clock,
      state: () => store.chain.state,
      checkSignature: replica.checkSignature,
      disseminate: (payload, prepared) => replica.disseminate(payload, prepared),
    });
    await replica.start();
    if (!this.isAlive) return;
    this.#replica = replica;
    network.attach(this);
  }

  #watchRecovery(store: Store): void {
    const recovery = store.recovery.bind(store);
    store.recovery = async () => {
      const recovered = await recovery();
      const { epoch } = enterEpoch(store.chain.state);
      if (this.isAlive) this.node.parts.watcher.recovered(this.node, epoch, recovered);
      return recovered;
    };
  }

  end(): void {
    this.node.parts.network.detach(this);
    for (const gone of this.#callers) gone();
    this.#callers.clear();
    this.#blockListeners.clear();
  }

  knows(peer: string): 'dials' | 'accepts' | undefined {
    const { everyone } = this.node.parts;
    const addresses = new Map(everyone.map((each) => [each, each]));
    const known = peersOf({ self: this.peerId, addresses, observers: everyone }, this.validators);
    const found = known.find(({ peerId }) => peerId === peer);
    if (found === undefined) return undefined;
    return found.address === undefined ? 'accepts' : 'dials';
  }

  onConnected(peer: string): void {
    this.#replica?.onPeerConnected(peer);
  }

  onDisconnected(peer: string): void {
    this.#replica?.onPeerDisconnected(peer);
  }

  onMessage(from: string, received: Envelope, sizeBytes: number): void {
    if (this.isAlive) this.#replica?.onMessage(from, received, sizeBytes);
  }

  onBlocks(listener: (blocks: readonly ExecutedBlock[]) => void): () => void {
    this.#blockListeners.add(listener);
    return () => this.#blockListeners.delete(listener);
  }

  /** Undefined when the node went down, or does not serve yet. */
  submit(bytes: Uint8Array): Promise<SubmitOutcome | undefined> {
    return this.#call(this.#serving?.submit(bytes));
  }

  submitGovernance(bytes: Uint8Array): Promise<GovernOutcome | undefined> {
    return this.#call(this.#serving?.submitGovernance(bytes));
  }

  #call<T>(answer: Promise<T> | undefined): Promise<T | undefined> {
    if (answer === undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const gone = (): void => resolve(undefined);
      this.#callers.add(gone);
      answer.then((value) => {
        // What the code of an ended life answers reaches nobody.
        if (this.#callers.delete(gone)) resolve(value);
      }, reject);
    });
  }

  /** HTTP begins after the replica has started. */
  get #serving(): Ingress | undefined {
    return this.isAlive && this.#replica !== undefined ? this.#ingress : undefined;
  }

  #meet(validators: readonly string[]): void {
    this.validators = validators;
    if (this.isAlive) this.node.parts.network.changed(this);
  }

  #send(to: readonly string[], sent: Envelope): void {
    const { network, watcher, actor } = this.node.parts;
    const connected = to.filter((peer) => network.isConnected(this, peer));
    for (const peer of connected) {
      if (!this.isAlive || this.node.crashesNow()) return;
      const told = actor === null ? [sent] : actor(this, peer, sent).map((message) => ({ ...sent, message }));
      for (const each of told) {
        watcher.sent(this.node, each);
        network.send(this, peer, each);
      }
    }
  }

  #onEpoch(place: Place): void {
    if (!this.isAlive) return;
    this.place = place;
    if (place.kind === 'validator') this.#ingress?.reopen();
    else this.#ingress?.abandon();
    this.node.parts.watcher.epoch(this.node, place);
  }

  #onReport(report: Report): void {
    if (!this.isAlive) return;
    const index = this.place?.kind === 'validator' ? this.place.index : null;
    if (report.type === 'backpressure' && report.origin === index) this.#ingress?.backpressure(report.on);
    if (report.type === 'halted') this.#ingress?.abandon();
    this.node.parts.watcher.reported(this.node, report);
  }

  #onApplied(store: Store, blocks: readonly ExecutedBlock[]): void {
    if (!this.isAlive) return;
    this.#ingress?.applied(blocks);
    this.node.parts.watcher.applied(this.node, blocks, store);
    for (const listener of this.#blockListeners) listener(blocks);
  }

  operation(syncs: boolean): Promise<void> {
    const { time, random } = this.node.parts;
    return new Promise((resolve) => {
      if (!this.isAlive || this.node.crashesNow()) return;
      const { maxReadMs, maxSyncMs } = this.node.weather;
      time.after(random.integer(0, syncs ? maxSyncMs : maxReadMs), () => {
        if (this.isAlive) resolve();
      });
    });
  }

  #clock(): Clock {
    const { time, random } = this.node.parts;
    const wallMs = (): number => START_MS + time.nowMs + this.node.clockOffsetMs;
    const startedMs = wallMs() - time.nowMs;
    const nowMs = (): number => startedMs + time.nowMs;
    const later = (delayMs: number, callback: () => void): (() => void) =>
      time.after(delayMs, () => {
        if (this.isAlive) callback();
      });
    return {
      nowMs,
      wallMs,
      schedule: (atMs, callback) => later(Math.max(0, atMs - nowMs()), callback),
      soon: (callback) => {
        later(random.integer(0, this.node.weather.maxTurnMs), callback);
      },
    };
  }
}
