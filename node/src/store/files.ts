import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What the store asks of a file system. The node gives it the machine's; a simulation gives it one that crashes,
 * and the store cannot tell. Paths that are not there reject with the code ENOENT.
 */
export interface Files {
  /** With the directories above it; one that is there stays. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<Buffer>;
  sizeOf(path: string): Promise<number>;
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** One that is not there is an error. */
  remove(path: string): Promise<void>;
  /** Makes the creation, renaming or removal of files in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** `emptied` and `kept` make the file when it is not there. */
export type OpenMode = 'read' | 'update' | 'kept' | 'emptied';

/** An open file; positions are bytes from its start. */
export interface OpenFile {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  writev(parts: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR,
  kept: constants.O_RDWR | constants.O_CREAT,
  emptied: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
};

/** The machine's file system. */
export const machineFiles: Files = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  list: (path) => readdir(path),
  read: (path) => readFile(path),
  sizeOf: async (path) => (await stat(path)).size,
  async open(path, mode) {
    const handle = await open(path, FLAGS[mode]);
    return {
      read: (into, offset, length, position) => handle.read(into, offset, length, position),
      write: (bytes, offset, length, position) => handle.write(bytes, offset, length, position),
      writev: (parts, position) => handle.writev([...parts], position),
      truncate: (size) => handle.truncate(size),
      sync: () => handle.sync(),
      datasync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true }),
  async syncDirectory(path) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** Bytes of the files right in `path`, which others may delete meanwhile. */
export async function directoryBytes(files: Files, path: string): Promise<number> {
  let sum = 0;
  for (const name of await files.list(path)) sum += await files.sizeOf(join(path, name)).catch(() => 0);
  return sum;
}
