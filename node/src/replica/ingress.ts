import { equalBytes } from '@hufu/crypto';
import {
  decodeSubmission,
  encodeBatchPayload,
  encodeGovernanceDocument,
  judgeGovernance,
  MAX_BATCH_ITEMS,
} from '@hufu/proof';
import type { GovernOutcome, SubmitOutcome } from '../http/service.ts';
import { enterEpoch, governanceContext, prepareGovernance, prepareSubmission } from '../ledger/index.ts';
import type {
  ExecutedBlock,
  GatewayState,
  LedgerState,
  PreparedBatch,
  PreparedGovernance,
  PreparedSubmission,
  SignatureCheck,
} from '../ledger/types.ts';
import type { Clock } from './environment.ts';

/** A submission waits no longer than this for company, and only while an own batch is under way. */
const MAX_LINGER_MS = 25;
/** Own batches that are not durable yet; beyond it submissions wait. */
const MAX_UNDER_WAY = 4;
/** Submissions waiting to be packed, in batches' worth of bytes; beyond it new ones are refused. */
const MAX_WAITING_BATCHES = 8;
/** Tag and length of one submission in a batch payload, at most. */
const FRAMING_BYTES = 8;

export interface IngressParts {
  readonly clock: Clock;
  /** The state after the last applied block. */
  readonly state: () => LedgerState;
  readonly checkSignature: SignatureCheck;
  /** Hands a batch payload to the protocol. `stored` must be called with the same array once it is durable. */
  readonly disseminate: (payload: Uint8Array, prepared: PreparedBatch) => void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly prepared: PreparedSubmission | PreparedGovernance;
  /** As it was when the signature was checked; null for a governance action. */
  readonly gateway: GatewayState | null;
  /** Told whether it became durable. */
  readonly settle: (durable: boolean) => void;
}

/** What this node has taken of one gateway and the ledger has not applied yet. */
interface InFlight {
  /** The serial after the last one taken. */
  next: number;
  /** By first serial: a retry of the same submission gets the same answer. */
  readonly submissions: Map<
    number,
    { readonly signature: Uint8Array; readonly outcome: Promise<SubmitOutcome> }
  >;
}

/**
 * Takes gateways' submissions, and governance actions, refuses what could not apply, and packs the rest into batches: one at once when
 * none is under way, else when that one is durable, when a batch is full, or after MAX_LINGER_MS. A submission
 * is accepted only when its batch is durable here.
 */
export class Ingress {
  readonly #parts: IngressParts;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Payloads handed to the protocol and not yet durable, with who waits for each. */
  readonly #underWay = new Map<Uint8Array, readonly Waiting[]>();
  /** By gateway. */
  readonly #inFlight = new Map<number, InFlight>();
  #cancelLinger: (() => void) | undefined;
  #phase: 'open' | 'backpressure' | 'abandoned' | 'draining' = 'open';
  /** A governance action was taken that no block has applied or dropped yet. */
  #hasAction = false;
  #drained: (() => void) | undefined;

  constructor(parts: IngressParts) {
    this.#parts = parts;
  }

  /** Submissions waiting to be packed, in bytes. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Decides on one encoded submission. Resolves once it is durable here, or at once when it is refused. */
  async submit(bytes: Uint8Array): Promise<SubmitOutcome> {
    if (this.#refusal !== undefined) return { ok: false, code: this.#refusal };
    if (bytes.length + FRAMING_BYTES > this.#maxBatchBytes) return { ok: false, code: 'too-large' };
    const state = this.#state();
    const { maxSubmissionRecords, maxSubmissionBytes } = state.registry.parameters;
    if (bytes.length > maxSubmissionBytes) return { ok: false, code: 'too-large' };
    const decoded = decodeSubmission(bytes);
    if (!decoded.ok) return { ok: false, code: 'malformed-submission', detail: decoded.error.remark };
    const { firstSerial, records, signature } = decoded.value;
    if (records.length > maxSubmissionRecords) return { ok: false, code: 'too-large' };
    const gateway = state.gateways[decoded.value.gateway];
    if (gateway === undefined) return { ok: false, code: 'unknown-gateway' };
    const inFlight = this.#inFlightOf(gateway);
    const same = inFlight.submissions.get(firstSerial);
    if (same !== undefined && equalBytes(same.signature, signature)) return same.outcome;
    const { nextSerial } = gateway;
    if (firstSerial < nextSerial) return { ok: false, code: 'serial-applied', nextSerial };
    if (firstSerial > inFlight.next) return { ok: false, code: 'serial-gap', nextSerial: inFlight.next };
    if (this.#isFull(bytes.length)) return { ok: false, code: 'overloaded' };
    // Last, as it costs the most: every record is decoded and hashed.
    const prepared = prepareSubmission(bytes, state);
    if (!prepared.ok) return { ok: false, code: 'malformed-submission', detail: prepared.reason };
    if (!this.#parts.checkSignature(gateway, prepared)) return { ok: false, code: 'bad-signature' };
    const outcome = this.#enqueue(bytes, prepared, gateway).then((durable): SubmitOutcome => {
      if (!durable) return { ok: false, code: 'overloaded' };
      return { ok: true, gateway: gateway.index, firstSerial, count: records.length };
    });
    inFlight.submissions.set(firstSerial, { signature, outcome });
    inFlight.next = Math.max(inFlight.next, firstSerial + records.length);
    return outcome;
  }

  /** As `submit`, for an encoded governance action: one more item of a batch. */
  async submitGovernance(bytes: Uint8Array): Promise<GovernOutcome> {
    if (this.#refusal !== undefined) return { ok: false, code: this.#refusal };
    if (bytes.length + FRAMING_BYTES > this.#maxBatchBytes) return { ok: false, code: 'too-large' };
    const state = this.#state();
    const judged = judgeGovernance(bytes, governanceContext(state));
    if (!judged.ok) return { ok: false, code: judged.error.code, detail: judged.error.remark };
    // A block judges one action of each origin: a second one would be dropped.
    if (this.#isFull(bytes.length) || this.#hasAction) return { ok: false, code: 'overloaded' };
    this.#hasAction = true;
    const durable = await this.#enqueue(bytes, prepareGovernance(bytes, state), null);
    if (!durable) return { ok: false, code: 'overloaded' };
    return { ok: true, epoch: state.epoch, documentBytes: encodeGovernanceDocument(judged.value.document) };
  }

  /** The protocol made this payload durable: whoever waits for it is answered, and the next batch may leave. */
  stored(payload: Uint8Array): void {
    const packed = this.#underWay.get(payload);
    if (packed === undefined) return;
    this.#underWay.delete(payload);
    for (const { settle } of packed) settle(true);
    this.#left();
  }

  /** Follows the ledger: what is applied is no longer in flight, and after a drop a gateway starts again. */
  applied(blocks: readonly ExecutedBlock[]): void {
    const ofNoGateway = ({ gateway }: { readonly gateway: number | null }): boolean => gateway === null;
    if (blocks.some(({ applied, dropped }) => applied.some(ofNoGateway) || dropped.some(ofNoGateway))) {
      this.#hasAction = false;
    }
    for (const { index, nextSerial } of this.#state().gateways) {
      const inFlight = this.#inFlight.get(index);
      if (inFlight === undefined) continue;
      const { submissions } = inFlight;
      // The ledger finds a gap only in what the gateway itself has signed; what follows will be dropped too.
      const gap = blocks.some(({ dropped }) =>
        dropped.some(({ gateway, reason }) => gateway === index && reason === 'serial-gap'),
      );
      if (gap) submissions.clear();
      for (const firstSerial of submissions.keys()) {
        if (firstSerial < nextSerial) submissions.delete(firstSerial);
      }
      inFlight.next = gap ? nextSerial : Math.max(inFlight.next, nextSerial);
    }
  }

  /** Refuses, and packs nothing, while the protocol holds as many of this node's batches as it may. */
  backpressure(on: boolean): void {
    if (this.#refusal === undefined) this.#phase = on ? 'backpressure' : 'open';
    if (!on) this.#pack();
  }

  /** Refuses from now on, and packs what was taken; resolves when all of it is durable. */
  drain(): Promise<void> {
    this.#phase = 'draining';
    this.#cancelLinger?.();
    while (this.#waiting.length > 0) this.#startBatch();
    return new Promise((resolve) => {
      this.#drained = resolve;
      if (this.#underWay.size === 0) resolve();
    });
  }

  /**
   * An epoch begins of which this node is a validator: takes submissions again after `abandon`, and after the backpressure
   * of the epoch before. What waits leaves a little later: payloads of that epoch come first.
   */
  reopen(): void {
    if (this.#phase !== 'draining') this.#phase = 'open';
    // A new key or limit may keep out what was taken before: what its gateway sends again is taken like new.
    for (const { submissions } of this.#inFlight.values()) submissions.clear();
    this.#giveUpOldKeys();
    if (this.#waiting.length > 0) this.#linger();
  }

  /**
   * Gives up what waits of gateways whose key is another one now. Packed beside others' submissions, it would use up how
   * many bad signatures a batch may have, and theirs would be dropped while they count as in flight here.
   */
  #giveUpOldKeys(): void {
    const { gateways } = this.#state();
    const isSigned = ({ gateway }: Waiting): boolean => {
      if (gateway === null) return true;
      const key = gateways[gateway.index]?.publicKey;
      return key !== undefined && equalBytes(key, gateway.publicKey);
    };
    const givenUp = this.#waiting.filter((waiting) => !isSigned(waiting));
    this.#waiting = this.#waiting.filter(isSigned);
    for (const { bytes, settle } of givenUp) {
      this.#waitingBytes -= bytes.length + FRAMING_BYTES;
      settle(false);
    }
  }

  /** The epoch that begins has no room for this payload, and the protocol has given it up. */
  lost(payload: Uint8Array, { submissions }: PreparedBatch): void {
    if (submissions.some(({ kind }) => kind === 'governance')) this.#hasAction = false;
    const packed = this.#underWay.get(payload) ?? [];
    this.#underWay.delete(payload);
    for (const { settle } of packed) settle(false);
    if (packed.length > 0) this.#left();
  }

  /**
   * Refuses from now on and gives up what is not durable: the replica will not make it so. What is durable is not on its
   * way any more either: after `reopen` it must be taken like new when its gateway sends it again.
   */
  abandon(): void {
    if (this.#phase !== 'draining') this.#phase = 'abandoned';
    this.#cancelLinger?.();
    const waiting = [...this.#underWay.values(), this.#waiting].flat();
    this.#underWay.clear();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#inFlight.clear();
    this.#hasAction = false;
    for (const { settle } of waiting) settle(false);
    this.#drained?.();
  }

  /** Why nothing is taken, whatever it is; undefined while something may be. */
  get #refusal(): 'overloaded' | 'draining' | undefined {
    if (this.#phase === 'abandoned') return 'overloaded';
    return this.#phase === 'draining' ? 'draining' : undefined;
  }

  /** After an epoch's last block, that of the next. */
  #state(): LedgerState {
    return enterEpoch(this.#parts.state());
  }

  get #maxBatchBytes(): number {
    return this.#state().registry.parameters.maxBatchBytes;
  }

  #inFlightOf({ index, nextSerial }: GatewayState): InFlight {
    const inFlight = this.#inFlight.get(index) ?? { next: nextSerial, submissions: new Map() };
    this.#inFlight.set(index, inFlight);
    return inFlight;
  }

  #isFull(sizeBytes: number): boolean {
    if (this.#phase === 'backpressure') return true;
    return this.#waitingBytes + sizeBytes > MAX_WAITING_BATCHES * this.#maxBatchBytes;
  }

  #enqueue(bytes: Uint8Array, prepared: Waiting['prepared'], gateway: Waiting['gateway']): Promise<boolean> {
    const durable = new Promise<boolean>((settle) => {
      this.#waiting.push({ bytes, prepared, gateway, settle });
      this.#waitingBytes += bytes.length + FRAMING_BYTES;
    });
    this.#pack();
    return durable;
  }

  /** One payload less is under way. */
  #left(): void {
    this.#pack();
    if (this.#underWay.size === 0) this.#drained?.();
  }

  #pack(): void {
    while (this.#mayStart() && this.#fillsBatch) this.#startBatch();
    if (this.#waiting.length === 0 || !this.#mayStart()) return;
    if (this.#underWay.size === 0) this.#startBatch();
    else this.#linger();
  }

  get #fillsBatch(): boolean {
    return this.#waitingBytes >= this.#maxBatchBytes || this.#waiting.length >= MAX_BATCH_ITEMS;
  }

  #mayStart(): boolean {
    return this.#phase !== 'backpressure' && this.#underWay.size < MAX_UNDER_WAY;
  }

  #linger(): void {
    if (this.#cancelLinger !== undefined) return;
    const { clock } = this.#parts;
    this.#cancelLinger = clock.schedule(clock.nowMs() + MAX_LINGER_MS, () => {
      this.#cancelLinger = undefined;
      if (this.#waiting.length > 0 && this.#mayStart()) this.#startBatch();
    });
  }

  #startBatch(): void {
    let count = 0;
    let sizeBytes = 0;
    for (const { bytes } of this.#waiting.slice(0, MAX_BATCH_ITEMS)) {
      if (count > 0 && sizeBytes + bytes.length + FRAMING_BYTES > this.#maxBatchBytes) break;
      sizeBytes += bytes.length + FRAMING_BYTES;
      count += 1;
    }
    const packed = this.#waiting.splice(0, count);
    this.#waitingBytes -= sizeBytes;
    if (this.#waiting.length === 0) {
      this.#cancelLinger?.();
      this.#cancelLinger = undefined;
    }
    const payload = encodeBatchPayload(packed.map(({ bytes }) => bytes));
    this.#underWay.set(payload, packed);
    this.#parts.disseminate(payload, { submissions: packed.map(({ prepared }) => prepared) });
  }
}
