import { hash, type Signer, utf8 } from '@hufu/crypto';
import { encodeEntry, encodeSubmission, submissionSignBytes } from '@hufu/proof';
import type { SubmitOutcome } from '../src/http/service.ts';
import type { ExecutedBlock } from '../src/ledger/types.ts';
import { type Life, type SimNode, START_MS } from './node.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Submission {
  readonly firstSerial: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const RETRY_MS = 100;
/** A node that refuses for this long, or makes nothing final for this long, is left: sooner than by the real one. */
const MAX_REFUSED_MS = 1_000;
const STALL_MS = 5_000;
const WATCH_MS = 1_000;
/** Pause before another node is tried. */
const FAILOVER_MS = 250;
/** One way over HTTP. */
const MAX_CALL_MS = 10;

export interface GatewayParts {
  readonly index: number;
  readonly signer: Signer;
  readonly chainId: Uint8Array;
  readonly nodes: readonly SimNode[];
  readonly time: VirtualTime;
  readonly random: Random;
  readonly note: (what: string) => void;
  /** An honest gateway was told that it is not. */
  readonly onRefused: (node: SimNode, code: string) => void;
}

/**
 * A gateway by the rules of the real one's sessions: submissions are fixed when they are cut; with each node it begins
 * again from the lowest that is not final; it goes on from the serial that a node names if a submission begins there;
 * a node that is gone, refuses or does nothing is left for another.
 */
export class SimGateway {
  readonly parts: GatewayParts;
  /** Every record ever cut, by serial. */
  readonly records: Uint8Array[] = [];
  #outbox: Submission[] = [];
  #life: Life | undefined;
  /** Position of the node to try next. */
  #next = 0;
  #cursor = 0;
  #isSending = false;
  #progressAtMs = 0;
  #refusedSinceMs: number | undefined;
  #stopFollowing = (): void => {};

  constructor(parts: GatewayParts) {
    this.parts = parts;
    this.#next = parts.random.integer(0, parts.nodes.length - 1);
    this.#watch();
  }

  /** Serials below are final. */
  get finalBelow(): number {
    return this.#outbox[0]?.firstSerial ?? this.records.length;
  }

  get isDone(): boolean {
    return this.#outbox.length === 0;
  }

  /** Takes `count` records and cuts a submission of them. */
  cut(count: number): void {
    const { index, signer, chainId, time } = this.parts;
    const firstSerial = this.records.length;
    for (let serial = firstSerial; serial < firstSerial + count; serial++) {
      const content = utf8(`evidence ${serial} of gateway ${index}`);
      const digests = { sha256: hash('sha256', content), sm3: hash('sm3', content) };
      this.records.push(
        encodeEntry({ gateway: index, serial, digests, claimedTimeMs: START_MS + time.nowMs }),
      );
    }
    const records = this.records.slice(firstSerial);
    const unsigned = { gateway: index, firstSerial, records };
    const signature = signer.sign(submissionSignBytes('sha256', chainId, unsigned));
    this.#outbox.push({ firstSerial, count, bytes: encodeSubmission({ ...unsigned, signature }) });
    this.#pump();
  }

  #meet(): void {
    const { nodes, time } = this.parts;
    const life = nodes[this.#next++ % nodes.length]?.life;
    const state = life?.state;
    const nextSerial = state?.gateways[this.parts.index]?.nextSerial;
    this.#progressAtMs = time.nowMs;
    // One that is down, or has not caught up with what is final.
    if (life === undefined || nextSerial === undefined || nextSerial < this.finalBelow) return;
    this.#life = life;
    this.#stopFollowing = life.onBlocks((blocks) => this.#onBlocks(blocks));
    this.#cursor = this.finalBelow;
    this.#refusedSinceMs = undefined;
    this.#final(nextSerial);
    this.#pump();
  }

  #leave(life: Life): void {
    if (this.#life !== life) return;
    this.#stopFollowing();
    this.#life = undefined;
    this.parts.time.after(FAILOVER_MS, () => {
      if (this.#life === undefined) this.#meet();
    });
  }

  #pump(): void {
    const life = this.#life;
    const submission = this.#outbox.find(({ firstSerial }) => firstSerial >= this.#cursor);
    if (life === undefined || submission === undefined || this.#isSending) return;
    this.#isSending = true;
    this.#cursor = submission.firstSerial;
    const { time, random } = this.parts;
    time.after(random.integer(1, MAX_CALL_MS), () => {
      void life.submit(submission.bytes).then((outcome) =>
        time.after(random.integer(1, MAX_CALL_MS), () => {
          this.#isSending = false;
          const answer = outcome === undefined ? 'gone' : outcome.ok ? 'taken' : outcome.code;
          this.parts.note(`${submission.firstSerial} at ${life.node.name}: ${answer}`);
          if (this.#life === life) this.#onAnswer(life, submission, outcome);
          this.#pump();
        }),
      );
    });
  }

  #onAnswer(life: Life, { firstSerial, count }: Submission, outcome: SubmitOutcome | undefined): void {
    if (outcome === undefined) {
      this.#leave(life);
      return;
    }
    if (outcome.ok) {
      this.#refusedSinceMs = undefined;
      // Unless a dropped submission has set the cursor back meanwhile.
      if (this.#cursor === firstSerial) this.#cursor += count;
      return;
    }
    switch (outcome.code) {
      case 'overloaded':
      case 'draining':
        this.#retry(life);
        return;
      case 'serial-applied':
      case 'serial-gap': {
        const next = outcome.nextSerial ?? -1;
        const isBoundary = next >= this.finalBelow && this.#begins(next);
        if (isBoundary && next !== firstSerial) this.#cursor = next;
        else this.#retry(life);
        return;
      }
      case 'malformed-submission':
      case 'too-large':
      case 'unknown-gateway':
      case 'bad-signature':
        this.parts.onRefused(life.node, outcome.code);
    }
  }

  #begins(serial: number): boolean {
    return serial === this.records.length || this.#outbox.some(({ firstSerial }) => firstSerial === serial);
  }

  #retry(life: Life): void {
    const { time } = this.parts;
    this.#refusedSinceMs ??= time.nowMs;
    if (time.nowMs - this.#refusedSinceMs > MAX_REFUSED_MS) {
      this.#leave(life);
      return;
    }
    this.#isSending = true;
    time.after(RETRY_MS, () => {
      this.#isSending = false;
      this.#pump();
    });
  }

  #onBlocks(blocks: readonly ExecutedBlock[]): void {
    for (const { applied, dropped } of blocks) {
      for (const { gateway, firstSerial, count } of applied) {
        if (gateway === this.parts.index) this.#final(firstSerial + count);
      }
      for (const { gateway, reason } of dropped) {
        // What was applied before is dropped as a repetition; anything else never was, and must be sent again.
        if (gateway === this.parts.index && reason !== 'serial-applied') this.#cursor = this.finalBelow;
      }
    }
    this.#pump();
  }

  #final(below: number): void {
    if (below <= this.finalBelow) return;
    this.#outbox = this.#outbox.filter(({ firstSerial }) => firstSerial >= below);
    this.#cursor = Math.max(this.#cursor, this.finalBelow);
    this.#progressAtMs = this.parts.time.nowMs;
  }

  /** Notices a node that is gone, or takes submissions and does nothing. */
  #watch(): void {
    const { time } = this.parts;
    time.after(WATCH_MS, () => {
      const life = this.#life;
      if (this.isDone) this.#progressAtMs = time.nowMs;
      const stalled = time.nowMs - this.#progressAtMs > STALL_MS;
      if (life === undefined) this.#meet();
      else if (!life.isAlive || stalled) this.#leave(life);
      this.#watch();
    });
  }
}
