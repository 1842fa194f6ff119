import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockEvent, CallError } from '@hufu/api';
import { equalBytes, fromHex } from '@hufu/crypto';
import { encodeSubmission, type Submission } from '@hufu/proof';
import type { Journal } from '../intake/journal.ts';
import { explainUncut } from './mismatch.ts';
import type { Registration } from './registration.ts';
import { describeCallError, lying, type SessionEnd, SessionError, unusable } from './session-end.ts';
import { Settlement, type SettlementOptions } from './settlement.ts';

export interface SessionOptions extends SettlementOptions {
  readonly journal: Journal;
  readonly registration: Registration;
  /** Without a submission becoming final for this long, while the node has some, another node is tried. */
  readonly stallMs: number;
}

/** How often a session looks whether anything is stuck. */
const WATCH_MS = 1_000;
/** Without progress for this long, the node is asked where our serials stand: an event may have been lost. */
const ASK_AFTER_MS = 2_000;
const RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
/** A node that refuses the same submission for this long is left. */
const MAX_REFUSED_MS = 15_000;
/** So often may a node name an earlier serial to go on from while nothing becomes final. */
const MAX_STEPS_BACK = 8;
/** A node that has said where the lowest submission stands is given so many times as long to prove it. */
const PROVING_FACTOR = 3;

/**
 * The work with one node: submissions go to it in order, its block events say what became of them, and every
 * claim is verified. A session never decides what is final by itself, and begins by sending everything that is
 * not final again: the rule of serials makes repetition harmless.
 */
export class NodeSession {
  readonly #options: SessionOptions;
  readonly #settlement: Settlement;
  /** The serial to send next. */
  #cursor = 0;
  /** When something last became final, or the node got something while it had nothing. */
  #progressAtMs = performance.now();
  /** The node has taken everything below this serial, or says that it has it. */
  #heldBelow = 0;
  /** Since something last became final. */
  #stepsBack = 0;
  /** Drops that events told of and that set the cursor back. */
  #drops = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#settlement = new Settlement({
      ...options,
      onFinalized: (finalized) => {
        this.#progressAtMs = performance.now();
        this.#stepsBack = 0;
        options.onFinalized(finalized);
      },
    });
  }

  /** Works with the node until it is of no use or the signal is aborted. Rejects for failures of our own only. */
  async run(stop: AbortSignal): Promise<SessionEnd> {
    const end = new AbortController();
    const signal = AbortSignal.any([stop, end.signal]);
    const tasks: Promise<void>[] = [];
    try {
      const { height, nextSerial } = await this.#meet(signal);
      tasks.push(
        this.#settlement.run(signal),
        this.#follow(height, signal),
        this.#send(signal),
        this.#ask(nextSerial, signal),
        this.#watch(signal),
      );
      await Promise.race(tasks);
      return { kind: 'stopped' };
    } catch (error) {
      if (stop.aborted) return { kind: 'stopped' };
      if (error instanceof SessionError) return error.end;
      throw error;
    } finally {
      end.abort();
      await Promise.allSettled(tasks);
    }
  }

  /** Every serial below this one is final. */
  get #finalBelow(): number {
    const { outbox, journal } = this.#options;
    return outbox.lowest?.firstSerial ?? journal.nextUncut;
  }

  /** Checks that the node is of our chain, and that its serials can be ours. A slow answer counts as none. */
  async #meet(stop: AbortSignal): Promise<{ readonly height: number; readonly nextSerial: number }> {
    const { identity, node, stallMs } = this.#options;
    const signal = AbortSignal.any([stop, AbortSignal.timeout(stallMs)]);
    const status = await node.status({}, { signal });
    if (!status.ok) throw unusable(describeCallError(status.error));
    for (const [i, name] of identity.hashes.entries()) {
      const theirs = fromHex(status.value.chainId[name] ?? '');
      const ours = identity.chainId[i];
      if (theirs === undefined || ours === undefined || !equalBytes(theirs, ours)) {
        throw lying('it is of another chain');
      }
    }
    this.#cursor = this.#finalBelow;
    return { height: status.value.height, nextSerial: await this.#askNextSerial(signal) };
  }

  /** Block events, from the height at which `#meet` asked: nothing falls between asking and following. */
  async #follow(afterHeight: number, signal: AbortSignal): Promise<void> {
    const events = this.#options.node.events({ afterHeight, signal });
    for (;;) {
      const next = await events.next();
      if (!next.done) this.#onBlock(next.value);
      else if (signal.aborted) return;
      else
        throw unusable(`events: ${next.value.kind === 'closed' ? 'closed' : describeCallError(next.value)}`);
    }
  }

  #onBlock(block: BlockEvent): void {
    const { identity, outbox } = this.#options;
    for (const { gateway, firstSerial, count, firstIndex } of block.submissions) {
      // One that is longer or shorter than ours says not where all of ours stands: that is asked for.
      if (gateway !== identity.gateway || outbox.at(firstSerial)?.records.length !== count) continue;
      this.#settlement.claim({ firstSerial, firstIndex, height: block.height });
    }
    for (const { gateway, firstSerial, reason } of block.dropped) {
      // What was applied before is dropped as a repetition; anything else never was, and must be sent again.
      if (gateway !== identity.gateway || reason === 'serial-applied') continue;
      const lowest = outbox.lowest?.firstSerial;
      // The one at the cursor may be on its way, its answer slower than the block that dropped it.
      if (lowest === undefined || firstSerial > this.#cursor) continue;
      this.#drops += 1;
      this.#cursor = Math.min(this.#cursor, lowest);
      outbox.recheck();
    }
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { outbox } = this.#options;
    for (;;) {
      const submission = await outbox.next(() => this.#cursor, signal);
      if (submission === undefined) return;
      await this.#sendOne(submission, signal);
    }
  }

  /** Sends one submission until the node takes it or names another serial to go on from. */
  async #sendOne(submission: Submission, signal: AbortSignal): Promise<void> {
    const { node } = this.#options;
    const bytes = encodeSubmission(submission);
    const next = submission.firstSerial + submission.records.length;
    const sinceMs = performance.now();
    this.#cursor = submission.firstSerial;
    for (;;) {
      const drops = this.#drops;
      const answer = await node.submit({ body: bytes }, { signal });
      if (answer.ok) {
        this.#noteHeld(next);
        // Unless this one or one before it was dropped meanwhile.
        if (this.#drops === drops) this.#cursor = next;
        return;
      }
      const retryMs = this.#onRefused(submission, answer.error);
      if (retryMs === undefined) return;
      if (performance.now() - sinceMs > MAX_REFUSED_MS) throw unusable(describeCallError(answer.error));
      await sleep(retryMs, undefined, { signal });
      if (this.#cursor < submission.firstSerial) return;
    }
  }

  /** How long to wait before sending the same again; undefined when the cursor was moved instead. */
  #onRefused(submission: Submission, error: CallError): number | undefined {
    if (error.kind !== 'problem') throw unusable(describeCallError(error));
    const { code, nextSerial } = error.problem;
    switch (code) {
      case 'overloaded':
      case 'draining':
        return Math.min(error.retryAfterMs ?? RETRY_MS, MAX_RETRY_MS);
      case 'serial-applied':
      case 'serial-gap':
        return this.#moveTo(submission, nextSerial);
      default:
        throw unusable(`submission refused: ${describeCallError(error)}`);
    }
  }

  /** Goes on from the serial that the node names, if that is one at which a submission begins. */
  #moveTo(submission: Submission, nextSerial: number | undefined): number | undefined {
    const { outbox } = this.#options;
    if (nextSerial === undefined) throw unusable('it names no serial to go on from');
    this.#noteHeld(nextSerial);
    // The node has not yet executed what others have: it will, or the refusal lasts too long.
    if (nextSerial < this.#finalBelow || !outbox.isBoundary(nextSerial)) return RETRY_MS;
    if (nextSerial === submission.firstSerial) return RETRY_MS;
    if (nextSerial < submission.firstSerial) this.#stepsBack += 1;
    // Threat: a node that names one submission for the other has them sent without end.
    if (this.#stepsBack > MAX_STEPS_BACK) throw unusable('it names ever earlier serials to go on from');
    this.#cursor = nextSerial;
    return undefined;
  }

  /** The node has taken everything below this serial, or says that it has it: that it becomes final is now awaited. */
  #noteHeld(belowSerial: number): void {
    if (this.#heldBelow <= this.#finalBelow) this.#progressAtMs = performance.now();
    // What was never cut is not awaited, whatever a node says.
    this.#heldBelow = Math.max(this.#heldBelow, Math.min(belowSerial, this.#options.journal.nextUncut));
  }

  /** For how long nothing has become final of what the node has; 0 when it has nothing. */
  #waitedMs(): number {
    const lowest = this.#options.outbox.lowest;
    const awaits = lowest !== undefined && lowest.firstSerial < this.#heldBelow;
    return awaits ? performance.now() - this.#progressAtMs : 0;
  }

  /** Leaves a node that has submissions, or says so, and does nothing. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { outbox, stallMs } = this.#options;
    while (!signal.aborted) {
      await sleep(WATCH_MS, undefined, { signal }).catch(() => {});
      const lowest = outbox.lowest;
      if (signal.aborted || lowest === undefined) continue;
      const limitMs = this.#settlement.has(lowest.firstSerial) ? stallMs * PROVING_FACTOR : stallMs;
      const waitedMs = Math.round(this.#waitedMs());
      if (waitedMs > limitMs) throw unusable(`nothing became final for ${waitedMs} ms`);
    }
  }

  /** Asks what events do not tell: what the node had before they were followed, and what a lost one would have told. */
  async #ask(nextSerial: number, signal: AbortSignal): Promise<void> {
    await this.#askPlaces(nextSerial, signal);
    while (!signal.aborted) {
      await sleep(WATCH_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted || this.#waitedMs() < ASK_AFTER_MS) continue;
      await this.#askPlaces(await this.#askNextSerial(signal), signal);
    }
  }

  /** Asks which of our serials the node has executed, and checks that they can be ours. */
  async #askNextSerial(signal: AbortSignal): Promise<number> {
    const { identity, node, journal, registration } = this.#options;
    const finalBelow = this.#finalBelow;
    const registry = await node.gateways({}, { signal });
    if (!registry.ok) throw unusable(describeCallError(registry.error));
    const own = registry.value.gateways.find(({ index }) => index === identity.gateway);
    const isOurKey = registration.note(node.baseUrl, own);
    if (own === undefined && identity.genesis.gateways[identity.gateway] !== undefined) {
      throw lying('it does not know this gateway');
    }
    if (own === undefined || !isOurKey) throw unusable('it does not register the key of this gateway');
    const { nextSerial } = own;
    if (nextSerial < finalBelow) throw unusable('it has not caught up with what is final');
    const first = journal.nextUncut;
    if (nextSerial > first) {
      const last = Math.min(nextSerial - 1, journal.nextSerial);
      await explainUncut(this.#options, { first, last }, signal);
    }
    this.#noteHeld(nextSerial);
    return nextSerial;
  }

  /** Claims a place for each submission of which the node has records. */
  async #askPlaces(nextSerial: number, signal: AbortSignal): Promise<void> {
    const { outbox } = this.#options;
    for (const { firstSerial, records } of outbox.all()) {
      if (firstSerial >= nextSerial) break;
      if (outbox.at(firstSerial) === undefined || this.#settlement.has(firstSerial)) continue;
      const first = await this.#askEntry(firstSerial, signal);
      // The last record may be in a later block, if the ledger has the records in other submissions.
      const lastSerial = Math.min(firstSerial + records.length, nextSerial) - 1;
      const last = lastSerial === firstSerial ? first : await this.#askEntry(lastSerial, signal);
      this.#settlement.claim({ firstSerial, firstIndex: first.index, height: last.height });
    }
  }

  async #askEntry(serial: number, signal: AbortSignal) {
    const { identity, node } = this.#options;
    const entry = await node.gatewayEntry({ gateway: identity.gateway, serial }, { signal });
    if (!entry.ok) throw unusable(`entry of serial ${serial}: ${describeCallError(entry.error)}`);
    return entry.value;
  }
}
