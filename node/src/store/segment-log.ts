import { type Files, machineFiles, type OpenFile } from './files.ts';
import { type EncodedFrame, encodeFrame, frameSize, itemChecks } from './frame.ts';
import {
  encodeSegmentHeader,
  type ItemLocation,
  type LogPosition,
  type ScannedItem,
  SEGMENT_HEADER_BYTES,
  type SegmentInfo,
  scanSegments,
  segmentPath,
} from './segment-scan.ts';

/** Items that wait together are written in frames of about this size. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024;

export interface OpenOptions {
  readonly directory: string;
  /** Where the directory is; the machine's when absent. */
  readonly files?: Files;
  /** A segment that has reached this size gets no further frame. */
  readonly segmentBytes: number;
  /** Whether the log was made before: finding none is then a loss. */
  readonly mustExist: boolean;
  /** Where reading starts; at the oldest segment when undefined. */
  readonly from: LogPosition | undefined;
  /** Called for every item from there on, in order. */
  readonly visit: (item: ScannedItem) => void;
}

export type OpenResult =
  /** `tornBytes`: what a crash left half-written at the end, now cut off. */
  | { readonly ok: true; readonly log: SegmentLog; readonly tornBytes: number }
  /** Something that was durable is gone or altered. No file was touched. */
  | { readonly ok: false; readonly findings: readonly string[] };

/** Opens the log in `directory`, making it where there is none, and reads it from `from`. */
export async function openSegmentLog(options: OpenOptions): Promise<OpenResult> {
  const { directory, files = machineFiles } = options;
  if (!options.mustExist) await files.makeDirectory(directory);
  const result = await scanSegments(files, directory, options.from, options.visit);
  if (!result.ok) return result;
  const { segments, nextSequence, tornBytes, unfinished } = result.scan;
  if (options.mustExist && segments.length === 0) return { ok: false, findings: [`${directory} is missing`] };
  if (unfinished !== undefined) await files.remove(segmentPath(directory, unfinished));
  const last = segments.at(-1);
  const tail =
    last === undefined
      ? await createSegment(files, directory, nextSequence)
      : await reopenSegment(files, directory, last, unfinished === undefined ? tornBytes : 0);
  const log = new SegmentLog(options, tail, segments, nextSequence);
  return { ok: true, log, tornBytes };
}

/** A file no longer holds what was written to it. */
export class DamagedItemError extends Error {
  override readonly name = 'DamagedItemError';
}

interface Tail {
  readonly segment: number;
  readonly handle: OpenFile;
  readonly sizeBytes: number;
}

/** A new segment is durable, header and name, before anything is written to it. */
async function createSegment(files: Files, directory: string, segment: number): Promise<Tail> {
  const handle = await files.open(segmentPath(directory, segment), 'emptied');
  await handle.write([encodeSegmentHeader(segment)], 0);
  await handle.sync();
  await files.syncDirectory(directory);
  return { segment, handle, sizeBytes: SEGMENT_HEADER_BYTES };
}

async function reopenSegment(
  files: Files,
  directory: string,
  info: SegmentInfo,
  tornBytes: number,
): Promise<Tail> {
  const handle = await files.open(segmentPath(directory, info.segment), 'update');
  if (tornBytes > 0) {
    await handle.truncate(info.sizeBytes);
    await handle.sync();
  }
  return { ...info, handle };
}

interface Waiting {
  readonly items: readonly Uint8Array[];
  readonly onDurable: (locations: readonly ItemLocation[]) => void;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * An append-only sequence of byte strings, durable by group commit: what waits when an fdatasync ends is written
 * as one frame and shares the next. The write-ahead log and the batch bodies are both kept this way.
 */
export class SegmentLog {
  readonly #files: Files;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #closed: Map<number, number>;
  #tail: Tail;
  #nextSequence: number;
  #waiting: Waiting[] = [];
  #pump: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(options: OpenOptions, tail: Tail, segments: readonly SegmentInfo[], nextSequence: number) {
    this.#files = options.files ?? machineFiles;
    this.#directory = options.directory;
    this.#segmentBytes = options.segmentBytes;
    this.#tail = tail;
    this.#nextSequence = nextSequence;
    const closed = segments.filter(({ segment }) => segment !== tail.segment);
    this.#closed = new Map(closed.map(({ segment, sizeBytes }) => [segment, sizeBytes]));
  }

  /** Everything appended and durable ends here. */
  get position(): LogPosition {
    return {
      segment: this.#tail.segment,
      offset: this.#tail.sizeBytes,
      nextSequence: this.#nextSequence,
    };
  }

  /** Segments from the oldest to the one being written. */
  get segments(): readonly SegmentInfo[] {
    const closed = [...this.#closed].map(([segment, sizeBytes]) => ({ segment, sizeBytes }));
    return [...closed, { segment: this.#tail.segment, sizeBytes: this.#tail.sizeBytes }];
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /**
   * Resolves once the items are durable; they must not be changed before. `onDurable` is told where they lie, all
   * in one segment, in the same turn in which `position` moves past them, so that whoever notes the position has
   * noted them. After a failed write or sync every append is rejected: what the disk then holds is unknown until it
   * is scanned again.
   */
  append(items: readonly Uint8Array[], onDurable: Waiting['onDurable']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, onDurable, resolve, reject });
      this.#pump ??= this.#run();
    });
  }

  /** The item's bytes. Throws a DamagedItemError when the file no longer holds what was written. */
  async read(location: ItemLocation): Promise<Uint8Array> {
    const path = segmentPath(this.#directory, location.segment);
    const bytes = new Uint8Array(location.size);
    const handle = await this.#files.open(path, 'read').catch((cause: unknown) => {
      throw new DamagedItemError(`${path} cannot be opened`, { cause });
    });
    try {
      const { bytesRead } = await handle.read(bytes, 0, location.size, location.offset);
      if (bytesRead !== location.size || !itemChecks(bytes, { ...location, offset: 0 })) {
        throw new DamagedItemError(`${path}: the item at byte ${location.offset} is damaged`);
      }
    } finally {
      await handle.close();
    }
    return bytes;
  }

  /** Deletes a segment that is no longer written to. */
  async remove(segment: number): Promise<void> {
    if (!this.#closed.delete(segment)) throw new Error(`segment ${segment} cannot be removed`);
    await this.#files.remove(segmentPath(this.#directory, segment));
  }

  async close(): Promise<void> {
    await this.#pump;
    this.#failure ??= { cause: new Error('the log is closed') };
    await this.#tail.handle.close();
  }

  async #run(): Promise<void> {
    // Callers of the same turn of the event loop share the first frame too.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        if (this.#failure !== undefined) throw this.#failure.cause;
        await this.#commit(group);
      } catch (cause) {
        this.#failure ??= { cause };
        for (const { reject } of group) reject(this.#failure.cause);
      }
    }
    this.#pump = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    if (this.#tail.sizeBytes >= this.#segmentBytes) await this.#rotate();
    const frame = encodeFrame(
      this.#nextSequence,
      group.flatMap(({ items }) => items),
    );
    await this.#write(frame);
    const locations = this.#advance(frame);
    let first = 0;
    for (const { items, onDurable, resolve } of group) {
      onDurable(locations.slice(first, first + items.length));
      resolve();
      first += items.length;
    }
  }

  #takeGroup(): Waiting[] {
    let sizeBytes = 0;
    let count = 0;
    for (const { items } of this.#waiting) {
      sizeBytes += frameSize(items);
      if (count > 0 && sizeBytes > MAX_GROUP_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(frame: EncodedFrame): Promise<void> {
    const { handle, sizeBytes } = this.#tail;
    await handle.write(frame.parts, sizeBytes);
    await handle.datasync();
  }

  #advance(frame: EncodedFrame): readonly ItemLocation[] {
    const { segment, sizeBytes } = this.#tail;
    this.#tail = { ...this.#tail, sizeBytes: sizeBytes + frame.sizeBytes };
    this.#nextSequence++;
    return frame.places.map((place) => ({ ...place, offset: place.offset + sizeBytes, segment }));
  }

  async #rotate(): Promise<void> {
    const { segment, handle, sizeBytes } = this.#tail;
    this.#tail = await createSegment(this.#files, this.#directory, this.#nextSequence);
    this.#closed.set(segment, sizeBytes);
    await handle.close();
  }
}
