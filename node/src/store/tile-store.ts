import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { HASH_BYTES, type HashName, hashPairs } from '@hufu/crypto';
import type { NewNodes, NodeId, ReadHash } from '@hufu/proof';
import { syncDirectory } from './directory.ts';

/**
 * The hashes of one log tree on disk, tlog-tiles layout (C2SP): tiles of 256 consecutive hashes, of the levels 0,
 * 8, 16 … only. What lies between is hashed again from a tile when it is needed.
 *
 * Each tile level is one flat file, in which hash i stands at byte 32·i; tile n is therefore the 8,192 bytes at
 * 8192·n, and can be served as they are. One file a tile, as a web server has it, would cost a thousand new files
 * a second under load, and an fsync for each. Writing is positional and idempotent: after a crash the same block
 * writes the same bytes again, and what stands beyond the log's size means nothing.
 */

const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

/** Directory of one hash's tree. */
export async function openTileStore(directory: string, name: HashName): Promise<TileStore> {
  await mkdir(directory, { recursive: true });
  return new TileStore(directory, name);
}

export class TileStore {
  readonly #directory: string;
  readonly #name: HashName;
  /** By tile level; opened on first use. */
  readonly #files = new Map<number, Promise<FileHandle>>();
  readonly #dirty = new Set<number>();

  constructor(directory: string, name: HashName) {
    this.#directory = directory;
    this.#name = name;
  }

  /** Writes what an append brought into the tree. Not durable before `sync`. */
  async write(nodes: readonly NewNodes[]): Promise<void> {
    for (const { level, firstIndex, hashes } of nodes) {
      if (level % TILE_HEIGHT !== 0 || hashes.length === 0) continue;
      const tileLevel = level / TILE_HEIGHT;
      const file = await this.#file(tileLevel);
      const { bytesWritten } = await file.write(hashes, 0, hashes.length, firstIndex * HASH_BYTES);
      if (bytesWritten !== hashes.length) throw new Error(`wrote ${bytesWritten} of ${hashes.length} bytes`);
      this.#dirty.add(tileLevel);
    }
  }

  async sync(): Promise<void> {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    await Promise.all(dirty.map(async (tileLevel) => (await this.#file(tileLevel)).datasync()));
  }

  /**
   * Reads the given complete nodes; they must lie within the written log. Throws when the files are shorter. The
   * answer holds these nodes only.
   */
  async read(nodes: readonly NodeId[]): Promise<ReadHash> {
    const known = new Map<string, Uint8Array>();
    await Promise.all(
      nodes.map(async (node) => {
        const key = `${node.level}/${node.index}`;
        if (!known.has(key)) known.set(key, await this.#readNode(node));
      }),
    );
    return (level, index) => {
      const hash = known.get(`${level}/${index}`);
      if (hash === undefined) throw new Error(`node ${level}/${index} was not asked for`);
      return hash;
    };
  }

  /** Packed leaf hashes first … first + count − 1, all within the written log. */
  leafHashes(first: number, count: number): Promise<Uint8Array> {
    return this.#readHashes(0, first, count);
  }

  async sizeBytes(): Promise<number> {
    const files = await Promise.all(this.#files.values());
    const stats = await Promise.all(files.map((file) => file.stat()));
    return stats.reduce((sum, { size }) => sum + size, 0);
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await (await file).close();
  }

  /** A node at a level between two tile levels is the root over 2, 4 … 128 hashes of one tile. */
  async #readNode({ level, index }: NodeId): Promise<Uint8Array> {
    const above = level % TILE_HEIGHT;
    const count = 2 ** above;
    let hashes = await this.#readHashes((level - above) / TILE_HEIGHT, index * count, count);
    while (hashes.length > HASH_BYTES) hashes = hashPairs(this.#name, hashes);
    return hashes;
  }

  async #readHashes(tileLevel: number, first: number, count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count * HASH_BYTES);
    const file = await this.#file(tileLevel);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, first * HASH_BYTES);
    if (bytesRead !== bytes.length) {
      throw new Error(`${this.#directory}/${tileLevel}: hash ${first} is missing`);
    }
    return bytes;
  }

  #file(tileLevel: number): Promise<FileHandle> {
    const opened = this.#files.get(tileLevel) ?? this.#openFile(tileLevel);
    this.#files.set(tileLevel, opened);
    return opened;
  }

  async #openFile(tileLevel: number): Promise<FileHandle> {
    // Created when missing, never cut off.
    const flags = constants.O_RDWR | constants.O_CREAT;
    const file = await open(join(this.#directory, tileLevel.toString()), flags);
    await syncDirectory(this.#directory);
    return file;
  }
}
