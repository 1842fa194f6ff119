import {
  type Batch,
  type Effect,
  type Event,
  init,
  type Message,
  type Report,
  type State,
  step,
  type ValidatorIndex,
} from '@hufu/consensus';
import { assertNever, hashOf, type Signer } from '@hufu/crypto';
import type { ExecutedBlock, PreparedBatch, SignatureCheck } from '../ledger/types.ts';
import type { Store } from '../store/types.ts';
import type { LoggedRecord } from '../wire/index.ts';
import { BlockServer } from './block-server.ts';
import type { Clock, Network } from './environment.ts';
import { Executor } from './executor.ts';
import { ProtocolSignatures } from './signatures.ts';

/** Bytes of messages waiting for a turn, above which batches and blocks are held back. */
const INBOUND_HIGH_BYTES = 64 * 1024 * 1024;

/** What the host tells whoever watches; nothing here changes what it does. */
export interface ReplicaObserver {
  onReport(report: Report): void;
  /** Blocks are final and durable. */
  onApplied(blocks: readonly ExecutedBlock[]): void;
  /** An own batch is durable: the submissions in `payload` will not be lost. */
  onOwnBatchStored(payload: Uint8Array): void;
  onTurn(facts: { readonly events: number; readonly persistMs: number }): void;
  /** The replica cannot go on (a disk that fails, a broken invariant) and has stopped. */
  onFailure(error: unknown): void;
}

export interface ReplicaParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly network: Network;
  /** This validator's index and keys. */
  readonly index: ValidatorIndex;
  readonly signers: readonly Signer[];
  /** Whether it may vote; an observer follows and signs nothing. */
  readonly mayVote: boolean;
  readonly observer: ReplicaObserver;
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'nowMs'> : never;
type Input = WithoutTime<Event>;

/**
 * The host of the pure core: performs its effects in the order that consensus/src/interface.ts numbers.
 * Events wait in one queue; a turn steps the core through all of them, makes what it asked for durable with
 * one sync, and only then lets anything leave this node.
 */
export class Replica {
  readonly #parts: ReplicaParts;
  readonly #executor: Executor;
  readonly #server: BlockServer;
  readonly #protocol: ProtocolSignatures;
  #core: State | undefined;
  #queue: Input[] = [];
  /** Own payloads that are not durable yet. */
  readonly #ownBatches = new Map<Uint8Array, PreparedBatch>();
  #inboundBytes = 0;
  #bulkPaused = false;
  #lastNowMs = 0;
  #turns: Promise<void> | undefined;
  /** Applying of finalized blocks, one after the other, beside the turns. */
  #applying: Promise<void> = Promise.resolve();
  #cancelTimer = () => {};
  #stopped = false;

  constructor(parts: ReplicaParts) {
    const { store } = parts;
    this.#parts = parts;
    this.#executor = new Executor(store.chain, store.batches);
    this.#server = new BlockServer(store, parts.network);
    this.#protocol = new ProtocolSignatures(store.chain.state, parts.index, parts.signers);
  }

  /** Resumes from what is stored. Events given before are kept and follow. */
  async start(): Promise<void> {
    const { store, index, mayVote } = this.#parts;
    const { genesis, suites, epoch, epochFirstHeight } = store.chain.state;
    const [firstSuite] = suites;
    if (firstSuite === undefined) throw new Error('a chain has at least one suite');
    const config = {
      n: genesis.validators.length,
      self: mayVote ? index : null,
      epoch,
      genesisHeight: epochFirstHeight - 1,
      hash: hashOf(firstSuite),
      parameters: genesis.parameters,
    };
    const { state, effects } = init(config, await store.recovery(), this.#now());
    this.#core = state;
    await this.#perform(effects, 0);
    this.#wake();
  }

  onMessage(from: ValidatorIndex, message: Message, sizeBytes: number): void {
    this.#inboundBytes += sizeBytes;
    if (!this.#bulkPaused && this.#inboundBytes > INBOUND_HIGH_BYTES) this.#pauseBulk(true);
    this.#enqueue({ type: 'message', from, message });
  }

  onPeerConnected(peer: ValidatorIndex): void {
    this.#enqueue({ type: 'peer-connected', peer });
  }

  onPeerDisconnected(peer: ValidatorIndex): void {
    this.#enqueue({ type: 'peer-disconnected', peer });
  }

  /** Verifies a submission's signature, once for each submission object. */
  get checkSignature(): SignatureCheck {
    return this.#executor.checkSignature;
  }

  /**
   * Hands a payload of submissions to the protocol, with what was read of it; `onOwnBatchStored` tells when it is
   * durable.
   */
  disseminate(payload: Uint8Array, prepared: PreparedBatch): void {
    this.#ownBatches.set(payload, prepared);
    this.#enqueue({ type: 'local-batch', payload });
  }

  /** Finishes the turn and the applying under way; performs nothing afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#turns;
    await this.#applying.catch(() => {});
  }

  #enqueue(input: Input): void {
    if (this.#stopped) return;
    this.#queue.push(input);
    this.#wake();
  }

  #wake(): void {
    if (this.#core === undefined || this.#turns !== undefined || this.#stopped) return;
    if (this.#queue.length === 0) return;
    this.#turns = new Promise((resolve) => {
      this.#parts.clock.soon(() => {
        this.#takeTurns()
          .catch((error: unknown) => this.#fail(error))
          .finally(() => {
            this.#turns = undefined;
            resolve();
            this.#wake();
          });
      });
    });
  }

  async #takeTurns(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stopped) {
      const inputs = this.#queue;
      this.#queue = [];
      this.#inboundBytes = 0;
      if (this.#bulkPaused) this.#pauseBulk(false);
      // Duty 1.
      const effects: Effect[] = [];
      for (const input of inputs) {
        if (this.#core === undefined) throw new Error('a turn before the start');
        const next = step(this.#core, { ...input, nowMs: this.#now() });
        this.#core = next.state;
        effects.push(...next.effects);
      }
      await this.#perform(effects, inputs.length);
    }
  }

  async #perform(effects: readonly Effect[], events: number): Promise<void> {
    const startedMs = performance.now();
    const stored = this.#persist(effects);
    // Duty 4, while the disk is busy.
    for (const effect of effects) if (effect.type === 'verify') this.#verify(effect);
    await stored;
    const persistMs = performance.now() - startedMs;
    // Duties 3, 5, 6, 7 and 9.
    const superseded = supersededAcks(effects);
    for (const effect of effects) if (!superseded.has(effect)) this.#act(effect);
    this.#parts.observer.onTurn({ events, persistMs });
  }

  /** Duty 2. The log and the batches are separate files that sync at the same time. */
  async #persist(effects: readonly Effect[]): Promise<void> {
    const { epoch } = this.#parts.store.chain.state;
    const records: LoggedRecord[] = [];
    const batches: Batch[] = [];
    for (const effect of effects) {
      if (effect.type === 'persist') records.push({ epoch, record: effect.record });
      if (effect.type === 'store-batch') batches.push(effect.batch);
    }
    await Promise.all([
      records.length === 0 ? undefined : this.#parts.store.log.append(records),
      batches.length === 0 ? undefined : this.#parts.store.batches.put(batches),
    ]);
    for (const batch of batches) this.#onBatchStored(batch);
  }

  #onBatchStored(batch: Batch): void {
    this.#enqueue({ type: 'batch-stored', ref: batch });
    const own = this.#ownBatches.get(batch.payload);
    if (own !== undefined) {
      this.#ownBatches.delete(batch.payload);
      this.#executor.adopt(batch, own);
      this.#parts.observer.onOwnBatchStored(batch.payload);
      return;
    }
    // After the turn that acknowledges it: an ack should not wait for hashing.
    this.#parts.clock.soon(() => {
      if (!this.#stopped) this.#executor.prepare(batch);
    });
  }

  #verify(effect: Extract<Effect, { type: 'verify' }>): void {
    const { from, message, certificates } = effect;
    const ok = this.#protocol.check(message, certificates);
    this.#enqueue({ type: 'verified', from, message, ok });
  }

  #act(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
      case 'store-batch':
      case 'verify':
        return; // Done before.
      case 'sign':
        this.#enqueue({ type: 'signed', message: this.#protocol.sign(effect.message) });
        return;
      case 'send':
        this.#parts.network.send(effect.to, effect.message);
        return;
      case 'broadcast':
        this.#parts.network.broadcast(effect.message);
        return;
      case 'execute':
        this.#inBackground(this.#execute(effect));
        return;
      case 'finalized':
        this.#applying = this.#applying.then(() => this.#apply(effect));
        this.#inBackground(this.#applying);
        return;
      case 'serve-blocks':
        this.#inBackground(this.#server.serveBlocks(effect.to, effect.fromHeight));
        return;
      case 'serve-batch':
        this.#inBackground(this.#server.serveBatch(effect.to, effect.ref));
        return;
      case 'set-timer':
        this.#cancelTimer();
        this.#cancelTimer = this.#parts.clock.schedule(effect.atMs, () => this.#enqueue({ type: 'timer' }));
        return;
      case 'report':
        this.#parts.observer.onReport(effect.report);
        return;
      default:
        assertNever(effect);
    }
  }

  /** Duty 5. */
  async #execute({ id, input }: Extract<Effect, { type: 'execute' }>): Promise<void> {
    const result = await this.#executor.execute(input);
    this.#enqueue({ type: 'executed', id, result });
  }

  /** Duty 6. */
  async #apply({ blocks, finalization }: Extract<Effect, { type: 'finalized' }>): Promise<void> {
    if (this.#stopped) return;
    const executed = this.#executor.results(blocks);
    await this.#parts.store.chain.apply(executed, finalization);
    this.#executor.applied(executed);
    this.#enqueue({ type: 'applied', height: finalization.height });
    this.#parts.observer.onApplied(executed);
  }

  #inBackground(task: Promise<void>): void {
    task.catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTimer();
    this.#parts.observer.onFailure(error);
  }

  #pauseBulk(paused: boolean): void {
    this.#bulkPaused = paused;
    this.#parts.network.pauseBulk(paused);
  }

  /** Never goes back, whatever the machine's clock does. */
  #now(): number {
    this.#lastNowMs = Math.max(this.#lastNowMs, this.#parts.clock.nowMs());
    return this.#lastNowMs;
  }
}

/** Acks are cumulative: of several to the same peers in one turn only the last need leave (duty 3). */
function supersededAcks(effects: readonly Effect[]): ReadonlySet<Effect> {
  const superseded = new Set<Effect>();
  const seen = new Set<ValidatorIndex | 'all'>();
  for (const effect of effects.toReversed()) {
    if (effect.type !== 'send' && effect.type !== 'broadcast') continue;
    if (effect.message.kind !== 'acks') continue;
    const to = effect.type === 'send' ? effect.to : 'all';
    if (seen.has(to) || seen.has('all')) superseded.add(effect);
    seen.add(to);
  }
  return superseded;
}
