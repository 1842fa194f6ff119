import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockEvent, CallError } from '@hufu/api';
import { equalBytes, fromHex } from '@hufu/crypto';
import { encodeSubmission, type Submission } from '@hufu/proof';
import type { Journal } from '../intake/journal.ts';
import type { Registration } from './registration.ts';
import { describeCallError, lying, type SessionEnd, SessionError, unusable } from './session-end.ts';
import { Settlement, type SettlementOptions } from './settlement.ts';

export interface SessionOptions extends SettlementOptions {
  readonly journal: Journal;
  readonly registration: Registration;
  /** Without a submission becoming final for this long, while some are sent, another node is tried. */
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
  /** When something last became final, or was sent while nothing was outstanding. */
  #progressAtMs = performance.now();
  #sentBelow = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#settlement = new Settlement({
      ...options,
      onFinalized: (finalized) => {
        this.#progressAtMs = performance.now();
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
      const height = await this.#meet(signal);
      tasks.push(
        this.#settlement.run(signal),
        this.#follow(height, signal),
        this.#send(signal),
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

  /** Checks that the node is of our chain and where it has our serials. Returns its height. */
  async #meet(signal: AbortSignal): Promise<number> {
    const { identity, node, outbox, journal } = this.#options;
    const status = await node.status({}, { signal });
    if (!status.ok) throw unusable(describeCallError(status.error));
    for (const [i, name] of identity.hashes.entries()) {
      const theirs = fromHex(status.value.chainId[name] ?? '');
      const ours = identity.chainId[i];
      if (theirs === undefined || ours === undefined || !equalBytes(theirs, ours)) {
        throw lying('it is of another chain');
      }
    }
    this.#cursor = outbox.lowest?.firstSerial ?? journal.nextUncut;
    await this.#askPlaces(signal);
    return status.value.height;
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
      if (gateway !== identity.gateway) continue;
      this.#settlement.claim({ firstSerial, count, firstIndex, height: block.height });
    }
    for (const { gateway, firstSerial, reason } of block.dropped) {
      // What was applied before is dropped as a repetition; anything else never was, and must be sent again.
      if (gateway !== identity.gateway || reason === 'serial-applied') continue;
      const lowest = outbox.lowest?.firstSerial;
      if (lowest === undefined || firstSerial >= this.#cursor) continue;
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
      const answer = await node.submit({ body: bytes }, { signal });
      if (answer.ok) {
        if (this.#sentBelow <= (this.#options.outbox.lowest?.firstSerial ?? 0))
          this.#progressAtMs = performance.now();
        // Unless a dropped submission has set the cursor back meanwhile.
        if (this.#cursor === submission.firstSerial) this.#cursor = next;
        this.#sentBelow = Math.max(this.#sentBelow, next);
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
    const lowest = outbox.lowest?.firstSerial;
    if (nextSerial === undefined || lowest === undefined) throw unusable('it names no serial to go on from');
    // The node has not yet executed what others have: it will, or the refusal lasts too long.
    if (nextSerial < lowest || !outbox.isBoundary(nextSerial)) return RETRY_MS;
    if (nextSerial === submission.firstSerial) return RETRY_MS;
    this.#cursor = nextSerial;
    return undefined;
  }

  /** Notices what events cannot tell: lost events, and a node that takes submissions and does nothing. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { outbox, stallMs } = this.#options;
    while (!signal.aborted) {
      await sleep(WATCH_MS, undefined, { signal }).catch(() => {});
      const lowest = outbox.lowest;
      if (signal.aborted || lowest === undefined || lowest.firstSerial >= this.#sentBelow) continue;
      const waitedMs = performance.now() - this.#progressAtMs;
      if (waitedMs < ASK_AFTER_MS) continue;
      await this.#askPlaces(signal);
      if (waitedMs > stallMs && !this.#settlement.has(lowest.firstSerial)) {
        throw unusable(`nothing became final for ${waitedMs} ms`);
      }
    }
  }

  /** Asks where the node has our serials, and claims a place for each submission that it has. */
  async #askPlaces(signal: AbortSignal): Promise<void> {
    const { identity, node, outbox, journal, registration } = this.#options;
    const registry = await node.gateways({}, { signal });
    if (!registry.ok) throw unusable(describeCallError(registry.error));
    const own = registry.value.gateways.find(({ index }) => index === identity.gateway);
    const isOurKey = registration.note(node.baseUrl, own);
    if (own === undefined && identity.genesis.gateways[identity.gateway] !== undefined) {
      throw lying('it does not know this gateway');
    }
    if (own === undefined || !isOurKey) throw unusable('it does not register the key of this gateway');
    const finalBelow = outbox.lowest?.firstSerial ?? journal.nextUncut;
    if (own.nextSerial < finalBelow) throw unusable('it has not caught up with what is final');
    if (own.nextSerial > journal.nextUncut) await this.#settlement.explainMismatch(journal.nextUncut, signal);
    for (const { firstSerial, records } of outbox.all()) {
      if (firstSerial >= own.nextSerial) break;
      if (this.#settlement.has(firstSerial)) continue;
      const entry = await node.gatewayEntry({ gateway: identity.gateway, serial: firstSerial }, { signal });
      if (!entry.ok) throw unusable(`entry of serial ${firstSerial}: ${describeCallError(entry.error)}`);
      const { index, height } = entry.value;
      this.#settlement.claim({ firstSerial, count: records.length, firstIndex: index, height });
    }
  }
}
