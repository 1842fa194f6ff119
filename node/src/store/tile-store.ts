import { join } from 'node:path';
import { HASH_BYTES, type HashName, hashPairs } from '@hufu/crypto';
import type { NewNodes, NodeId, ReadHash } from '@hufu/proof';
import { BoundedCache } from './bounded-cache.ts';
import { directoryBytes, type Files, machineFiles, type OpenFile } from './files.ts';

/**
 * The hashes of one log tree on disk, tlog-tiles layout (C2SP): tiles of 256 consecutive hashes, of the levels 0,
 * 8, 16 … only. What lies between is hashed again from a tile when it is needed.
 *
 * Each tile level is one flat file, in which hash i stands at byte 32·i; tile n is therefore the 8,192 bytes at
 * 8192·n, and can be served as they are. One file a tile, as a web server has it, would cost a thousand new files
 * a second under load, and an fsync for each. Writing is positional and idempotent: after a crash the same block
 * writes the same bytes again, and what stands beyond the log's size means nothing.
 */

export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;
const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Per hash: 512 tiles. */
const CACHE_BYTES = 4 * 1024 * 1024;

/** Directory of one hash's tree. */
export async function openTileStore(
  directory: string,
  name: HashName,
  files: Files = machineFiles,
): Promise<TileStore> {
  await files.makeDirectory(directory);
  return new TileStore(directory, name, files);
}

interface TileId {
  readonly tileLevel: number;
  readonly tileIndex: number;
}

/** The tile that a node lies in, or is computed from. */
function tileOf({ level, index }: NodeId): TileId {
  const above = level % TILE_HEIGHT;
  return {
    tileLevel: (level - above) / TILE_HEIGHT,
    tileIndex: Math.floor((index * 2 ** above) / TILE_WIDTH),
  };
}

function tileKey({ tileLevel, tileIndex }: TileId): string {
  return `${tileLevel}/${tileIndex}`;
}

function nodeKey({ level, index }: NodeId): string {
  return `${level}/${index}`;
}

export class TileStore {
  readonly #directory: string;
  readonly #name: HashName;
  /** By tile level; opened on first use. */
  readonly #files: Files;
  readonly #levels = new Map<number, Promise<OpenFile>>();
  readonly #dirty = new Set<number>();
  readonly #complete = new BoundedCache<Uint8Array>(CACHE_BYTES);

  constructor(directory: string, name: HashName, files: Files) {
    this.#files = files;
    this.#directory = directory;
    this.#name = name;
  }

  /** Writes what an append brought into the tree. Not durable before `sync`. */
  async write(nodes: readonly NewNodes[]): Promise<void> {
    for (const { level, firstIndex, hashes } of nodes) {
      if (level % TILE_HEIGHT !== 0 || hashes.length === 0) continue;
      const tileLevel = level / TILE_HEIGHT;
      const file = await this.#file(tileLevel);
      await file.write([hashes], firstIndex * HASH_BYTES);
      this.#dirty.add(tileLevel);
      // Only a repair writes over complete tiles.
      const last = firstIndex + hashes.length / HASH_BYTES - 1;
      for (let tile = Math.floor(firstIndex / TILE_WIDTH); tile * TILE_WIDTH <= last; tile++) {
        this.#complete.delete(tileKey({ tileLevel, tileIndex: tile }));
      }
    }
  }

  async sync(): Promise<void> {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    await Promise.all(dirty.map(async (tileLevel) => (await this.#file(tileLevel)).datasync()));
  }

  /**
   * Reads nodes that are complete in the log's first `size` entries, all of which were written. Throws when the files
   * are shorter. The answer holds these nodes only.
   */
  async read(nodes: readonly NodeId[], size: number): Promise<ReadHash> {
    const byTile = Map.groupBy(nodes, (node) => tileKey(tileOf(node)));
    const known = new Map<string, Uint8Array>();
    await Promise.all(
      [...byTile.values()].map(async (group) => {
        const [first] = group;
        if (first === undefined) return;
        const tile = await this.#readTile(tileOf(first), size);
        for (const node of group) known.set(nodeKey(node), this.#nodeHash(tile, node));
      }),
    );
    return (level, index) => {
      const hash = known.get(nodeKey({ level, index }));
      if (hash === undefined) throw new Error(`node ${level}/${index} was not asked for`);
      return hash;
    };
  }

  /** The hashes `firstIndex` … of a tile level, all of which were written, packed. */
  async readLevel(tileLevel: number, firstIndex: number, count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count * HASH_BYTES);
    if (count === 0) return bytes;
    const file = await this.#file(tileLevel);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, firstIndex * HASH_BYTES);
    if (bytesRead !== bytes.length) throw new Error(`${this.#directory}: level ${tileLevel} is too short`);
    return bytes;
  }

  sizeBytes(): Promise<number> {
    return directoryBytes(this.#files, this.#directory);
  }

  async close(): Promise<void> {
    for (const file of this.#levels.values()) await (await file).close();
  }

  /** The tile, as much of it as there is. One that is complete in the log never changes, so it is kept in memory. */
  async #readTile({ tileLevel, tileIndex }: TileId, size: number): Promise<Uint8Array> {
    const key = tileKey({ tileLevel, tileIndex });
    const cached = this.#complete.get(key);
    if (cached !== undefined) return cached;
    const bytes = new Uint8Array(TILE_BYTES);
    const file = await this.#file(tileLevel);
    const { bytesRead } = await file.read(bytes, 0, TILE_BYTES, tileIndex * TILE_BYTES);
    const tile = bytes.subarray(0, bytesRead);
    const isComplete = (tileIndex + 1) * TILE_WIDTH ** (tileLevel + 1) <= size;
    if (isComplete && bytesRead === TILE_BYTES) this.#complete.set(key, tile, TILE_BYTES);
    return tile;
  }

  /** A node at a level between two tile levels is the root over 2, 4 … 128 hashes of one tile. */
  #nodeHash(tile: Uint8Array, { level, index }: NodeId): Uint8Array {
    const count = 2 ** (level % TILE_HEIGHT);
    const start = ((index * count) % TILE_WIDTH) * HASH_BYTES;
    let hashes: Uint8Array = tile.slice(start, start + count * HASH_BYTES);
    if (hashes.length !== count * HASH_BYTES)
      throw new Error(`${this.#directory}: node ${level}/${index} is missing`);
    while (hashes.length > HASH_BYTES) hashes = hashPairs(this.#name, hashes);
    return hashes;
  }

  #file(tileLevel: number): Promise<OpenFile> {
    const known = this.#levels.get(tileLevel);
    if (known !== undefined) return known;
    const opening = this.#openFile(tileLevel);
    this.#levels.set(tileLevel, opening);
    // What failed once, as for want of descriptors, may succeed the next time.
    opening.catch(() => this.#levels.delete(tileLevel));
    return opening;
  }

  async #openFile(tileLevel: number): Promise<OpenFile> {
    const file = await this.#files.open(join(this.#directory, tileLevel.toString()), 'kept');
    try {
      await this.#files.syncDirectory(this.#directory);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}
