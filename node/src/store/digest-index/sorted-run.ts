import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files, OpenFile } from '../files.ts';
import { ENTRY_BYTES, indexAt, KEY_BYTES } from './entry.ts';

/**
 * An immutable file of sorted entries, of the records `from` … `to` − 1 of the log:
 *
 *     blocks   682 entries and their CRC (8 bytes with padding); the last may have fewer
 *     fences   the first key of every block, held in memory: 16 bytes for 16 KiB
 *     footer   magic "HUFURUN1" · from u64 · to u64 · entry count u64 · CRC of the fences u32 · CRC of the
 *              footer so far u32
 *
 * 24.04 bytes a digest.
 */

const MAGIC = Buffer.from('HUFURUN1', 'latin1');
const FOOTER_BYTES = 40;
const BLOCK_ENTRIES = 682;
const BLOCK_TRAILER_BYTES = 8;
const BLOCK_BYTES = BLOCK_ENTRIES * ENTRY_BYTES + BLOCK_TRAILER_BYTES;
/** Blocks that a merge reads at a time. */
const BLOCKS_PER_READ = 16;

/** Which records a run covers; its file is named so. */
export interface Coverage {
  readonly from: number;
  readonly to: number;
}

export function runPath(directory: string, { from, to }: Coverage): string {
  return join(directory, `${from.toString().padStart(16, '0')}-${to.toString().padStart(16, '0')}.run`);
}

/** What a run's file name says, or undefined for another file. */
export function coverageOf(fileName: string): Coverage | undefined {
  const match = /^(\d{16})-(\d{16})\.run$/.exec(fileName);
  return match === null ? undefined : { from: Number(match[1]), to: Number(match[2]) };
}

export class SortedRun implements Coverage {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly #files: Files;
  readonly #file: OpenFile;
  readonly #fences: Buffer;
  #readers = 0;
  #retired: (() => void) | undefined;

  private constructor(files: Files, path: string, file: OpenFile, parts: RunParts) {
    this.#files = files;
    this.path = path;
    this.#file = file;
    this.from = parts.from;
    this.to = parts.to;
    this.count = parts.count;
    this.sizeBytes = parts.sizeBytes;
    this.#fences = parts.fences;
  }

  /** Undefined when the file is not a whole run of the records that its name says. */
  static async open(files: Files, path: string): Promise<SortedRun | undefined> {
    const file = await files.open(path, 'read');
    const parts = await readParts(file, await files.sizeOf(path));
    const named = coverageOf(basename(path));
    if (parts !== undefined && parts.from === named?.from && parts.to === named.to) {
      return new SortedRun(files, path, file, parts);
    }
    await file.close();
    return undefined;
  }

  get blockCount(): number {
    return this.#fences.length / KEY_BYTES;
  }

  /** Log indexes under this key, newest first, at most `limit`. */
  async find(key: Uint8Array, limit: number): Promise<number[]> {
    const found: number[] = [];
    // The last block that can hold the key, then backwards as long as blocks begin with it.
    for (let block = this.#lastBlockFor(key); block >= 0 && found.length < limit; block--) {
      collect(await this.readBlocks(block, 1), key, limit, found);
      if (this.#compareFence(block, key) < 0) break;
    }
    return found;
  }

  /** Keeps the file open until the matching `release`. */
  acquire(): void {
    this.#readers++;
  }

  release(): void {
    this.#readers--;
    if (this.#readers === 0) this.#retired?.();
  }

  /** Entries of `count` blocks from `first` on, packed. Throws when they are not what was written. */
  async readBlocks(first: number, count = BLOCKS_PER_READ): Promise<Buffer> {
    const end = Math.min(first + count, this.blockCount);
    const entryCount = Math.min(end * BLOCK_ENTRIES, this.count) - first * BLOCK_ENTRIES;
    const bytes = Buffer.allocUnsafe(entryCount * ENTRY_BYTES + (end - first) * BLOCK_TRAILER_BYTES);
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, first * BLOCK_BYTES);
    if (bytesRead !== bytes.length) throw new Error(`${this.path} is cut off`);
    for (let block = first; block < end; block++) {
      const start = (block - first) * BLOCK_BYTES;
      const size = Math.min(BLOCK_ENTRIES, this.count - block * BLOCK_ENTRIES) * ENTRY_BYTES;
      if (bytes.readUInt32BE(start + size) !== crc32(bytes.subarray(start, start + size))) {
        throw new Error(`${this.path}: block ${block} is damaged`);
      }
      bytes.copyWithin((block - first) * BLOCK_ENTRIES * ENTRY_BYTES, start, start + size);
    }
    return bytes.subarray(0, entryCount * ENTRY_BYTES);
  }

  /** Closes the file once everyone who acquired it has released it. */
  async close(): Promise<void> {
    if (this.#readers > 0) await new Promise<void>((resolve) => (this.#retired = resolve));
    await this.#file.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await this.#files.remove(this.path);
  }

  #lastBlockFor(key: Uint8Array): number {
    let low = 0;
    let high = this.blockCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareFence(middle, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #compareFence(block: number, key: Uint8Array): number {
    return this.#fences.compare(key, 0, KEY_BYTES, block * KEY_BYTES, (block + 1) * KEY_BYTES);
  }
}

interface RunParts extends Coverage {
  readonly count: number;
  readonly sizeBytes: number;
  readonly fences: Buffer;
}

async function readParts(file: OpenFile, sizeBytes: number): Promise<RunParts | undefined> {
  if (sizeBytes < FOOTER_BYTES) return undefined;
  const footer = Buffer.alloc(FOOTER_BYTES);
  await file.read(footer, 0, FOOTER_BYTES, sizeBytes - FOOTER_BYTES);
  if (!footer.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (footer.readUInt32BE(36) !== crc32(footer.subarray(0, 36))) return undefined;
  const count = Number(footer.readBigUInt64BE(24));
  const blocks = Math.ceil(count / BLOCK_ENTRIES);
  const blockBytes = count * ENTRY_BYTES + blocks * BLOCK_TRAILER_BYTES;
  const fences = Buffer.alloc(blocks * KEY_BYTES);
  if (sizeBytes !== blockBytes + fences.length + FOOTER_BYTES) return undefined;
  await file.read(fences, 0, fences.length, blockBytes);
  if (footer.readUInt32BE(32) !== crc32(fences)) return undefined;
  const from = Number(footer.readBigUInt64BE(8));
  return { from, to: Number(footer.readBigUInt64BE(16)), count, sizeBytes, fences };
}

/** Adds the indexes of the entries under `key`, last first. */
function collect(entries: Buffer, key: Uint8Array, limit: number, found: number[]): void {
  let low = 0;
  let high = entries.length / ENTRY_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * ENTRY_BYTES;
    if (entries.compare(key, 0, KEY_BYTES, at, at + KEY_BYTES) <= 0) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0 && found.length < limit; i--) {
    const at = i * ENTRY_BYTES;
    if (entries.compare(key, 0, KEY_BYTES, at, at + KEY_BYTES) !== 0) return;
    found.push(indexAt(entries, at));
  }
}

/**
 * Writes a run from the entries that `fill` appends. It has its name only once it is whole and durable; nothing is left
 * behind when `fill` answers false, which makes the result undefined, or when anything fails.
 */
export async function writeRun(
  files: Files,
  directory: string,
  coverage: Coverage,
  fill: (writer: RunWriter) => Promise<boolean>,
): Promise<SortedRun | undefined> {
  const writer = await RunWriter.create(files, directory, coverage);
  try {
    if (await fill(writer)) return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await writer.abandon();
  return undefined;
}

/** Takes the entries of a run in order. */
class RunWriter {
  readonly #files: Files;
  readonly #directory: string;
  readonly #coverage: Coverage;
  readonly #file: OpenFile;
  readonly #temporaryPath: string;
  readonly #fences: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;
  #offset = 0;

  private constructor(
    files: Files,
    directory: string,
    coverage: Coverage,
    file: OpenFile,
    temporaryPath: string,
  ) {
    this.#files = files;
    this.#directory = directory;
    this.#coverage = coverage;
    this.#file = file;
    this.#temporaryPath = temporaryPath;
  }

  static async create(files: Files, directory: string, coverage: Coverage): Promise<RunWriter> {
    const path = `${runPath(directory, coverage)}.tmp`;
    return new RunWriter(files, directory, coverage, await files.open(path, 'emptied'), path);
  }

  /** Takes the next entries, packed. They may be overwritten once it resolves. */
  async append(entries: Buffer): Promise<void> {
    const all = this.#rest.length === 0 ? entries : Buffer.concat([this.#rest, entries]);
    const whole = Math.floor(all.length / (BLOCK_ENTRIES * ENTRY_BYTES));
    await this.#writeBlocks(all.subarray(0, whole * BLOCK_ENTRIES * ENTRY_BYTES));
    this.#rest = Buffer.from(all.subarray(whole * BLOCK_ENTRIES * ENTRY_BYTES));
  }

  async finish(): Promise<SortedRun> {
    await this.#writeBlocks(this.#rest);
    const fences = Buffer.concat(this.#fences);
    const footer = Buffer.alloc(FOOTER_BYTES);
    MAGIC.copy(footer);
    footer.writeBigUInt64BE(BigInt(this.#coverage.from), 8);
    footer.writeBigUInt64BE(BigInt(this.#coverage.to), 16);
    footer.writeBigUInt64BE(BigInt(this.#count), 24);
    footer.writeUInt32BE(crc32(fences), 32);
    footer.writeUInt32BE(crc32(footer.subarray(0, 36)), 36);
    await this.#write(Buffer.concat([fences, footer]));
    await this.#file.datasync();
    await this.#file.close();
    const path = runPath(this.#directory, this.#coverage);
    await this.#files.rename(this.#temporaryPath, path);
    await this.#files.syncDirectory(dirname(path));
    const run = await SortedRun.open(this.#files, path);
    if (run === undefined) throw new Error(`${path} does not read back`);
    return run;
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    await this.#files.remove(this.#temporaryPath).catch(() => {});
  }

  async #writeBlocks(entries: Buffer): Promise<void> {
    const blockCount = Math.ceil(entries.length / (BLOCK_ENTRIES * ENTRY_BYTES));
    const bytes = Buffer.alloc(entries.length + blockCount * BLOCK_TRAILER_BYTES);
    for (let block = 0; block < blockCount; block++) {
      const start = block * BLOCK_ENTRIES * ENTRY_BYTES;
      const part = entries.subarray(start, start + BLOCK_ENTRIES * ENTRY_BYTES);
      part.copy(bytes, block * BLOCK_BYTES);
      bytes.writeUInt32BE(crc32(part), block * BLOCK_BYTES + part.length);
      this.#fences.push(Buffer.from(part.subarray(0, KEY_BYTES)));
    }
    this.#count += entries.length / ENTRY_BYTES;
    await this.#write(bytes);
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#file.write([bytes], this.#offset);
    this.#offset += bytes.length;
  }
}
