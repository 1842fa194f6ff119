import {
  assertNever,
  generateKeyPair,
  hash,
  loadSigner,
  type Signer,
  type SuiteName,
  verify,
} from '@hufu/crypto';
import { executeBlock, genesis } from '../../sim/execution.ts';
import {
  init,
  leader,
  type SigningContext,
  signatureChecks,
  step,
  unsignedSignBytes,
} from '../../src/index.ts';
import type { Effect, Event, Message, Parameters, UnsignedMessage } from '../../src/interface.ts';
import type { State } from '../../src/state.ts';
import { asEpoch, asValidatorIndex, type ValidatorIndex } from '../../src/types.ts';
import { sizeBytes } from './size.ts';

const SUITES: readonly SuiteName[] = ['ed25519-sha256', 'sm2-sm3'];
const PARAMETERS: Parameters = {
  minDeltaMs: 1_000,
  maxDeltaMs: 2_000,
  maxClockSkewMs: 500,
  heartbeatMs: 30_000,
  maxBlockBatches: 16,
  maxBatchBytes: 1_024,
  maxPendingBatchesPerOrigin: 64,
  maxFetchBlocks: 64,
};
const PAYLOAD_BYTES = 256;
/** The world's clock moves by this much a view. */
const VIEW_MS = 20;

type Unstamped<E> = E extends Event ? Omit<E, 'nowMs'> : never;

/** Sums over all nodes. CPU in microseconds, of this thread. */
export class Costs {
  coreUs = 0;
  signUs = 0;
  verifyUs = 0;
  /** By suite. */
  signed = [0, 0];
  verified = [0, 0];
  messages = 0;
  bytes = 0;
  /** By kind of message: how many bytes. */
  readonly bytesOf = new Map<string, number>();
}

/**
 * n cores and hosts without faults, disks or delays: what one sends, all others get in the order of sending. Each
 * signature is made and verified. One batch is always on its way, so that each view has a block with one.
 */
export class Cluster {
  readonly #n: number;
  readonly #context: SigningContext;
  readonly #keys: readonly (readonly Signer[])[];
  readonly #states: State[] = [];
  #queue: (() => void)[] = [];
  #nowMs = 1_000_000;
  costs = new Costs();

  constructor(n: number) {
    const start = genesis(n);
    this.#n = n;
    this.#context = { hash: 'sha256', chainId: start.digests, epoch: 0, validatorSetDigest: start.digests };
    this.#keys = Array.from({ length: n }, () =>
      SUITES.map((suite) => loadSigner(suite, generateKeyPair(suite).privateKeyPem)),
    );
    const shared = {
      n,
      epoch: asEpoch(0),
      genesisHeight: 0,
      hash: 'sha256',
      parameters: PARAMETERS,
    } as const;
    const recovery = { tip: start, finalization: null, log: [], batches: [] };
    for (const self of this.#validators()) {
      const { state, effects } = init({ ...shared, self }, recovery, this.#nowMs);
      this.#states.push(state);
      this.#perform(self, effects);
    }
    for (const self of this.#validators()) {
      for (const peer of this.#others(self)) this.#deliver(self, { type: 'peer-connected', peer });
    }
    this.#submit();
  }

  get view(): number {
    return this.#states[0]?.view ?? 0;
  }

  /** Goes on until node 0 enters this view. */
  runUntil(view: number): void {
    while (this.view < view) {
      const waiting = this.#queue;
      if (waiting.length === 0) throw new Error(`stands still in view ${this.view}`);
      this.#queue = [];
      for (const action of waiting) action();
    }
  }

  #validators(): readonly ValidatorIndex[] {
    return Array.from({ length: this.#n }, (_, index) => asValidatorIndex(index));
  }

  #others(self: ValidatorIndex): readonly ValidatorIndex[] {
    return this.#validators().filter((peer) => peer !== self);
  }

  #submit(): void {
    const origin = leader(this.view, this.#n);
    const payload = new Uint8Array(PAYLOAD_BYTES).fill(this.view);
    this.#deliver(origin, { type: 'local-batch', payload });
  }

  #deliver(to: ValidatorIndex, event: Unstamped<Event>): void {
    this.#queue.push(() => {
      const state = this.#states[to];
      if (state === undefined) throw new Error(`no node ${to}`);
      const startedUs = cpuUs();
      const transition = step(state, { ...event, nowMs: this.#nowMs });
      this.costs.coreUs += cpuUs() - startedUs;
      this.#states[to] = transition.state;
      if (to === 0 && transition.state.view > state.view) {
        this.#nowMs += VIEW_MS;
        this.#submit();
      }
      this.#perform(to, transition.effects);
    });
  }

  #perform(self: ValidatorIndex, effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(self, effect);
  }

  #performOne(self: ValidatorIndex, effect: Effect): void {
    switch (effect.type) {
      case 'persist':
      case 'report':
      case 'set-timer':
        return;
      case 'store-batch': {
        const { origin, seq, digest } = effect.batch;
        this.#deliver(self, { type: 'batch-stored', ref: { origin, seq, digest } });
        return;
      }
      case 'sign':
        this.#sign(self, effect.message);
        return;
      case 'send':
        this.#send(self, [effect.to], effect.message);
        return;
      case 'broadcast':
        this.#send(self, this.#others(self), effect.message);
        return;
      case 'verify':
        this.#verify(self, effect);
        return;
      case 'execute': {
        const result = { ok: true, digests: executeBlock(effect.input), endsEpoch: false } as const;
        this.#deliver(self, { type: 'executed', id: effect.id, result });
        return;
      }
      case 'finalized':
        this.#deliver(self, { type: 'applied', height: effect.finalization.height });
        return;
      case 'serve-batch':
      case 'serve-blocks':
        throw new Error('nothing is missing anywhere');
      default:
        assertNever(effect);
    }
  }

  #send(from: ValidatorIndex, to: readonly ValidatorIndex[], message: Message): void {
    const bytes = to.length * sizeBytes(message);
    const { costs } = this;
    costs.messages += to.length;
    costs.bytes += bytes;
    costs.bytesOf.set(message.kind, (costs.bytesOf.get(message.kind) ?? 0) + bytes);
    for (const peer of to) this.#deliver(peer, { type: 'message', from, message });
  }

  #sign(self: ValidatorIndex, message: UnsignedMessage): void {
    const startedUs = cpuUs();
    const signatures = unsignedSignBytes(this.#context, message).map((bytes, suite) => {
      const signer = this.#keys[self]?.[suite];
      if (signer === undefined) throw new Error(`no key of suite ${suite}`);
      this.costs.signed[suite] = (this.costs.signed[suite] ?? 0) + 1;
      return signer.sign(bytes);
    });
    this.costs.signUs += cpuUs() - startedUs;
    const [signature = new Uint8Array()] = signatures;
    switch (message.kind) {
      case 'proposal':
      case 'reproposal':
      case 'batch':
        this.#deliver(self, { type: 'signed', message: { ...message, signature } });
        return;
      case 'notarize':
      case 'nullify':
      case 'finalize':
        this.#deliver(self, { type: 'signed', message: { ...message, signer: self, signatures } });
        return;
      default:
        assertNever(message);
    }
  }

  #verify(self: ValidatorIndex, { from, message, certificates }: Extract<Effect, { type: 'verify' }>): void {
    const startedUs = cpuUs();
    const view = 'view' in message ? message.view : 0;
    const checks = signatureChecks(this.#context, message, certificates, leader(view, this.#n));
    const ok = checks?.every(({ signer, suite, bytes, signature }) => {
      const key = this.#keys[signer]?.[suite];
      this.costs.verified[suite] = (this.costs.verified[suite] ?? 0) + 1;
      return key !== undefined && verify(key.suite, key.publicKey, bytes, signature);
    });
    this.costs.verifyUs += cpuUs() - startedUs;
    if (ok !== true) throw new Error('every signature verifies');
    this.#deliver(self, { type: 'verified', from, message, ok });
  }
}

/** CPU time of this thread, its garbage collection on other threads not included. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** What one signature costs alone, microseconds: made and verified. */
export function signatureCosts(
  suite: SuiteName,
  count: number,
): { readonly signUs: number; readonly verifyUs: number } {
  const signer = loadSigner(suite, generateKeyPair(suite).privateKeyPem);
  const messages = Array.from({ length: count }, (_, index) =>
    hash('sha256', Uint8Array.of(index, index >> 8)),
  );
  const startedUs = cpuUs();
  const signatures = messages.map((message) => signer.sign(message));
  const signedUs = cpuUs();
  for (const [index, message] of messages.entries()) {
    if (!verify(suite, signer.publicKey, message, signatures[index] ?? message))
      throw new Error('does not verify');
  }
  return { signUs: (signedUs - startedUs) / count, verifyUs: (cpuUs() - signedUs) / count };
}
