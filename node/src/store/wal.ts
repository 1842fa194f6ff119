import { decodeLogRecord, encodeLogRecord, type LoggedRecord, viewOfRecord } from '../wire/index.ts';
import { type Files, machineFiles } from './files.ts';
import type { LogExtent } from './rows.ts';
import { openSegmentLog, type SegmentLog } from './segment-log.ts';
import type { WriteAheadLog } from './types.ts';

/** Small, so that records that are not needed any more are soon deleted with their segment. */
const SEGMENT_BYTES = 8 * 1024 * 1024;

export interface WalOptions {
  readonly directory: string;
  /** Where the directory is; the machine's when absent. */
  readonly files?: Files;
  /** What the database says there must be; undefined when no block was applied yet. */
  readonly expected: LogExtent | undefined;
  /** Whether the node has run before, so that a log must be there. */
  readonly mustExist: boolean;
  /** A segment that has reached this size gets no further frame. */
  readonly segmentBytes?: number;
}

export type WalResult =
  | {
      readonly ok: true;
      readonly wal: Wal;
      /** Everything held, oldest first. */
      readonly records: readonly LoggedRecord[];
      readonly tornBytes: number;
    }
  | { readonly ok: false; readonly findings: readonly string[] };

/** Opens the write-ahead log, or says what of it is missing or altered; the files are then left as they are. */
export async function openWal({
  directory,
  files = machineFiles,
  expected,
  mustExist,
  segmentBytes = SEGMENT_BYTES,
}: WalOptions): Promise<WalResult> {
  const records: LoggedRecord[] = [];
  const lastViews = new Map<number, number>();
  let malformed: string | undefined;
  const opened = await openSegmentLog({
    directory,
    files,
    segmentBytes,
    mustExist,
    from: undefined,
    visit: ({ bytes, location }) => {
      const record = decodeLogRecord(new Uint8Array(bytes));
      if (!record.ok) {
        malformed ??= `${directory}: record at byte ${location.offset} of ${location.segment}: ${record.error}`;
        return;
      }
      records.push(record.value);
      const lastView = lastViews.get(location.segment) ?? 0;
      lastViews.set(location.segment, Math.max(lastView, viewOfRecord(record.value)));
    },
  });
  if (!opened.ok) return opened;
  const { log, tornBytes } = opened;
  const finding = malformed ?? findLoss(log, expected, mustExist);
  if (finding !== undefined) {
    await log.close();
    return damaged(finding);
  }
  return { ok: true, wal: new Wal(log, lastViews), records, tornBytes };
}

function damaged(finding: string): WalResult {
  return { ok: false, findings: [finding] };
}

function findLoss(log: SegmentLog, expected: LogExtent | undefined, mustExist: boolean): string | undefined {
  const first = log.segments[0]?.segment ?? 1;
  const last = log.position.nextSequence - 1;
  // Without an applied block nothing was ever deleted from it.
  if (expected === undefined && first > 1) return `write-ahead log begins at frame ${first}, not 1`;
  if (expected !== undefined && mustExist && (first > expected.first || last < expected.last)) {
    return `write-ahead log holds frames ${first}…${last}, expected ${expected.first}…${expected.last}`;
  }
  return undefined;
}

/**
 * The consensus write-ahead log. Its frames are numbered; the database notes from time to time which there must
 * be, so that a log that was cut off or put back from a copy is told from a whole one.
 */
export class Wal implements WriteAheadLog {
  readonly #log: SegmentLog;
  /** Per segment: the highest view of its records. */
  readonly #lastViews: Map<number, number>;

  constructor(log: SegmentLog, lastViews: Map<number, number>) {
    this.#log = log;
    this.#lastViews = lastViews;
  }

  async append(records: readonly LoggedRecord[]): Promise<void> {
    const lastView = records.reduce((view, record) => Math.max(view, viewOfRecord(record)), 0);
    await this.#log.append(records.map(encodeLogRecord), ([first]) => {
      if (first === undefined) return;
      this.#lastViews.set(first.segment, Math.max(lastView, this.#lastViews.get(first.segment) ?? 0));
    });
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  /**
   * The frames that are still needed once a block of view `tipView` is applied. The database must note it before
   * `prune` deletes the others.
   */
  extentFor(tipView: number): LogExtent {
    const kept = this.#log.segments.find(({ segment }) => !this.#isObsolete(segment, tipView));
    const { segment, nextSequence } = this.#log.position;
    return { first: kept?.segment ?? segment, last: nextSequence - 1 };
  }

  /** Deletes the segments before `needed`, oldest first. */
  async prune(needed: LogExtent): Promise<void> {
    for (const { segment } of this.#log.segments) {
      if (segment >= needed.first) return;
      await this.#log.remove(segment);
      this.#lastViews.delete(segment);
    }
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #isObsolete(segment: number, tipView: number): boolean {
    const isWritten = segment === this.#log.position.segment;
    return !isWritten && (this.#lastViews.get(segment) ?? 0) < tipView;
  }
}

/**
 * Stands in for a log that is damaged. The node then signs nothing, so nothing it says needs to be remembered,
 * and the damaged files stay for the operator to see.
 */
export class NoWal implements WriteAheadLog {
  append(): Promise<void> {
    return Promise.resolve();
  }
}
