import type { Submission } from '@hufu/proof';
import type { Database } from '../db/database.ts';
import { readUnfinalized } from '../db/submission-store.ts';
import type { Journal } from '../intake/journal.ts';

/** A submission that became final, and how long after it was cut, or after this process started. */
export interface Finalized {
  readonly submission: Submission;
  readonly seconds: number;
}

/** Records in submissions that are not final: the bound of what anchoring holds in memory, about 10 MB. */
const MAX_IN_FLIGHT_RECORDS = 65_536;

/** A submission that is not full waits for company this long at most. */
const MAX_LINGER_MS = 150;

export interface OutboxOptions {
  readonly gateway: number;
  readonly maxLingerMs?: number;
}

/**
 * The submissions that are not final yet, in the order of their serials. They are fixed in the database before
 * they come here, and are the same bytes whenever and wherever they are sent.
 *
 * A submission costs every node the same whatever it holds. So, as in Nagle's algorithm (RFC 896), one that is not
 * full is cut at once when nothing is on its way, and otherwise when that is final or the linger is over.
 */
export class Outbox {
  readonly #journal: Journal;
  readonly #maxLingerMs: number;
  readonly #submissions = new Map<number, Submission>();
  /** When each came here, in ms of the monotonic clock. */
  readonly #sinceMs = new Map<number, number>();
  #inFlightRecords = 0;
  #pulling = false;
  #closed = false;
  #linger: NodeJS.Timeout | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(journal: Journal, maxLingerMs: number) {
    this.#journal = journal;
    this.#maxLingerMs = maxLingerMs;
  }

  static async open(database: Database, journal: Journal, options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(journal, options.maxLingerMs ?? MAX_LINGER_MS);
    for (const submission of await readUnfinalized(database, options.gateway)) outbox.#add(submission);
    return outbox;
  }

  /** The first submission that is not final. */
  get lowest(): Submission | undefined {
    return this.#submissions.values().next().value;
  }

  /** The submission that begins with this serial, unless it is final or was never cut. */
  at(firstSerial: number): Submission | undefined {
    return this.#submissions.get(firstSerial);
  }

  all(): readonly Submission[] {
    return [...this.#submissions.values()];
  }

  /** Whether a submission begins at this serial, or the next one to be cut will. */
  isBoundary(serial: number): boolean {
    return this.#submissions.has(serial) || serial === this.#journal.nextUncut;
  }

  /**
   * The first submission at or after `cursor()`; cuts one when there is none, waiting for records. The cursor
   * is read again after each `recheck`. Undefined when the signal is aborted first.
   */
  async next(cursor: () => number, signal: AbortSignal): Promise<Submission | undefined> {
    // An abort ends the wait as a change does, so that nothing of the waiter stays behind with `#changed`.
    const onAbort = (): void => this.recheck();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        for (const submission of this.#submissions.values()) {
          if (submission.firstSerial >= cursor()) return submission;
        }
        this.#pull();
        await this.#changed.promise;
      }
      return undefined;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes out submissions that are final. */
  remove(submissions: readonly Submission[]): readonly Finalized[] {
    const finalized: Finalized[] = [];
    for (const submission of submissions) {
      const { firstSerial, records } = submission;
      if (!this.#submissions.delete(firstSerial)) continue;
      this.#inFlightRecords -= records.length;
      const sinceMs = this.#sinceMs.get(firstSerial) ?? performance.now();
      this.#sinceMs.delete(firstSerial);
      finalized.push({ submission, seconds: (performance.now() - sinceMs) / 1000 });
    }
    this.#journal.finalizedBelow = this.lowest?.firstSerial ?? this.#journal.nextUncut;
    if (this.#submissions.size === 0) this.#journal.cutSoon();
    this.recheck();
    return finalized;
  }

  /** Lets a waiting `next` look again: its cursor was set back. */
  recheck(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Takes no more submissions from the journal. Once it is closed, `next` gives only what is here. */
  close(): void {
    clearTimeout(this.#linger);
    this.#journal.withdraw();
    this.#closed = true;
  }

  #pull(): void {
    if (this.#closed || this.#pulling || this.#inFlightRecords >= MAX_IN_FLIGHT_RECORDS) return;
    this.#pulling = true;
    const isAlone = this.#submissions.size === 0;
    if (!isAlone) this.#linger = setTimeout(() => this.#journal.cutSoon(), this.#maxLingerMs);
    this.#journal.nextSubmission(isAlone ? 1 : this.#journal.submissionRecords).then((submission) => {
      clearTimeout(this.#linger);
      this.#pulling = false;
      this.#add(submission);
      this.recheck();
    });
  }

  #add(submission: Submission): void {
    this.#submissions.set(submission.firstSerial, submission);
    this.#sinceMs.set(submission.firstSerial, performance.now());
    this.#inFlightRecords += submission.records.length;
  }
}
