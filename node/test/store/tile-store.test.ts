import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashPairs, u64be } from '@hufu/crypto';
import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  type Frontier,
  inclusionPath,
  inclusionPlan,
  nodesOf,
} from '@hufu/proof';
import t from 'tap';
import { type Files, machineFiles, type OpenFile } from '../../src/store/files.ts';
import { openTileStore, type TileStore } from '../../src/store/tile-store.ts';
import { temporaryDirectory } from '../support/grown-store.ts';

const NAME = 'sha256';
/** Into the third level of tiles, which begins with 65,536 leaves. */
const SIZE = 66_000;

/** Every complete node, by level: the tree as it is without tiles. */
function levelsOf(leafHashes: Uint8Array): readonly Uint8Array[] {
  const levels = [leafHashes];
  for (let level = leafHashes; level.length >= 64; ) {
    level = hashPairs(NAME, level.subarray(0, level.length - (level.length % 64)));
    levels.push(level);
  }
  return levels;
}

const leafHashes = new Uint8Array(SIZE * 32);
for (let i = 0; i < SIZE; i++) leafHashes.set(u64be(i), i * 32);
const levels = levelsOf(leafHashes);

function nodeAt(level: number, index: number): Uint8Array {
  return levels[level]?.subarray(index * 32, index * 32 + 32) ?? new Uint8Array(0);
}

/** Appends the leaves `from` … `to` − 1 in pieces of at most `step`. */
async function append(tiles: TileStore, frontier: Frontier, to: number, step: number): Promise<Frontier> {
  let grown = frontier;
  while (grown.size < to) {
    const end = Math.min(to, grown.size + step);
    const appended = appendLeafHashes(NAME, grown, leafHashes.subarray(grown.size * 32, end * 32));
    await tiles.write(appended.nodes);
    grown = appended.frontier;
  }
  await tiles.sync();
  return grown;
}

t.test('every complete node is read as it is in the tree, however the leaves were appended', async (t) => {
  const directory = await temporaryDirectory(t);
  const tiles = await openTileStore(directory, NAME);
  await append(tiles, EMPTY_FRONTIER, SIZE, 997);
  const nodes = levels.flatMap((hashes, level) => {
    const count = hashes.length / 32;
    return [0, 1, Math.floor(count / 2), count - 1]
      .filter((index) => index < count)
      .map((index) => ({ level, index }));
  });
  t.ok(nodes.some(({ level }) => level === 16));
  const readHash = await tiles.read(nodes, SIZE);
  for (const { level, index } of nodes) {
    t.strictSame(readHash(level, index), new Uint8Array(nodeAt(level, index)), `${level}/${index}`);
  }
  t.throws(() => readHash(40, 0), /not asked for/);
  await t.rejects(tiles.read([{ level: 0, index: SIZE }], SIZE), /missing/);
  await tiles.close();
});

t.test('a tile on disk is 256 consecutive hashes of its level (C2SP tlog-tiles)', async (t) => {
  const directory = await temporaryDirectory(t);
  const tiles = await openTileStore(directory, NAME);
  await append(tiles, EMPTY_FRONTIER, 2_000, 64);
  await tiles.close();
  const first = await readFile(join(directory, '0'));
  t.ok(first.equals(leafHashes.subarray(0, 2_000 * 32)));
  const second = await readFile(join(directory, '1'));
  t.ok(second.equals(levels[8]?.subarray(0, 7 * 32) ?? new Uint8Array(0)));
});

t.test('what a crash left beyond the log is written over, and never seen', async (t) => {
  const directory = await temporaryDirectory(t);
  let tiles = await openTileStore(directory, NAME);
  const committed = await append(tiles, EMPTY_FRONTIER, 700, 100);
  const lost = appendLeafHashes(NAME, committed, new Uint8Array(600 * 32).fill(0xee));
  await tiles.write(lost.nodes);
  await tiles.close();

  tiles = await openTileStore(directory, NAME);
  const check = async (size: number): Promise<void> => {
    for (const index of [0, 511, 513, size - 1]) {
      const readHash = await tiles.read(nodesOf(inclusionPlan(index, size)), size);
      t.strictSame(inclusionPath(NAME, index, size, readHash), inclusionPath(NAME, index, size, nodeAt));
    }
  };
  await check(700);
  await append(tiles, committed, 1_500, 100);
  await check(1_500);
  await check(700);
  await tiles.close();
});

t.test('a store that was never written reads as an empty log', async (t) => {
  const tiles = await openTileStore(await temporaryDirectory(t), NAME);
  await tiles.read([], 0);
  await t.rejects(tiles.read([{ level: 0, index: 0 }], 1), /missing/);
  t.equal(await tiles.sizeBytes(), 0);
  await tiles.close();
});

t.test('a file that could not be opened is opened the next time', async (t) => {
  let failing: 'open' | 'syncDirectory' | undefined;
  const opened: OpenFile[] = [];
  const fail = (what: typeof failing): void => {
    if (failing === what) throw new Error(`cannot ${what}`);
  };
  const files: Files = {
    ...machineFiles,
    async open(path, mode) {
      fail('open');
      const file = await machineFiles.open(path, mode);
      opened.push(file);
      return file;
    },
    async syncDirectory(path) {
      fail('syncDirectory');
      await machineFiles.syncDirectory(path);
    },
  };
  const tiles = await openTileStore(await temporaryDirectory(t), NAME, files);
  for (failing of ['open', 'syncDirectory'] as const) {
    await t.rejects(append(tiles, EMPTY_FRONTIER, 10, 10), /cannot/);
  }
  const [unused] = opened;
  await t.rejects(unused?.datasync() ?? Promise.resolve(), { code: 'EBADF' }, 'none stays open');
  failing = undefined;
  await append(tiles, EMPTY_FRONTIER, 10, 10);
  const readHash = await tiles.read([{ level: 0, index: 9 }], 10);
  t.strictSame(readHash(0, 9), new Uint8Array(nodeAt(0, 9)));
  await tiles.close();
});
