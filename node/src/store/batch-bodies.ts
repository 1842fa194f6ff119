import type { Batch, BatchRef, OriginHead } from '@hufu/consensus';
import { equalBytes, toHex } from '@hufu/crypto';
import { batch as batchCodec } from '../wire/block-codecs.ts';
import { decode, encode } from '../wire/nested.ts';
import type { DamageRecord } from './damage.ts';
import { type Database, put, type Write } from './database.ts';
import { type Files, machineFiles } from './files.ts';
import { keys, ranges } from './keys.ts';
import { batchLocation } from './rows.ts';
import { DamagedItemError, openSegmentLog, type SegmentLog } from './segment-log.ts';
import type { ItemLocation, LogPosition } from './segment-scan.ts';
import type { BatchStore } from './types.ts';

/** Whole segments can be archived once nothing in them is asked for any more. */
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Tag, length and the other fields of an encoded batch beside its payload, at most. */
const BATCH_OVERHEAD_BYTES = 256;

export interface BatchBodiesOptions {
  readonly directory: string;
  /** Where the directory is; the machine's when absent. */
  readonly files?: Files;
  readonly database: Database;
  /** Where the database's knowledge of the files ends; undefined when it has none. */
  readonly from: LogPosition | undefined;
  readonly mustExist: boolean;
  /** Takes note of bodies that are gone or altered when they are asked for. */
  readonly damage: DamageRecord;
}

export type BatchBodiesResult =
  | { readonly ok: true; readonly bodies: BatchBodies; readonly tornBytes: number }
  | { readonly ok: false; readonly findings: readonly string[] };

/** Opens the batch files and reads what was appended since the database last took note. */
export async function openBatchBodies(options: BatchBodiesOptions): Promise<BatchBodiesResult> {
  const { directory, files = machineFiles, database, from, mustExist, damage } = options;
  const recent = new Map<string, Located>();
  let malformed: string | undefined;
  const opened = await openSegmentLog({
    directory,
    files,
    segmentBytes: SEGMENT_BYTES,
    mustExist,
    from,
    visit: ({ bytes, location }) => {
      const batch = decode(batchCodec, bytes);
      if (batch.ok) recent.set(nameOf(batch.value), { ref: copyRef(batch.value), location });
      else
        malformed ??= `${directory}: batch at byte ${location.offset} of ${location.segment}: ${batch.error}`;
    },
  });
  if (!opened.ok) return opened;
  if (malformed !== undefined) {
    await opened.log.close();
    return { ok: false, findings: [malformed] };
  }
  return {
    ok: true,
    bodies: new BatchBodies(opened.log, database, damage, recent),
    tornBytes: opened.tornBytes,
  };
}

interface Located {
  readonly ref: BatchRef;
  readonly location: ItemLocation;
}

function nameOf({ origin, seq, digest }: BatchRef): string {
  return `${origin}/${seq}/${toHex(digest)}`;
}

/** A decoded ref is a view into the file it was read from. */
function copyRef({ origin, seq, digest }: BatchRef): BatchRef {
  return { origin, seq, digest: new Uint8Array(digest) };
}

/**
 * Batch bodies in append-only files, durable before they are acknowledged. Where each lies is kept in memory until
 * the next block is applied and from then on in the database; after a crash the files are read from there on.
 */
export class BatchBodies implements BatchStore {
  readonly #log: SegmentLog;
  readonly #database: Database;
  readonly #damage: DamageRecord;
  /** Appended, and not yet in the database. */
  readonly #recent: Map<string, Located>;
  /** Being written: a second `put` of the same batch waits for the first. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(log: SegmentLog, database: Database, damage: DamageRecord, recent: Map<string, Located>) {
    this.#log = log;
    this.#database = database;
    this.#damage = damage;
    this.#recent = recent;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  async put(batches: readonly Batch[]): Promise<void> {
    await Promise.all(
      batches.map((batch) => {
        const writing = this.#writing.get(nameOf(batch));
        return writing ?? (this.has(batch) ? undefined : this.#append(batch));
      }),
    );
  }

  has(ref: BatchRef): boolean {
    return this.#locate(ref) !== undefined;
  }

  /** Rejects with the StoreError `batches-damaged` when it is no longer what was put. */
  async get(ref: BatchRef): Promise<Batch | undefined> {
    const location = this.#locate(ref);
    if (location === undefined) return undefined;
    const batch = await this.#read(location);
    if (!equalBytes(batch.digest, ref.digest)) {
      throw this.#damage.found('batches', `batch ${nameOf(ref)}: another one in its place`);
    }
    return batch;
  }

  /**
   * The batches that go on from where an origin's stand on the chain, forks included, without their payloads. What
   * does not link to these by `prev` is of a former epoch or of a fork that was abandoned; what lies before `since`
   * is of a former epoch, and is not even read.
   */
  async heldFrom(
    origin: number,
    head: OriginHead,
    since: LogPosition | undefined,
  ): Promise<readonly Omit<Batch, 'payload'>[]> {
    const held: Omit<Batch, 'payload'>[] = [];
    let ends = [head.lastDigest];
    for (let seq = head.nextSeq; ends.length > 0; seq += 1) {
      const next = (await this.#heldAt(origin, seq, since)).filter(({ prev }) =>
        ends.some((digest) => equalBytes(digest, prev)),
      );
      held.push(...next);
      ends = next.map(({ digest }) => digest);
    }
    return held;
  }

  /** What the next commit of the database is to include; `committed` must be called with it afterwards. */
  pendingIndex(): PendingIndex {
    const located = [...this.#recent.values()];
    return {
      names: [...this.#recent.keys()],
      writes: located.map(({ ref, location }) =>
        put(keys.batch(ref.origin, ref.seq, ref.digest), batchLocation, location),
      ),
      position: this.#log.position,
    };
  }

  committed({ names }: PendingIndex): void {
    for (const name of names) this.#recent.delete(name);
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  async #heldAt(
    origin: number,
    seq: number,
    since: LogPosition | undefined,
  ): Promise<readonly Omit<Batch, 'payload'>[]> {
    const rows = await this.#database.list(ranges.batchesAt(origin, seq), batchLocation);
    const locations = rows.map(([, location]) => location);
    for (const { ref, location } of this.#recent.values()) {
      if (ref.origin === origin && ref.seq === seq) locations.push(location);
    }
    const batches: Omit<Batch, 'payload'>[] = [];
    for (const location of locations) {
      if (since !== undefined && isBefore(location, since)) continue;
      const { prev, signature, ...ref } = await this.#read(location);
      // Copies: views would keep the payloads in memory.
      const copied = { prev: new Uint8Array(prev), signature: new Uint8Array(signature) };
      batches.push({ ...copyRef(ref), ...copied });
    }
    return batches;
  }

  #locate(ref: BatchRef): ItemLocation | undefined {
    const recent = this.#recent.get(nameOf(ref));
    return recent?.location ?? this.#database.get(keys.batch(ref.origin, ref.seq, ref.digest), batchLocation);
  }

  async #read(location: ItemLocation): Promise<Batch> {
    const bytes = await this.#log.read(location).catch((error: unknown) => {
      throw error instanceof DamagedItemError ? this.#damage.found('batches', error.message, error) : error;
    });
    const batch = decode(batchCodec, bytes);
    if (!batch.ok) throw this.#damage.found('batches', `stored batch: ${batch.error}`);
    return batch.value;
  }

  #append(batch: Batch): Promise<void> {
    const name = nameOf(batch);
    const item = encode(batchCodec, batch, batch.payload.length + BATCH_OVERHEAD_BYTES);
    const writing = this.#log
      .append([item], ([location]) => {
        if (location !== undefined) this.#recent.set(name, { ref: copyRef(batch), location });
      })
      .finally(() => this.#writing.delete(name));
    this.#writing.set(name, writing);
    return writing;
  }
}

function isBefore({ segment, offset }: ItemLocation, position: LogPosition): boolean {
  return segment < position.segment || (segment === position.segment && offset < position.offset);
}

export interface PendingIndex {
  readonly names: readonly string[];
  readonly writes: readonly Write[];
  /** The files hold nothing before this that the database will not know. */
  readonly position: LogPosition;
}
