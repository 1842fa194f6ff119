import {
  asValidatorIndex,
  type Batch,
  deltaMs,
  type Effect,
  type Message,
  type Recovery,
  step,
  type ValidatorIndex,
} from '@hufu/consensus';
import { assertNever } from '@hufu/crypto';
import { enterEpoch } from '../ledger/index.ts';
import type { PreparedBatch, SignatureCheck } from '../ledger/types.ts';
import type { PeerId } from '../p2p/peer-transport.ts';
import type { Snapshot } from '../store/types.ts';
import { Sync } from '../sync/sync.ts';
import type { Envelope, LoggedRecord } from '../wire/index.ts';
import { BlockServer, type Reply } from './block-server.ts';
import { EpochGuide } from './epoch-guide.ts';
import { Executor } from './executor.ts';
import { FinalBlocks } from './final-blocks.ts';
import { Inbox, type Input } from './inbox.ts';
import { OwnBatches } from './own-batches.ts';
import { PacedLedger } from './paced-ledger.ts';
import type { ReplicaParts } from './parts.ts';
import { beginSession, followClock, HALTED, placeIn, type Session } from './session.ts';
import { supersededAcks } from './superseded-acks.ts';

/**
 * The host of the pure core: performs its effects in the order that consensus/src/interface.ts numbers.
 * Events wait in one queue; a turn steps the core through all of them, makes what it asked for durable with
 * one sync, and only then lets anything leave this node.
 */
export class Replica {
  readonly #parts: ReplicaParts;
  readonly #ledger: PacedLedger;
  readonly #executor: Executor;
  readonly #server: BlockServer;
  readonly #guide: EpochGuide;
  readonly #sync: Sync;
  readonly #own = new OwnBatches();
  readonly #connected = new Set<PeerId>();
  #session: Session | undefined;
  #isHalted = false;
  #epochIsOver = false;
  /** Where this node is to go on, instead of executing all that lies between. */
  #snapshot: Snapshot | undefined;
  readonly #inbox: Inbox;
  #lastNowMs = 0;
  #turns: Promise<void> | undefined;
  readonly #final = new FinalBlocks();
  /** Applying of finalized blocks, one run after the other, beside the turns. */
  #applying: Promise<void> = Promise.resolve();
  #cancelTimer = () => {};
  #stopped = false;

  constructor(parts: ReplicaParts) {
    const { store, network, clock } = parts;
    this.#parts = parts;
    this.#ledger = new PacedLedger(clock);
    this.#executor = new Executor(store.chain, store.batches, this.#ledger);
    this.#server = new BlockServer(store);
    this.#inbox = new Inbox((paused) => network.pauseBulk(paused));
    const onFailure = (error: unknown) => this.#fail(error);
    this.#guide = new EpochGuide({ chain: store.chain, network, clock, server: this.#server, onFailure });
    const onSnapshot = (snapshot: Snapshot) => this.#offer(snapshot);
    const onHistory = () => parts.observer.onHistory();
    this.#sync = new Sync({ store, network, clock, ledger: this.#ledger, onSnapshot, onHistory, onFailure });
  }

  /** Resumes from what is stored. */
  async start(): Promise<void> {
    await this.#begin(await this.#parts.store.recovery());
    this.#sync.fetchHistory();
    this.#wake();
  }

  onMessage(from: PeerId, received: Envelope, sizeBytes: number): void {
    const session = this.#session;
    if (session === undefined || this.#stopped) return;
    const message = this.#sync.leftOf(from, received);
    if (message === undefined) return;
    const { epoch } = received;
    if (epoch > session.epoch) this.#sync.onLaterEpoch(from);
    const index = session.validators.indexOf(from);
    if (epoch !== session.epoch || index < 0) {
      this.#inBackground(this.#guide.onMessage(from, { epoch, message }, () => this.#standing()));
      return;
    }
    if (message.kind === 'blocks' && this.#sync.isGathering) return;
    this.#inbox.noteBytes(sizeBytes);
    this.#enqueue(session, { type: 'message', from: asValidatorIndex(index), message });
  }

  onPeerConnected(peer: PeerId): void {
    this.#connected.add(peer);
    this.#sync.onPeerConnected(peer);
    if (this.#session !== undefined) this.#greet(this.#session, peer);
  }

  onPeerDisconnected(peer: PeerId): void {
    this.#connected.delete(peer);
    this.#guide.onGone(peer);
    this.#sync.onPeerDisconnected(peer);
    const index = this.#session?.validators.indexOf(peer) ?? -1;
    if (this.#session === undefined || index < 0) return;
    this.#enqueue(this.#session, { type: 'peer-disconnected', peer: asValidatorIndex(index) });
  }

  /** Δ as it is measured now, ms; undefined before the start. */
  get deltaMs(): number | undefined {
    return this.#session && deltaMs(this.#session.core);
  }

  /** Verifies a submission's signature, once for each submission object. */
  get checkSignature(): SignatureCheck {
    return this.#ledger.checkSignature;
  }

  /**
   * Hands a payload of submissions to the protocol, with what was read of it; `onOwnBatchStored` tells when it is
   * durable.
   */
  disseminate(payload: Uint8Array, prepared: PreparedBatch): void {
    if (this.#session === undefined) throw new Error('a batch before the start');
    this.#own.add(payload, prepared);
    this.#enqueue(this.#session, { type: 'local-batch', payload });
  }

  /** Finishes the turn and the applying under way; performs nothing afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    this.#ledger.stop();
    this.#guide.stop();
    await this.#sync.stop();
    await this.#turns;
    // The last turn may have set it again.
    this.#cancelTimer();
    await this.#applying.catch(() => {});
  }

  #standing(): Envelope {
    if (this.#session === undefined) throw new Error('a message before the start');
    const { epoch, core } = this.#session;
    return { epoch, message: { kind: 'status', view: core.view, finalization: core.finalization } };
  }

  /** Begins the epoch of the next block, from what is stored. */
  async #begin(recovery: Recovery): Promise<void> {
    const { store, keys, network, observer, reasonToObserve } = this.#parts;
    const state = enterEpoch(store.chain.state);
    // An operator has to look: a new epoch does not make it vote again.
    const place = this.#isHalted ? HALTED : placeIn(state, keys, reasonToObserve);
    const { session, effects } = beginSession(state, place, recovery, this.#now());
    this.#session = session;
    observer.onEpoch(session.epoch, place);
    network.meet(session.validators);
    await this.#perform(session, effects, 0);
    for (const peer of this.#connected) this.#greet(session, peer);
  }

  #offer(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#wake();
  }

  get #mustLeaveEpoch(): boolean {
    return this.#epochIsOver || this.#snapshot !== undefined;
  }

  /** Leaves out what lies between here and a later epoch; unless it is there by now, or misses blocks already. */
  async #beginFrom(snapshot: Snapshot): Promise<void> {
    const { chain } = this.#parts.store;
    this.#snapshot = undefined;
    await this.#applying;
    const endHeight = snapshot.epochs.at(-1)?.end.height ?? 0;
    if (chain.history !== null || endHeight <= chain.state.tip.height) return;
    await chain.beginFrom(snapshot);
    this.#parts.observer.onHistory();
    await this.#changeEpoch();
    this.#sync.fetchHistory();
  }

  /** The epoch's last block is applied: what it left unreferenced of ours goes into the next one. */
  async #changeEpoch(): Promise<void> {
    this.#epochIsOver = false;
    this.#cancelTimer();
    // Whom the next epoch does not know has to hear of the end while it is still connected.
    this.#guide.announceEnd([...this.#connected]);
    const begun = this.#begin(await this.#parts.store.recovery());
    // At once: what is handed over from here on is for the new session already.
    const left = this.#own.takeAll();
    await begun;
    const { maxBatchBytes } = enterEpoch(this.#parts.store.chain.state).registry.parameters;
    for (const { payload, prepared } of this.#session?.self === null ? [] : left) {
      if (payload.length <= maxBatchBytes) this.disseminate(payload, prepared);
      else this.#parts.observer.onOwnBatchLost(payload, prepared);
    }
  }

  #greet(session: Session, peer: PeerId): void {
    const index = session.validators.indexOf(peer);
    if (index < 0) {
      this.#guide.onOutsider(peer);
      return;
    }
    this.#guide.onInsider(peer);
    this.#enqueue(session, { type: 'peer-connected', peer: asValidatorIndex(index) });
  }

  #enqueue(session: Session, input: Input): void {
    if (this.#stopped) return;
    this.#inbox.push({ session, input });
    this.#wake();
  }

  #wake(): void {
    if (this.#session === undefined || this.#turns !== undefined || this.#stopped) return;
    if (this.#inbox.isEmpty && !this.#mustLeaveEpoch) return;
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
    while ((!this.#inbox.isEmpty || this.#mustLeaveEpoch) && !this.#stopped) {
      if (this.#epochIsOver) await this.#changeEpoch();
      if (this.#snapshot !== undefined) await this.#beginFrom(this.#snapshot);
      const session = this.#session;
      if (session === undefined) throw new Error('a turn before the start');
      const queued = this.#inbox.takeAll();
      const { blocks } = session.core;
      // Duty 1.
      const effects: Effect[] = [...followClock(session, this.#parts.clock.wallMs(), this.#now())];
      for (const { session: meant, input } of queued) {
        if (meant !== session) continue;
        const next = step(session.core, { ...input, nowMs: this.#now() });
        session.core = next.state;
        effects.push(...next.effects);
      }
      if (session.core.blocks !== blocks) this.#executor.forgetAllBut(session.core);
      await this.#perform(session, effects, queued.length);
    }
  }

  async #perform(session: Session, effects: readonly Effect[], events: number): Promise<void> {
    const startedMs = performance.now();
    const stored = this.#persist(session, effects);
    // Duty 4, while the disk is busy.
    for (const effect of effects) if (effect.type === 'verify') this.#verify(session, effect);
    await stored;
    const persistMs = performance.now() - startedMs;
    // Duties 3, 5, 6, 7 and 9.
    const superseded = supersededAcks(effects);
    for (const effect of effects) if (!superseded.has(effect)) this.#act(session, effect);
    this.#parts.observer.onTurn({ events, persistMs });
  }

  /** Duty 2. The log and the batches are separate files that sync at the same time. */
  async #persist(session: Session, effects: readonly Effect[]): Promise<void> {
    const { epoch } = session;
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
    for (const batch of batches) this.#onBatchStored(session, batch);
  }

  #onBatchStored(session: Session, batch: Batch): void {
    this.#enqueue(session, { type: 'batch-stored', ref: batch });
    const own = this.#own.stored(batch);
    if (own !== undefined) {
      this.#executor.adopt(batch, own);
      this.#parts.observer.onOwnBatchStored(batch.payload);
      return;
    }
    // After the turn that acknowledges it: an ack should not wait for hashing.
    this.#parts.clock.soon(() => {
      if (!this.#stopped) this.#inBackground(this.#executor.prepareAhead(batch));
    });
  }

  #verify(session: Session, effect: Extract<Effect, { type: 'verify' }>): void {
    const { from, message, certificates } = effect;
    const ok = session.protocol.check(message, certificates);
    this.#enqueue(session, { type: 'verified', from, message, ok });
  }

  #act(session: Session, effect: Effect): void {
    switch (effect.type) {
      case 'persist':
      case 'store-batch':
      case 'verify':
        return; // Done before.
      case 'sign':
        this.#enqueue(session, { type: 'signed', message: session.protocol.sign(effect.message) });
        return;
      case 'send':
        this.#send(session, effect.to, effect.message);
        return;
      case 'broadcast':
        this.#parts.network.send(session.validators, { epoch: session.epoch, message: effect.message });
        return;
      case 'execute':
        this.#inBackground(this.#execute(session, effect));
        return;
      case 'finalized':
        this.#final.add(effect);
        this.#applying = this.#applying.then(() => this.#apply(session));
        this.#inBackground(this.#applying);
        return;
      case 'serve-blocks':
        this.#serve(session, effect.to, (to, reply) =>
          this.#server.serveBlocks(to, effect.fromHeight, reply),
        );
        return;
      case 'serve-batch':
        this.#serve(session, effect.to, (to, reply) => this.#server.serveBatch(to, effect.ref, reply));
        return;
      case 'set-timer':
        this.#cancelTimer();
        this.#cancelTimer = this.#parts.clock.schedule(effect.atMs, () =>
          this.#enqueue(session, { type: 'timer' }),
        );
        return;
      case 'report':
        if (effect.report.type === 'halted') this.#isHalted = true;
        this.#parts.observer.onReport(effect.report);
        return;
      default:
        assertNever(effect);
    }
  }

  #send({ validators, epoch }: Session, to: ValidatorIndex, message: Message): void {
    const peer = validators[to];
    if (peer !== undefined) this.#parts.network.send([peer], { epoch, message });
  }

  #serve(session: Session, to: ValidatorIndex, serve: (to: PeerId, reply: Reply) => Promise<void>): void {
    const peer = session.validators[to];
    if (peer === undefined) return;
    this.#inBackground(serve(peer, (answer) => this.#send(session, to, answer)));
  }

  /** Duty 5. */
  #execute(session: Session, { id, input }: Extract<Effect, { type: 'execute' }>): Promise<void> {
    return this.#executor.execute(input, (result) =>
      this.#enqueue(session, { type: 'executed', id, result }),
    );
  }

  /** Duty 6, and 11. */
  async #apply(session: Session): Promise<void> {
    const run = this.#final.takeRun();
    if (run === undefined || this.#stopped) return;
    const executed = this.#executor.results(run.blocks);
    await this.#parts.store.chain.apply(executed, run.finalization);
    this.#executor.applied(executed);
    this.#own.applied(executed);
    this.#guide.onApplied();
    this.#epochIsOver = executed.some(({ endsEpoch }) => endsEpoch);
    this.#enqueue(session, { type: 'applied', height: run.finalization.height });
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

  /** Never goes back, whatever the machine's clock does. */
  #now(): number {
    this.#lastNowMs = Math.max(this.#lastNowMs, this.#parts.clock.nowMs());
    return this.#lastNowMs;
  }
}
