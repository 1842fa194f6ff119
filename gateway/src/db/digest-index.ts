import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Digests, decodeEntry } from '@hufu/proof';
import { BulkInsert, firstSerials } from './bulk.ts';
import type { Database } from './database.ts';
import { readDigestsMerged, writeDigestsMerged } from './facts.ts';
import { PREFIX_BITS, RecentDigests } from './recent-digests.ts';

/** Entries kept in memory before they are merged into the table: about 10 MB, and well under a second at start. */
const MERGE_ENTRIES = 65_536;
/** Entries merged in one transaction: a pause of a few milliseconds. */
const MERGE_SLICE = 1_024;
/** Intake waits for a running merge beyond this many entries. */
const MAX_RECENT_ENTRIES = 4 * MERGE_ENTRIES;
const REBUILD_PAGE = 4_096;
/** After a failure, as of a full disk, a merge pauses this long. */
const RETRY_MS = 1_000;

export interface DigestIndexOptions {
  /** Told of the first of failures in a row. */
  readonly onFailure: (error: unknown) => void;
  readonly retryMs?: number;
}

/** A run on its way into the table. */
interface Merge {
  readonly recent: RecentDigests;
  /** Prefix, serial, prefix, serial …, as the table takes them. */
  readonly sorted: readonly number[];
  /** What is before this position is in the table. */
  at: number;
  /** When the run is in the table, every record below is. */
  readonly nextSerial: number;
}

/**
 * Finds records by digest. Digests are random, so one tree insert per record would dirty one page per record
 * and cost more than everything else in intake (measured: 18 µs a record of 22 at a million records). New
 * digests therefore stay in memory and go into the table in sorted runs (2 µs). The memory is rebuilt from the
 * evidence table, which is the journal of this index, so a crash loses nothing. A merge that fails is tried until
 * it succeeds; meanwhile records are taken in as long as there is room in memory.
 *
 * A prefix of 48 bits names a candidate; the caller compares the whole digest. Somebody who crafts digests
 * with one prefix makes his own look-ups slower, and candidates are bounded.
 */
export class DigestIndex {
  readonly #database: Database;
  readonly #insert = new BulkInsert('digest', ['prefix', 'serial'], 'ignore');
  readonly #options: DigestIndexOptions;
  #active = new RecentDigests();
  #merge: Merge | undefined;
  /** The newest attempt at a merge; rejects when it fails. */
  #attempt: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #closed = false;
  /** Every record below has been noted. */
  #nextSerial: number;

  private constructor(database: Database, options: DigestIndexOptions, nextSerial: number) {
    this.#database = database;
    this.#options = options;
    this.#nextSerial = nextSerial;
  }

  /** Opens the index and notes every record that was not merged yet. */
  static async open(database: Database, options: DigestIndexOptions): Promise<DigestIndex> {
    const index = new DigestIndex(database, options, await readDigestsMerged(database));
    for (;;) {
      const rows = await database
        .selectFrom('evidence')
        .select(['serial', 'entry'])
        .where('serial', '>=', index.#nextSerial)
        .orderBy('serial')
        .limit(REBUILD_PAGE)
        .execute();
      for (const { serial, entry } of rows) {
        const decoded = decodeEntry(entry);
        if (!decoded.ok) throw new Error(`stored entry ${serial}: ${decoded.error.remark}`);
        index.note(serial, decoded.value.digests);
      }
      if (rows.length < REBUILD_PAGE) return index;
    }
  }

  /**
   * Takes in a durable record, in the order of serials. Says whether a recent record has one of the prefixes;
   * if not, only the table can know of earlier ones.
   */
  note(serial: number, { sha256, sm3 }: Digests): boolean {
    const seenSha256 = sha256 !== undefined && this.#add(prefixOf(sha256), serial);
    const seenSm3 = sm3 !== undefined && this.#add(prefixOf(sm3), serial);
    this.#nextSerial = serial + 1;
    if (this.#merge === undefined && this.#active.entries >= MERGE_ENTRIES) this.#startMerge();
    return seenSha256 || seenSm3;
  }

  /** Why the last write failed; undefined when it did not. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether there is no room for more records, and none expected soon: merging fails. */
  get isStuck(): boolean {
    return this.#failure !== undefined && this.#isFull();
  }

  /** Resolves when there is room for more records; rejects when there is none because merging fails. */
  async room(): Promise<void> {
    if (this.#isFull()) await this.#attempt;
  }

  /** Resolves when no merge is running; rejects when the last one fails. */
  async settle(): Promise<void> {
    await this.#attempt;
  }

  /** Resolves when nothing writes any more. What is not merged is noted again at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await Promise.allSettled([this.#attempt]);
  }

  /** Whether a recent record before `below` has the prefix; if not, only the table can know of one. */
  isRecent(prefix: number, below: number): boolean {
    const first = this.#merge?.recent.first(prefix) ?? this.#active.first(prefix);
    return first !== undefined && first < below;
  }

  /** The first serial in the table of each of the prefixes that it has: one query for hundreds of them. */
  merged(prefixes: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return firstSerials(this.#database, prefixes);
  }

  /** The serials of the first candidates with the prefix, ascending, at most `limit`. */
  async earliest(prefix: number, limit: number): Promise<readonly number[]> {
    const recent = [
      ...(this.#merge?.recent.earliest(prefix, limit) ?? []),
      ...this.#active.earliest(prefix, limit),
    ];
    const rows = await this.#database
      .selectFrom('digest')
      .select('serial')
      .where('prefix', '=', prefix)
      .orderBy('serial')
      .limit(limit)
      .execute();
    // While a merge runs, its entries are in memory and partly in the table.
    const all = new Set([...rows.map(({ serial }) => serial), ...recent]);
    return [...all].sort((a, b) => a - b).slice(0, limit);
  }

  /** Serials of candidates below `below`, newest first, at most `limit`. */
  async newest(prefix: number, below: number, limit: number): Promise<readonly number[]> {
    const recent = new Set([
      ...this.#active.newest(prefix, below, limit),
      ...(this.#merge?.recent.newest(prefix, below, limit) ?? []),
    ]);
    const rows = await this.#database
      .selectFrom('digest')
      .select('serial')
      .where('prefix', '=', prefix)
      .where('serial', '<', below)
      .orderBy('serial', 'desc')
      .limit(limit)
      .execute();
    for (const { serial } of rows) recent.add(serial);
    return [...recent].sort((a, b) => b - a).slice(0, limit);
  }

  #add(prefix: number, serial: number): boolean {
    const known = this.#active.add(prefix, serial);
    return known || this.#merge?.recent.first(prefix) !== undefined;
  }

  #isFull(): boolean {
    return this.#active.entries >= MAX_RECENT_ENTRIES;
  }

  #startMerge(): void {
    const recent = this.#active;
    this.#active = new RecentDigests();
    this.#merge = { recent, sorted: recent.sorted(), at: 0, nextSerial: this.#nextSerial };
    this.#try(this.#merge);
  }

  /** One attempt at the merge; after a failure another follows, from where this one came to. */
  #try(merge: Merge): void {
    this.#attempt = this.#write(merge);
    this.#attempt.catch((error: Error) => {
      if (this.#failure === undefined) this.#options.onFailure(error);
      this.#failure = error;
      if (!this.#closed) this.#retry = setTimeout(() => this.#try(merge), this.#options.retryMs ?? RETRY_MS);
    });
  }

  /** Sorted, so that neighbours go to the same page, and in slices, so that requests are served between them. */
  async #write(merge: Merge): Promise<void> {
    const { sorted, nextSerial } = merge;
    while (merge.at < sorted.length) {
      const slice = sorted.slice(merge.at, merge.at + 2 * MERGE_SLICE);
      await this.#database.transaction().execute((transaction) => this.#insert.run(transaction, slice));
      merge.at += slice.length;
      this.#failure = undefined;
      await nextTurn();
    }
    await writeDigestsMerged(this.#database, nextSerial);
    this.#merge = undefined;
    this.#failure = undefined;
  }
}

/** The first 48 bits of a digest: exact in a JavaScript number. */
export function prefixOf(digest: Uint8Array): number {
  let prefix = 0;
  for (let i = 0; i < PREFIX_BITS / 8; i++) prefix = prefix * 256 + (digest[i] ?? 0);
  return prefix;
}
