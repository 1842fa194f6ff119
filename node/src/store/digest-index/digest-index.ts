import { join } from 'node:path';
import type { DigestList } from '../../ledger/types.ts';
import { type Files, machineFiles } from '../files.ts';
import { KEY_BYTES } from './entry.ts';
import { Memtable } from './memtable.ts';
import { mergeRuns } from './merge-runs.ts';
import { type Coverage, coverageOf, runPath, SortedRun, writeRun } from './sorted-run.ts';

/** Digests held in memory before they are written as a run. Sorting so many takes about 10 ms. */
const TABLE_ENTRIES = 65_536;
/** Runs of about the same size that are merged into one. */
const FANOUT = 4;
/** Full tables that may wait to be written before whoever adds must wait too. */
const MAX_WAITING_TABLES = 4;

/**
 * Finds records by digest. New digests go to a table in memory; full tables are sorted and written as runs; runs
 * of one size are merged in the background, four to one, so that n digests lie in about 3·log₄(n / 65,536) runs and
 * each was written about log₄(n / 65,536) times, always sequentially.
 *
 * Nothing here needs to survive a crash: what the runs do not cover is added again from the blocks. A run is either
 * whole and named after what it covers, or ignored.
 */
export class DigestIndex {
  readonly #files: Files;
  readonly #directory: string;
  readonly #tableEntries: number;
  /** Oldest first, adjacent. */
  #runs: readonly SortedRun[];
  /** Full tables not yet written, oldest first. */
  #waiting: readonly Memtable[] = [];
  #table: Memtable;
  /** Writing a table and merging runs go on side by side, so that a long merge does not hold up new records. */
  #writing: Promise<void> | undefined;
  #merging: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;
  #isClosing = false;

  private constructor(files: Files, directory: string, runs: readonly SortedRun[], tableEntries: number) {
    this.#files = files;
    this.#directory = directory;
    this.#runs = runs;
    this.#tableEntries = tableEntries;
    this.#table = new Memtable(runs.at(-1)?.to ?? 0, tableEntries);
  }

  /** Opens the index of a log of `logSize` records. Runs that do not fit it are deleted. */
  static async open(
    directory: string,
    logSize: number,
    tableEntries = TABLE_ENTRIES,
    files = machineFiles,
  ): Promise<DigestIndex> {
    await files.makeDirectory(directory);
    const names = await files.list(directory);
    const runs: SortedRun[] = [];
    for (;;) {
      const next = await openNext(files, directory, names, runs.at(-1)?.to ?? 0, logSize);
      if (next === undefined) break;
      runs.push(next);
    }
    const used = new Set(runs.map(({ path }) => path));
    for (const name of names) {
      const path = join(directory, name);
      if (!used.has(path)) await files.remove(path);
    }
    return new DigestIndex(files, directory, runs, tableEntries);
  }

  /** Records below this are in the index: those from here on must be added, in order. */
  get coveredTo(): number {
    return this.#table.to;
  }

  /** Bytes of the runs. */
  get sizeBytes(): number {
    return this.#runs.reduce((sum, run) => sum + run.sizeBytes, 0);
  }

  get runCount(): number {
    return this.#runs.length;
  }

  /** Resolves when there is nothing left to write or merge. */
  async idle(): Promise<void> {
    while (this.#writing !== undefined || this.#merging !== undefined) await (this.#writing ?? this.#merging);
  }

  /** Adds `count` records from `firstIndex` on, which must be `coveredTo`. */
  add(firstIndex: number, count: number, list: DigestList): void {
    if (firstIndex !== this.coveredTo) throw new Error(`record ${firstIndex} after ${this.coveredTo}`);
    let position = this.#table.add(firstIndex, list, 0);
    while (position < list.records.length) {
      this.#turnOver();
      position = this.#table.add(firstIndex, list, position);
    }
    this.#table.extendTo(firstIndex + count);
    if (this.#table.isFull) this.#turnOver();
  }

  /** Resolves when more may be added. Rejects once writing failed: the node must stop. */
  async ready(): Promise<void> {
    while (this.#waiting.length > MAX_WAITING_TABLES && this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  /** Indexes of records that may hold the digest (its first half matches), newest first, at most `limit`. */
  async find(digest: Uint8Array, limit: number): Promise<number[]> {
    const key = digest.subarray(0, KEY_BYTES);
    const found = this.#table.find(key, limit);
    for (const table of this.#waiting.toReversed()) {
      if (found.length < limit) found.push(...table.find(key, limit - found.length));
    }
    const runs = this.#runs.toReversed();
    for (const run of runs) run.acquire();
    try {
      for (const run of runs) {
        if (found.length < limit) found.push(...(await run.find(key, limit - found.length)));
      }
    } finally {
      for (const run of runs) run.release();
    }
    return found;
  }

  /** Stops the background work and closes. What was only in memory is added again next time. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.idle();
    for (const run of this.#runs) await run.close();
  }

  #turnOver(): void {
    this.#waiting = [...this.#waiting, this.#table];
    this.#table = new Memtable(this.#table.to, this.#tableEntries);
    this.#writeNext();
  }

  #writeNext(): void {
    const [table] = this.#waiting;
    if (table === undefined || this.#writing !== undefined || this.#hasEnded) return;
    this.#writing = this.#write(table)
      .catch((cause: unknown) => this.#fail(cause))
      .then(() => {
        this.#writing = undefined;
        this.#writeNext();
        this.#mergeNext();
      });
  }

  #mergeNext(): void {
    const start = mergeStart(this.#runs, this.#tableEntries);
    if (start === undefined || this.#merging !== undefined || this.#hasEnded) return;
    this.#merging = this.#merge(this.#runs.slice(start, start + FANOUT))
      .catch((cause: unknown) => this.#fail(cause))
      .then(() => {
        this.#merging = undefined;
        this.#mergeNext();
      });
  }

  get #hasEnded(): boolean {
    return this.#isClosing || this.#failure !== undefined;
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause };
  }

  async #write(table: Memtable): Promise<void> {
    const run = await writeRun(this.#files, this.#directory, table, async (writer) => {
      await writer.append(table.sorted());
      return true;
    });
    if (run === undefined) return;
    // Read only now: a merge may have changed the list meanwhile.
    this.#runs = [...this.#runs, run];
    this.#waiting = this.#waiting.slice(1);
  }

  async #merge(merged: readonly SortedRun[]): Promise<void> {
    const run = await mergeRuns(this.#files, this.#directory, merged, () => this.#isClosing);
    if (run === undefined) return;
    this.#runs = this.#runs.flatMap((old) => {
      if (old === merged[0]) return [run];
      return merged.includes(old) ? [] : [old];
    });
    for (const old of merged) await old.remove();
  }
}

/** The longest whole run that begins at `from` and does not go beyond the log. */
async function openNext(
  files: Files,
  directory: string,
  names: readonly string[],
  from: number,
  logSize: number,
): Promise<SortedRun | undefined> {
  const candidates = names
    .map(coverageOf)
    .filter((coverage): coverage is Coverage => coverage?.from === from)
    .filter(({ to }) => to > from && to <= logSize)
    .sort((a, b) => b.to - a.to);
  for (const candidate of candidates) {
    const run = await SortedRun.open(files, runPath(directory, candidate));
    if (run !== undefined) return run;
  }
  return undefined;
}

/**
 * Where the oldest group of adjacent runs of one size begins; undefined when there is none. Oldest first, sizes never
 * grow from one run to the next newer one, so that no run is left alone between larger ones.
 */
function mergeStart(runs: readonly SortedRun[], tableEntries: number): number | undefined {
  const sizes = runs.map(({ count }) => sizeClass(count / tableEntries));
  for (let start = 0; start + FANOUT <= runs.length; start++) {
    if (sizes.slice(start, start + FANOUT).every((size) => size === sizes[start])) return start;
  }
  return undefined;
}

/** How often tables were merged to make a run of so many. */
function sizeClass(tables: number): number {
  let size = 0;
  while (FANOUT ** (size + 1) <= tables) size++;
  return size;
}
