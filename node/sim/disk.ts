import { dirname } from 'node:path';
import { Database, type Rows, type Write } from '../src/store/database.ts';
import type { Files, OpenFile, OpenMode } from '../src/store/files.ts';
import type { Medium } from '../src/store/index.ts';
import { FileContent } from './file-content.ts';
import type { Random } from './random.ts';

/** Where a node keeps its store; made by its operator. */
export const DATA_DIRECTORY = '/data';
export const LOG_DIRECTORY = `${DATA_DIRECTORY}/wal`;

/** How one life of a node uses its disk. */
export interface DiskUser {
  /** Whether this life goes on: what it does afterwards must not touch the disk. */
  readonly isAlive: boolean;
  /**
   * An operation begins: resolves when it is over, never when the node is down by then. `syncs`: the platter has to
   * turn.
   */
  operation(syncs: boolean): Promise<void>;
}

/**
 * What of a node survives a crash. Files keep what was synced; of the rest a crash leaves what it likes, file by file, so
 * unsynced writes of several files survive in any order. Names of files and directories last once their directory was
 * synced. The database commits as a whole or not at all, which is what LevelDB's own log is for.
 */
export class SimDisk {
  readonly #random: Random;
  /** Directories and files by path, as they are and as they would be after a crash at its worst. */
  readonly #directories = new Map<string, boolean>();
  readonly #files = new Map<string, FileContent>();
  readonly #durableFiles = new Map<string, FileContent>();
  readonly #rows = new Map<string, Uint8Array>();
  #order: string[] | undefined = [];
  #committing: readonly Write[] | undefined;

  constructor(random: Random) {
    this.#random = random;
    this.#directories.set(DATA_DIRECTORY, true);
  }

  /** The disk as one life of the node has it. */
  mount(user: DiskUser): Medium {
    return {
      files: this.#filesFor(user),
      openDatabase: async () => {
        await user.operation(false);
        return new Database(this.#rowsFor(user));
      },
    };
  }

  /** Whether a file in the directory holds these bytes, and would after a crash. */
  holdsDurably(directory: string, bytes: Uint8Array): boolean {
    for (const [path, content] of this.#durableFiles) {
      if (dirname(path) === directory && content.durable.lastIndexOf(bytes) >= 0) return true;
    }
    return false;
  }

  /** Power is cut. */
  crash(): void {
    if (this.#committing !== undefined && this.#random.chance(0.5)) this.#commit(this.#committing);
    this.#committing = undefined;
    for (const path of new Set([...this.#files.keys(), ...this.#durableFiles.keys()])) {
      const [now, durable] = [this.#files.get(path), this.#durableFiles.get(path)];
      const kept = now === durable || this.#random.chance(0.5) ? now : durable;
      if (kept === undefined) this.#files.delete(path);
      else this.#files.set(path, kept);
    }
    for (const [path, isDurable] of this.#directories) {
      if (!isDurable && this.#random.chance(0.5)) this.#removeTree(path);
    }
    this.#durableFiles.clear();
    for (const [path, content] of this.#files) {
      content.crash(this.#random);
      this.#durableFiles.set(path, content);
    }
    for (const path of this.#directories.keys()) this.#directories.set(path, true);
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    for (const part of [this.#directories, this.#files, this.#durableFiles, this.#rows]) part.clear();
    this.#directories.set(DATA_DIRECTORY, true);
    this.#order = [];
    this.#committing = undefined;
  }

  #removeTree(path: string): void {
    this.#directories.delete(path);
    for (const name of [...this.#files.keys()]) if (name.startsWith(`${path}/`)) this.#files.delete(name);
    for (const name of [...this.#directories.keys()]) {
      if (name.startsWith(`${path}/`)) this.#directories.delete(name);
    }
  }

  #filesFor(user: DiskUser): Files {
    return {
      makeDirectory: async (path) => {
        await user.operation(false);
        for (let each = path; each !== dirname(each); each = dirname(each)) {
          if (!this.#directories.has(each)) this.#directories.set(each, false);
        }
      },
      list: async (path) => {
        await user.operation(false);
        if (!this.#directories.has(path)) throw missing(path);
        const inside = [...this.#files.keys(), ...this.#directories.keys()];
        return inside
          .filter((name) => dirname(name) === path && name !== path)
          .map((name) => name.slice(path.length + 1));
      },
      read: async (path) => {
        await user.operation(false);
        return Buffer.from(this.#file(path).bytes);
      },
      sizeOf: async (path) => {
        await user.operation(false);
        return this.#file(path).size;
      },
      open: async (path, mode) => {
        await user.operation(false);
        return openFile(this.#opened(path, mode), user);
      },
      rename: async (from, to) => {
        await user.operation(false);
        this.#files.set(to, this.#file(from));
        this.#files.delete(from);
      },
      remove: async (path) => {
        await user.operation(false);
        this.#file(path);
        this.#files.delete(path);
      },
      syncDirectory: async (path) => {
        await user.operation(true);
        this.#syncDirectory(path);
      },
    };
  }

  #file(path: string): FileContent {
    const file = this.#files.get(path);
    if (file === undefined) throw missing(path);
    return file;
  }

  #opened(path: string, mode: OpenMode): FileContent {
    if (mode === 'read' || mode === 'update') return this.#file(path);
    if (!this.#directories.has(dirname(path))) throw missing(path);
    const known = this.#files.get(path);
    if (known !== undefined && mode === 'kept') return known;
    const made = new FileContent();
    this.#files.set(path, made);
    return made;
  }

  #syncDirectory(path: string): void {
    for (const name of [...this.#durableFiles.keys()]) {
      if (dirname(name) === path) this.#durableFiles.delete(name);
    }
    for (const [name, content] of this.#files) {
      if (dirname(name) === path) this.#durableFiles.set(name, content);
    }
    for (const name of this.#directories.keys()) {
      if (dirname(name) === path) this.#directories.set(name, true);
    }
  }

  #rowsFor(user: DiskUser): Rows {
    const within = ({ gte, lte, limit, reverse }: Parameters<Rows['keys']>[0]): string[] => {
      const [from, to] = [textOf(gte), textOf(lte)];
      this.#order ??= [...this.#rows.keys()].sort();
      const found = this.#order.filter((key) => key >= from && key <= to);
      return (reverse ? found.reverse() : found).slice(0, limit);
    };
    return {
      getSync: (key) => this.#rows.get(textOf(key)),
      iterator: (range) => ({
        all: async () => {
          await user.operation(false);
          return within(range).map((key) => [bytesOf(key), this.#rows.get(key) ?? new Uint8Array(0)]);
        },
      }),
      keys: (range) => ({
        all: async () => {
          await user.operation(false);
          return within(range).map(bytesOf);
        },
      }),
      batch: async (writes) => {
        if (user.isAlive) this.#committing = writes;
        await user.operation(true);
        this.#committing = undefined;
        this.#commit(writes);
      },
      close: () => user.operation(false),
    };
  }

  #commit(writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.type === 'put') this.#rows.set(textOf(write.key), write.value.slice());
      else this.#rows.delete(textOf(write.key));
    }
    this.#order = undefined;
  }
}

function openFile(content: FileContent, user: DiskUser): OpenFile {
  return {
    async read(into, offset, length, position) {
      await user.operation(false);
      const found = content.bytes.subarray(position, position + length);
      into.set(found, offset);
      return { bytesRead: found.length };
    },
    async write(parts, position) {
      if (user.isAlive) content.write(Buffer.concat(parts), position);
      await user.operation(false);
    },
    async truncate(size) {
      await user.operation(false);
      content.truncate(size);
    },
    sync: () => synced(content, user),
    datasync: () => synced(content, user),
    close: () => user.operation(false),
  };
}

/** What was written before it began is durable when it is over. */
async function synced(content: FileContent, user: DiskUser): Promise<void> {
  const writes = content.unsynced;
  await user.operation(true);
  content.sync(writes);
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
}

/** One character a byte: strings then sort as the bytes do. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
