import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';
import { type Codec, decode, encode } from '../wire/nested.ts';
import type { KeyRange } from './keys.ts';
import { namingFullDisk, StoreError } from './store-error.ts';

/** One write of a commit. */
export type Write =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** A write of `value` in its codec. */
export function put<T>(key: Uint8Array, codec: Codec<T>, value: T): Write {
  return { type: 'put', key, value: encode(codec, value) };
}

/** Blocks until they are needed again; a few MiB serve a node that answers for recent blocks. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** LevelDB's default: what it may have to read again when it is opened. */
const WRITE_BUFFER_BYTES = 4 * 1024 * 1024;

interface RangeOptions extends KeyRange {
  readonly limit?: number;
  readonly reverse?: boolean;
}

/** What a database asks of LevelDB: rows of bytes in the order of their keys. A simulation gives it its own. */
export interface Rows {
  getSync(key: Uint8Array): Uint8Array | undefined;
  iterator(range: RangeOptions): { all(): Promise<[Uint8Array, Uint8Array][]> };
  keys(range: RangeOptions): { all(): Promise<Uint8Array[]> };
  batch(writes: Write[], options: { sync: true }): Promise<void>;
  close(): Promise<void>;
}

/** LevelDB, with bytes for keys and codecs for values. */
export class Database {
  readonly #level: Rows;

  constructor(level: Rows) {
    this.#level = level;
  }

  /** Rejects with a StoreError: 'in-use', 'disk-full', 'database-unreadable' or 'database-damaged'. */
  static async open(directory: string): Promise<Database> {
    if (hasLostItsTables(directory)) {
      throw new StoreError('database-damaged', `${directory}: CURRENT is missing`);
    }
    const level = new Level<Uint8Array, Uint8Array>(directory, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: CACHE_BYTES,
      writeBufferSize: WRITE_BUFFER_BYTES,
    });
    try {
      // It writes a file of its own before it opens: a full disk is no damage.
      await namingFullDisk(level.open());
    } catch (error) {
      throw error instanceof StoreError ? error : refusalOf(directory, error);
    }
    return new Database(level);
  }

  /** Synchronous: such a read takes microseconds where an asynchronous one costs fifty. */
  get<T>(key: Uint8Array, codec: Codec<T>): T | undefined {
    const bytes = this.#level.getSync(key);
    return bytes === undefined ? undefined : decoded(codec, bytes);
  }

  /** Rows of a range in key order, or from its end when `reverse`. */
  async list<T>(
    range: KeyRange,
    codec: Codec<T>,
    options: { readonly limit?: number; readonly reverse?: boolean } = {},
  ): Promise<readonly (readonly [key: Uint8Array, value: T])[]> {
    const rows = await this.#level.iterator({ ...range, ...options }).all();
    return rows.map(([key, bytes]) => [key, decoded(codec, bytes)]);
  }

  async last<T>(range: KeyRange, codec: Codec<T>): Promise<T | undefined> {
    return (await this.list(range, codec, { limit: 1, reverse: true }))[0]?.[1];
  }

  async first<T>(range: KeyRange, codec: Codec<T>): Promise<T | undefined> {
    return (await this.list(range, codec, { limit: 1 }))[0]?.[1];
  }

  async lastKey(range: KeyRange): Promise<Uint8Array | undefined> {
    return (await this.#level.keys({ ...range, limit: 1, reverse: true }).all())[0];
  }

  /** All of the writes or none, durable when it resolves. */
  async commit(writes: readonly Write[]): Promise<void> {
    await namingFullDisk(this.#level.batch([...writes], { sync: true }));
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

/** What the system says of a file that is gone or cannot be read back: of any other, that it does not give it to us. */
const LOST_FILE = /No such file or directory|Input\/output error/;

/** Why LevelDB did not open. Its own error is the cause of the one that it rejects with. */
function refusalOf(directory: string, error: unknown): StoreError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause !== undefined && 'code' in cause ? cause.code : undefined;
  const detail = `${directory}: ${cause?.message ?? String(error)}`;
  if (code === 'LEVEL_LOCKED') return new StoreError('in-use', detail, { cause: error });
  const isRefused = code === 'LEVEL_IO_ERROR' && !LOST_FILE.test(detail);
  return new StoreError(isRefused ? 'database-unreadable' : 'database-damaged', detail, { cause: error });
}

/** LevelDB checks what it reads, so a row that does not decode was written by something else. */
function decoded<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const result = decode(codec, bytes);
  if (!result.ok) throw new Error(`database row: ${result.error}`);
  return result.value;
}

/**
 * Threat: without its file CURRENT, LevelDB takes a database for a new one, reads the newest log, deletes the tables and
 * says nothing; the node would serve a chain with holes. CURRENT is written before the first log or table.
 */
function hasLostItsTables(directory: string): boolean {
  if (!existsSync(directory) || existsSync(join(directory, 'CURRENT'))) return false;
  return readdirSync(directory).some((name) => /^[0-9]+\.(?:ldb|log)$/.test(name));
}
