import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namingFullDisk, StoreError } from './store-error.ts';

/**
 * What the store asks of a file system. The node gives it the machine's; a simulation gives it one that crashes,
 * and the store cannot tell. Paths that are not there reject with the code ENOENT; what finds no room rejects with the
 * StoreError `disk-full`.
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
  /** All of the parts, one after the other. Not durable before `datasync`. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>;
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
    await namingFullDisk(mkdir(path, { recursive: true }));
  },
  list: (path) => readdir(path),
  read: (path) => readFile(path),
  sizeOf: async (path) => (await stat(path)).size,
  open: async (path, mode) => machineFile(await namingFullDisk(open(path, FLAGS[mode]))),
  rename: (from, to) => namingFullDisk(rename(from, to)),
  remove: (path) => rm(path, { recursive: true }),
  async syncDirectory(path) {
    const handle = await open(path, 'r');
    try {
      await namingFullDisk(handle.sync());
    } finally {
      await handle.close();
    }
  },
};

function machineFile(handle: FileHandle): OpenFile {
  return {
    read: (into, offset, length, position) => handle.read(into, offset, length, position),
    write: (parts, position) => namingFullDisk(writeAll(handle, parts, position)),
    truncate: (size) => namingFullDisk(handle.truncate(size)),
    // A file system may give out space only when it writes back.
    sync: () => namingFullDisk(handle.sync()),
    datasync: () => namingFullDisk(handle.datasync()),
    close: () => handle.close(),
  };
}

interface PartialWriter {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  writev(parts: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }>;
}

/** A write that the system ends early met a full disk, or a signal: the rest of it says which. */
export async function writeAll(
  handle: PartialWriter,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten: written } = await handle.writev([...parts], position);
  while (written < sizeBytes) {
    const rest = Buffer.concat(parts).subarray(written);
    const { bytesWritten } = await handle.write(rest, 0, rest.length, position + written);
    if (bytesWritten === 0) throw new StoreError('disk-full', `wrote ${written} of ${sizeBytes} bytes`);
    written += bytesWritten;
  }
}

/** Bytes of the files right in `path`, which others may delete meanwhile. */
export async function directoryBytes(files: Files, path: string): Promise<number> {
  let sum = 0;
  for (const name of await files.list(path)) sum += await files.sizeOf(join(path, name)).catch(() => 0);
  return sum;
}
