import { assertNever } from '@hufu/crypto';
import { executeBlock, genesis } from '../../sim/execution.ts';
import { Signatures } from '../../sim/signatures.ts';
import { batchDigest, init, leader, NO_BATCH_DIGEST, step } from '../../src/index.ts';
import type {
  BatchMessage,
  Config,
  Effect,
  Event,
  LogRecord,
  Message,
  Parameters,
  Recovery,
  Report,
  UnsignedBatch,
  UnsignedMessage,
  UnsignedProposal,
  UnsignedReproposal,
  UnsignedVote,
} from '../../src/interface.ts';
import type { State } from '../../src/state.ts';
import {
  asEpoch,
  asHeight,
  asValidatorIndex,
  asView,
  type Batch,
  type BatchRef,
  type BlockPoint,
  type Finalization,
  type Notarization,
  type Nullification,
  type Proposal,
  type Reproposal,
  type ValidatorIndex,
  type Vote,
} from '../../src/types.ts';

export const PARAMETERS: Parameters = {
  minDeltaMs: 100,
  maxDeltaMs: 2_000,
  maxClockSkewMs: 500,
  heartbeatMs: 30_000,
  maxBlockBatches: 4,
  maxBatchBytes: 100,
  maxPendingBatchesPerOrigin: 4,
  maxFetchBlocks: 4,
};

const START_MS = 1_000_000;
type Unstamped<E> = E extends Event ? Omit<E, 'nowMs'> : never;
type Verify = Extract<Effect, { type: 'verify' }>;

/**
 * One real node among validators that a test plays: it persists, stores, signs, verifies and executes at once, and
 * keeps what the node sends and reports.
 */
export class LoneNode {
  readonly n: number;
  readonly self: ValidatorIndex;
  readonly genesis;
  readonly signatures: Signatures;
  readonly log: LogRecord[] = [];
  readonly batches: Batch[] = [];
  readonly effects: Effect[] = [];
  state: State;
  nowMs = START_MS;
  timerMs: number | null = null;
  /** The block at this height ends the epoch. */
  lastHeight = Number.POSITIVE_INFINITY;
  /** Effects of these types are only recorded. */
  readonly ignored = new Set<Effect['type']>();
  readonly #unverified: Verify[] = [];

  constructor(
    n: number,
    self: number,
    recovery: Partial<Recovery> = {},
    signatures?: Signatures,
    change: Partial<Config> = {},
  ) {
    this.n = n;
    this.self = asValidatorIndex(self);
    this.genesis = genesis(n);
    this.signatures =
      signatures ??
      new Signatures({
        hash: 'sha256',
        chainId: this.genesis.digests,
        epoch: 0,
        validatorSetDigest: this.genesis.digests,
      });
    const config = {
      n,
      self: this.self,
      epoch: asEpoch(0),
      genesisHeight: 0,
      hash: 'sha256',
      parameters: PARAMETERS,
      ...change,
    } as const;
    const empty = { tip: this.genesis, finalization: null, log: [], batches: [] };
    const started = init(config, { ...empty, ...recovery }, this.nowMs);
    this.state = started.state;
    this.#perform(started.effects);
    for (let peer = 0; peer < n; peer++) {
      if (peer !== self) this.give({ type: 'peer-connected', peer: asValidatorIndex(peer) });
    }
  }

  /** The same node after a crash and restart, from what it persisted. */
  restarted(): LoneNode {
    const recovery = { log: [...this.log], batches: this.batches };
    return new LoneNode(this.n, this.self, recovery, this.signatures);
  }

  give(event: Unstamped<Event>): void {
    const transition = step(this.state, { ...event, nowMs: this.nowMs });
    this.state = transition.state;
    this.#perform(transition.effects);
  }

  receive(from: number, message: Message): void {
    this.give({ type: 'message', from: asValidatorIndex(from), message });
  }

  /** Lets time pass, with every timer the node asked for. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.timerMs !== null && this.timerMs <= untilMs) {
      this.nowMs = this.timerMs;
      this.timerMs = null;
      this.give({ type: 'timer' });
    }
    this.nowMs = untilMs;
  }

  /** Verifies what was only recorded, oldest first, with what it leads to; `most` messages at most. */
  verifyRecorded(most = Number.POSITIVE_INFINITY): void {
    for (let done = 0; done < most; done++) {
      const effect = this.#unverified.shift();
      if (effect === undefined) return;
      this.#verify(effect);
    }
  }

  #perform(effects: readonly Effect[]): void {
    this.effects.push(...effects);
    for (const effect of effects) {
      if (!this.ignored.has(effect.type)) this.#performOne(effect);
      else if (effect.type === 'verify') this.#unverified.push(effect);
    }
  }

  #performOne(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        this.log.push(effect.record);
        break;
      case 'store-batch':
        this.batches.push(effect.batch);
        this.give({ type: 'batch-stored', ref: effect.batch });
        break;
      case 'sign':
        this.give({ type: 'signed', message: this.signed(this.self, effect.message) });
        break;
      case 'verify':
        this.#verify(effect);
        break;
      case 'execute': {
        const digests = executeBlock(effect.input);
        const endsEpoch = effect.input.height === this.lastHeight;
        const result = { ok: true, digests, endsEpoch } as const;
        this.give({ type: 'executed', id: effect.id, result });
        break;
      }
      case 'set-timer':
        this.timerMs = effect.atMs;
        break;
      default:
        break;
    }
  }

  #verify({ from, message, certificates }: Verify): void {
    const proposed = message.kind === 'proposal' || message.kind === 'reproposal';
    const signer = proposed ? leader(message.view, this.n) : from;
    const ok = this.signatures.verify(message, certificates, signer);
    this.give({ type: 'verified', from, message, ok });
  }

  signed(signer: number, message: UnsignedVote): Vote;
  signed(signer: number, message: UnsignedBatch): BatchMessage;
  signed(signer: number, message: UnsignedProposal): Proposal;
  signed(signer: number, message: UnsignedReproposal): Reproposal;
  signed(signer: number, message: UnsignedMessage): Vote | Proposal | Reproposal | BatchMessage;
  signed(signer: number, message: UnsignedMessage): Vote | Proposal | Reproposal | BatchMessage {
    const signatures = this.signatures.sign(asValidatorIndex(signer), message);
    const [signature = new Uint8Array()] = signatures;
    switch (message.kind) {
      case 'proposal':
      case 'reproposal':
      case 'batch':
        return { ...message, signature };
      case 'notarize':
      case 'nullify':
      case 'finalize':
        return { ...message, signer: asValidatorIndex(signer), signatures };
      default:
        return assertNever(message);
    }
  }

  /** A batch of another validator, in its sequence after `prev`. */
  batch(origin: number, seq = 0, prev: BatchRef | null = null): BatchMessage {
    const content = {
      origin: asValidatorIndex(origin),
      seq,
      prev: prev?.digest ?? NO_BATCH_DIGEST,
      payload: Uint8Array.of(origin, seq),
    };
    return this.signed(origin, { kind: 'batch', ...content, digest: batchDigest('sha256', content) });
  }

  /** A valid block of the view's leader, on the genesis unless said otherwise. */
  proposal(view: number, change: Partial<Proposal> = {}): Proposal {
    const parent: BlockPoint = change.parent ?? this.genesis;
    const input = {
      view: asView(view),
      height: asHeight(parent.height + 1),
      parent: { view: parent.view, height: parent.height, digests: parent.digests },
      timeMs: this.nowMs,
      refs: [],
      ...change,
    };
    const { height, timeMs, refs } = input;
    const digests = executeBlock({ view: input.view, height, parent: input.parent, timeMs, refs });
    const unsigned = { kind: 'proposal', justification: null, nullifications: [], digests } as const;
    return this.signed(leader(view, this.n), { ...unsigned, ...input });
  }

  notarize(signer: number, block: BlockPoint): Vote {
    const { view, height, digests } = block;
    return this.signed(signer, { kind: 'notarize', view, height, digest: digests[0] ?? new Uint8Array() });
  }

  nullify(signer: number, view: number): Vote {
    return this.signed(signer, { kind: 'nullify', view: asView(view) });
  }

  finalize(signer: number, { view, height, digests }: BlockPoint): Vote {
    return this.signed(signer, { kind: 'finalize', view, height, digests });
  }

  notarization(signers: readonly number[], block: BlockPoint): Notarization {
    const { view, height, digests } = block;
    const shares = signers.map((signer) => this.notarize(signer, block));
    return { kind: 'notarization', view, height, digest: digests[0] ?? new Uint8Array(), shares };
  }

  nullification(signers: readonly number[], view: number): Nullification {
    const shares = signers.map((signer) => this.nullify(signer, view));
    return { kind: 'nullification', view: asView(view), shares };
  }

  finalization(signers: readonly number[], block: BlockPoint): Finalization {
    const { view, height, digests } = block;
    const shares = signers.map((signer) => this.finalize(signer, block));
    return { kind: 'finalization', view, height, digests, shares };
  }

  /** Everything sent to all, of one kind. */
  broadcast<K extends Message['kind']>(kind: K): readonly Extract<Message, { kind: K }>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'broadcast' && isKind(effect.message, kind) ? [effect.message] : [],
    );
  }

  sent<K extends Message['kind']>(
    kind: K,
  ): readonly { readonly to: number; readonly message: Extract<Message, { kind: K }> }[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'send' && isKind(effect.message, kind)
        ? [{ to: effect.to, message: effect.message }]
        : [],
    );
  }

  reports<T extends Report['type']>(type: T): readonly Extract<Report, { type: T }>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'report' && isReport(effect.report, type) ? [effect.report] : [],
    );
  }

  of<T extends Effect['type']>(type: T): readonly Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }
}

function isKind<K extends Message['kind']>(
  message: Message,
  kind: K,
): message is Extract<Message, { kind: K }> {
  return message.kind === kind;
}

function isReport<T extends Report['type']>(report: Report, type: T): report is Extract<Report, { type: T }> {
  return report.type === type;
}
