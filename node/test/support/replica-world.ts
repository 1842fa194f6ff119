import { join } from 'node:path';
import type { Signer } from '@hufu/crypto';
import type { SubmitOutcome } from '../../src/http/service.ts';
import type { Network } from '../../src/replica/environment.ts';
import { systemClock } from '../../src/replica/environment.ts';
import { Ingress } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import type { Place } from '../../src/replica/session.ts';
import { openStore } from '../../src/store/index.ts';
import type { Store } from '../../src/store/types.ts';
import { type AnyMessage, decodeMessage, type Envelope, encodeMessage } from '../../src/wire/index.ts';
import { createSubmission, type TestNetwork, type TestValidator } from './network.ts';

export interface HostOptions {
  readonly mayVote?: boolean;
  /** Keys beside its own that it may be asked to vote with. */
  readonly nextSigners?: readonly Signer[];
  /** Puts something between the replica and its store. */
  readonly wrapStore?: (store: Store) => Store;
  /** Sees every message that leaves. */
  readonly onSend?: (message: AnyMessage) => void;
}

/** Whole replicas in one process: real core, ledger and stores; messages pass through the codec and memory. */
export class ReplicaWorld {
  readonly network: TestNetwork;
  readonly #directory: string;
  readonly #hosts = new Map<number, Host>();
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = [];

  /** Every node that there can be, by its number here: the validators of genesis first. */
  readonly #nodes: readonly TestValidator[];

  constructor(network: TestNetwork, directory: string, others: readonly TestValidator[] = []) {
    this.network = network;
    this.#directory = directory;
    this.#nodes = [...network.validators, ...others];
  }

  /** Starts replica `index` from its directory and connects it to those that run. */
  async start(index: number, options: HostOptions = {}): Promise<Host> {
    const opened = await openStore({
      directory: join(this.#directory, String(index)),
      genesisBytes: this.network.genesisBytes,
    });
    const store = options.wrapStore?.(opened) ?? opened;
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`no node ${index}`);
    const host = new Host(this, index, node, store, options);
    await host.replica.start();
    for (const other of this.#hosts.values()) {
      other.replica.onPeerConnected(host.peerId);
      host.replica.onPeerConnected(other.peerId);
    }
    this.#hosts.set(index, host);
    return host;
  }

  async stop(index: number): Promise<void> {
    const host = this.#hosts.get(index);
    if (host === undefined) return;
    this.#hosts.delete(index);
    for (const other of this.#hosts.values()) other.replica.onPeerDisconnected(host.peerId);
    await host.replica.stop();
    await host.store.close();
  }

  async stopAll(): Promise<void> {
    for (const index of [...this.#hosts.keys()]) await this.stop(index);
  }

  /** Resolves when the condition holds; looked at after every block and failure. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ condition, resolve });
      this.changed();
    });
  }

  changed(): void {
    const met = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }

  deliver(from: Host, to: string, sent: Envelope): void {
    const bytes = encodeMessage(sent);
    setImmediate(() => {
      const target = [...this.#hosts.values()].find(({ peerId }) => peerId === to);
      if (target === undefined || target === from || this.#hosts.get(from.index) !== from) return;
      const decoded = decodeMessage(bytes);
      if (!decoded.ok) throw new Error(decoded.error.remark);
      target.replica.onMessage(from.peerId, decoded.value, bytes.length);
    });
  }
}

/** One replica of the world. */
export class Host {
  readonly index: number;
  readonly peerId: string;
  readonly store: Store;
  readonly replica: Replica;
  readonly ingress: Ingress;
  epoch = 0;
  place: Place | undefined;
  readonly failures: unknown[] = [];
  readonly #world: ReplicaWorld;

  constructor(
    world: ReplicaWorld,
    index: number,
    { peerId, signers }: TestValidator,
    store: Store,
    { mayVote = true, nextSigners, onSend }: HostOptions,
  ) {
    this.#world = world;
    this.index = index;
    this.store = store;
    this.peerId = peerId;
    const network: Network = {
      meet: () => {},
      send: (to, sent) => {
        onSend?.(sent.message);
        for (const peer of to) world.deliver(this, peer, sent);
      },
      pauseBulk: () => {},
    };
    this.replica = new Replica({
      store,
      clock: systemClock,
      network,
      keys: { peerId, keySets: nextSigners === undefined ? [signers] : [signers, nextSigners] },
      reasonToObserve: () => (mayVote ? undefined : 'the test says so'),
      observer: {
        onEpoch: (epoch, place) => {
          this.epoch = epoch;
          this.place = place;
          if (place.kind === 'validator') this.ingress.reopen();
          else this.ingress.abandon();
          world.changed();
        },
        onReport: () => {},
        onApplied: (blocks) => {
          this.ingress.applied(blocks);
          world.changed();
        },
        onHistory: () => world.changed(),
        onOwnBatchStored: (payload) => this.ingress.stored(payload),
        onOwnBatchLost: (payload, prepared) => this.ingress.lost(payload, prepared),
        onTurn: () => {},
        onFailure: (error) => {
          this.failures.push(error);
          world.changed();
        },
      },
    });
    this.ingress = new Ingress({
      clock: systemClock,
      state: () => store.chain.state,
      checkSignature: this.replica.checkSignature,
      disseminate: (payload, prepared) => this.replica.disseminate(payload, prepared),
    });
  }

  get logSize(): number {
    return this.store.chain.state.logSize;
  }

  submit(firstSerial: number, count: number): Promise<SubmitOutcome> {
    return this.ingress.submit(createSubmission(this.#world.network, firstSerial, count));
  }
}
