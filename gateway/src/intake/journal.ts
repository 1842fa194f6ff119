import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '@hufu/crypto';
import { encodeEntry, type Submission, type UnsignedSubmission } from '@hufu/proof';
import { BulkInsert } from '../db/bulk.ts';
import type { Database } from '../db/database.ts';
import type { DigestIndex } from '../db/digest-index.ts';
import {
  insertSubmission,
  readEntries,
  readFinalizedBelow,
  readNextSerial,
  readNextUncut,
} from '../db/submission-store.ts';
import { Answers, type Recorded, type Unanswered } from './answers.ts';
import type { EarlierFinder } from './earlier.ts';
import type { NewRecord } from './record.ts';

/** One post: its records are recorded together, with consecutive serials, or not at all. */
export interface Post {
  readonly records: readonly NewRecord[];
  readonly receivedAtMs: number;
  readonly apiKey: number;
  readonly idempotency?: { readonly key: string; readonly requestDigest: Uint8Array };
}

/** Why nothing of a post was recorded. */
export type Refusal = 'overloaded' | 'draining' | 'ledger-conflict' | 'gateway-not-registered';

export interface JournalOptions {
  readonly gateway: number;
  readonly maxQueuedRecords: number;
  readonly maxUnfinalizedRecords: number;
  readonly maxSubmissionRecords: number;
  /** Whether the ledger is known not to register this gateway's key. */
  readonly isDenied: () => boolean;
  readonly sign: (submission: UnsignedSubmission) => Uint8Array;
  readonly onCommit: (records: number, seconds: number) => void;
  /** Told of a transaction that failed: nothing of its posts was recorded. */
  readonly onFailure: (error: unknown) => void;
  /** Told when the earlier equals of durable records cannot be found. */
  readonly onLookUpFailure: (error: unknown) => void;
}

/** Records in one transaction. More would make the first of them wait. */
const MAX_COMMIT_RECORDS = 4_096;

/** After a failed transaction: a full disk must not keep the process busy. */
const FAILURE_PAUSE_MS = 100;

/** Someone waits for a submission of at least so many records. */
interface CutWish {
  minRecords: number;
  readonly resolve: (submission: Submission) => void;
}

interface Waiting extends Post {
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The journal: the only writer of evidence and submissions. What arrives in one turn of the event loop, or
 * while a transaction runs, goes into one transaction, so that the cost of one disk sync is shared; nothing
 * waits for company. Serials are given inside the transaction. A submission is cut from the records that have
 * none, in the same transaction, when the sender waits for one and they suffice. What takes long to answer is
 * answered beside the transactions and holds up nobody's records.
 */
export class Journal {
  readonly #database: Database;
  readonly #index: DigestIndex;
  readonly #earlier: EarlierFinder;
  readonly #options: JournalOptions;
  readonly #answers: Answers;
  readonly #insert = new BulkInsert('evidence', ['serial', 'entry', 'received_at_ms', 'api_key']);
  #queue: Waiting[] = [];
  #queuedRecords = 0;
  #running = false;
  #idle: Promise<void> = Promise.resolve();
  #closed: Refusal | undefined;
  #nextSerial: number;
  #nextUncut: number;
  #finalized: number;
  #wish: CutWish | undefined;

  private constructor(
    database: Database,
    index: DigestIndex,
    earlier: EarlierFinder,
    options: JournalOptions,
    start: { nextSerial: number; nextUncut: number; finalized: number },
  ) {
    this.#database = database;
    this.#index = index;
    this.#earlier = earlier;
    this.#options = options;
    this.#answers = new Answers(earlier, options.onLookUpFailure);
    this.#nextSerial = start.nextSerial;
    this.#nextUncut = start.nextUncut;
    this.#finalized = start.finalized;
  }

  static async open(
    database: Database,
    index: DigestIndex,
    earlier: EarlierFinder,
    options: JournalOptions,
  ): Promise<Journal> {
    const nextSerial = await readNextSerial(database);
    const nextUncut = await readNextUncut(database);
    const finalized = await readFinalizedBelow(database, nextUncut);
    return new Journal(database, index, earlier, options, { nextSerial, nextUncut, finalized });
  }

  /** The serial the next record will get. */
  get nextSerial(): number {
    return this.#nextSerial;
  }

  /** The serial with which the next submission will begin. */
  get nextUncut(): number {
    return this.#nextUncut;
  }

  /** Records of a full submission. */
  get submissionRecords(): number {
    return this.#options.maxSubmissionRecords;
  }

  /** Records of posts that are not answered yet. */
  get queuedRecords(): number {
    return this.#queuedRecords;
  }

  /** Durable records that are not final. */
  get unfinalizedRecords(): number {
    return this.#nextSerial - this.#finalized;
  }

  /** Told by anchoring: every record below this serial is final. */
  set finalizedBelow(serial: number) {
    this.#finalized = serial;
  }

  /** Refuses further posts, for this reason; what was queued is still recorded. */
  close(reason: Refusal): void {
    this.#closed ??= reason;
  }

  /** Why posts are refused now; undefined when they are not. */
  get refusal(): Refusal | undefined {
    if (this.#closed !== undefined) return this.#closed;
    if (this.#options.isDenied()) return 'gateway-not-registered';
    const full =
      this.#index.isStuck ||
      this.#queuedRecords >= this.#options.maxQueuedRecords ||
      this.unfinalizedRecords >= this.#options.maxUnfinalizedRecords;
    return full ? 'overloaded' : undefined;
  }

  /**
   * Records a post. A value means durable. Refused before anything is promised when a queue is full. Rejects
   * when the transaction fails, and only then: nothing of the post is recorded.
   */
  async append(post: Post): Promise<Result<Recorded, Refusal>> {
    const { refusal } = this;
    if (refusal !== undefined) return { ok: false, error: refusal };
    this.#queuedRecords += post.records.length;
    try {
      const recorded = await new Promise<Recorded>((resolve, reject) => {
        this.#queue.push({ ...post, resolve, reject });
        this.#wake();
      });
      return { ok: true, value: recorded };
    } finally {
      this.#queuedRecords -= post.records.length;
    }
  }

  /**
   * The next submission, fixed and durable, as soon as there are `minRecords` for one. One caller at a time; the
   * wish stands until met.
   */
  nextSubmission(minRecords: number): Promise<Submission> {
    return new Promise((resolve) => {
      this.#wish = { minRecords, resolve };
      if (this.#canCut()) this.#wake();
    });
  }

  /** Whoever waits for a submission takes one of any size from now on. */
  cutSoon(): void {
    if (this.#wish === undefined) return;
    this.#wish.minRecords = 1;
    if (this.#canCut()) this.#wake();
  }

  /** Cuts nothing any more: who waits for a submission gets none. */
  withdraw(): void {
    this.#wish = undefined;
  }

  /** Resolves when everything queued is recorded and answered. */
  async settle(): Promise<void> {
    await this.#idle;
    await this.#answers.settle();
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    this.#idle = this.#run();
  }

  async #run(): Promise<void> {
    // One turn: every request whose bytes have arrived joins the first transaction.
    await nextTurn();
    while (this.#queue.length > 0 || this.#canCut()) {
      const posts = this.#take();
      try {
        if (posts.length > 0) await this.#index.room();
        await this.#commit(posts);
      } catch (error) {
        this.#options.onFailure(error);
        for (const { reject } of posts) reject(error);
        await sleep(FAILURE_PAUSE_MS);
        await this.#checkUnchanged();
      }
      await nextTurn();
    }
    this.#running = false;
  }

  #canCut(): boolean {
    return this.#cuts(this.#nextSerial);
  }

  /** Whether there are records enough for who waits once every serial below `nextSerial` is given. */
  #cuts(nextSerial: number): boolean {
    return this.#wish !== undefined && nextSerial - this.#nextUncut >= this.#wish.minRecords;
  }

  /** At least one post, then as many as fit. */
  #take(): readonly Waiting[] {
    let records = 0;
    let posts = 0;
    for (const { records: own } of this.#queue) {
      if (posts > 0 && records + own.length > MAX_COMMIT_RECORDS) break;
      records += own.length;
      posts += 1;
    }
    const taken = this.#queue.slice(0, posts);
    this.#queue = this.#queue.slice(posts);
    return taken;
  }

  async #commit(posts: readonly Waiting[]): Promise<void> {
    const firstSerial = this.#nextSerial;
    const records = posts.reduce((sum, post) => sum + post.records.length, 0);
    const nextSerial = firstSerial + records;
    const startedMs = performance.now();
    const values = this.#rows(posts, firstSerial);
    const submission = await this.#database.transaction().execute(async (transaction) => {
      await this.#insert.run(transaction, values);
      await this.#rememberKeys(transaction, posts, firstSerial);
      return this.#cuts(nextSerial) ? this.#cut(transaction, nextSerial) : undefined;
    });
    this.#nextSerial = nextSerial;
    if (submission !== undefined) {
      this.#nextUncut = submission.firstSerial + submission.records.length;
      this.#wish?.resolve(submission);
      this.#wish = undefined;
    }
    this.#options.onCommit(records, (performance.now() - startedMs) / 1000);
    await this.#answers.add(this.#note(posts, firstSerial));
  }

  /** The evidence rows of the posts, flat. */
  #rows(posts: readonly Waiting[], firstSerial: number): unknown[] {
    const { gateway } = this.#options;
    const values: unknown[] = [];
    let serial = firstSerial;
    for (const { records, receivedAtMs, apiKey } of posts) {
      for (const record of records) {
        const entry = encodeEntry({
          ...record,
          gateway,
          serial,
          claimedTimeMs: record.claimedTimeMs ?? receivedAtMs,
        });
        values.push(serial, entry, receivedAtMs, apiKey);
        serial += 1;
      }
    }
    return values;
  }

  async #rememberKeys(transaction: Database, posts: readonly Waiting[], firstSerial: number): Promise<void> {
    let serial = firstSerial;
    for (const { idempotency, records, receivedAtMs, apiKey } of posts) {
      if (idempotency !== undefined) {
        await transaction
          .insertInto('idempotency')
          .values({
            api_key: apiKey,
            idempotency_key: idempotency.key,
            request_digest: idempotency.requestDigest,
            first_serial: serial,
            count: records.length,
            created_at_ms: receivedAtMs,
          })
          .execute();
      }
      serial += records.length;
    }
  }

  /** Cuts the next submission from the records that have none. */
  async #cut(transaction: Database, nextSerial: number): Promise<Submission> {
    const { gateway, maxSubmissionRecords, sign } = this.#options;
    const count = Math.min(maxSubmissionRecords, nextSerial - this.#nextUncut);
    const records = await readEntries(transaction, this.#nextUncut, count);
    if (records.length !== count) throw new Error(`records are missing from serial ${this.#nextUncut}`);
    const unsigned = { gateway, firstSerial: this.#nextUncut, records };
    const submission = { ...unsigned, signature: sign(unsigned) };
    await insertSubmission(transaction, submission);
    return submission;
  }

  /** Notes the records of durable posts in the index, in the order of serials. */
  #note(posts: readonly Waiting[], firstSerial: number): readonly Unanswered[] {
    let serial = firstSerial;
    return posts.map(({ records, receivedAtMs, resolve }) => {
      const sought = this.#earlier.note(records, serial);
      const unanswered = { firstSerial: serial, receivedAtMs, sought, resolve };
      serial += records.length;
      return unanswered;
    });
  }

  /**
   * After a failed transaction. A commit whose sync failed may nevertheless be durable: then memory and
   * database disagree on what serials are given, nothing may be recorded any more, and the rejection of `#run`
   * ends the process. The next start reads everything from the database.
   */
  async #checkUnchanged(): Promise<void> {
    const nextSerial = await readNextSerial(this.#database);
    const nextUncut = await readNextUncut(this.#database);
    if (nextSerial !== this.#nextSerial || nextUncut !== this.#nextUncut) {
      throw new Error(`a failed transaction is durable: ${nextSerial}, ${nextUncut}`);
    }
  }
}
