import { equalBytes, HASH_BYTES, type HashName, hashOf, hashPairs, type SuiteName } from '@hufu/crypto';
import { type Frontier, nodesOf, root, rootPlan, type SuiteDigests } from '@hufu/proof';
import { TILE_HEIGHT, TILE_WIDTH } from './tile-store.ts';

/**
 * The right edge of one log tree as tiles hold it: per tile level from 0, the packed hashes of its last, incomplete
 * tile. From it the log can be continued, and proofs of all that comes later be read, without the complete tiles: a
 * complete subtree whose parent is not complete lies in the last tile of its level.
 */
export type LogEdge = readonly Uint8Array[];

/** Where the last, incomplete tile of each level begins, in hashes of that level, and how many hashes it holds. */
export function edgeTiles(size: number): readonly { readonly firstIndex: number; readonly count: number }[] {
  const tiles: { firstIndex: number; count: number }[] = [];
  for (let hashes = size; hashes > 0; hashes = Math.floor(hashes / TILE_WIDTH)) {
    const count = hashes % TILE_WIDTH;
    tiles.push({ firstIndex: hashes - count, count });
  }
  return tiles;
}

/**
 * What the edges, one per suite, show of a log of `size`, if it has these roots; undefined when they do not fit, or
 * lead to other roots.
 */
export function frontiersOf(
  edges: readonly LogEdge[],
  suites: readonly SuiteName[],
  size: number,
  roots: SuiteDigests,
): readonly Frontier[] | undefined {
  if (edges.length !== suites.length) return undefined;
  const frontiers: Frontier[] = [];
  for (const [i, suite] of suites.entries()) {
    const frontier = frontierOf(hashOf(suite), edges[i] ?? [], size);
    const expected = roots[i];
    if (frontier === undefined || expected === undefined) return undefined;
    if (!equalBytes(root(hashOf(suite), frontier), expected)) return undefined;
    frontiers.push(frontier);
  }
  return frontiers;
}

function frontierOf(name: HashName, edge: LogEdge, size: number): Frontier | undefined {
  const tiles = edgeTiles(size);
  const fits =
    edge.length === tiles.length &&
    tiles.every(({ count }, level) => edge[level]?.length === count * HASH_BYTES);
  if (!fits) return undefined;
  const peaks = nodesOf(rootPlan(size)).map(({ level, index }) => {
    const above = level % TILE_HEIGHT;
    const width = 2 ** above;
    const tile = edge[(level - above) / TILE_HEIGHT] ?? new Uint8Array(0);
    const start = ((index * width) % TILE_WIDTH) * HASH_BYTES;
    let hashes: Uint8Array = tile.slice(start, start + width * HASH_BYTES);
    while (hashes.length > HASH_BYTES) hashes = hashPairs(name, hashes);
    return { level, hash: hashes };
  });
  return { size, peaks };
}
