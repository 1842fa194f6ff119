import { join } from 'node:path';
import { equalBytes, type HashName, hashOf, type SuiteName } from '@hufu/crypto';
import {
  consistencyPlan,
  evaluatePlan,
  type Frontier,
  inclusionPlan,
  type NewNodes,
  nodesOf,
  type ProofPlan,
  rangePlan,
  rootAt,
  rootPlan,
} from '@hufu/proof';
import type { Files } from './files.ts';
import { edgeTiles, type LogEdge } from './log-edge.ts';
import { openTileStore, TILE_HEIGHT, type TileStore } from './tile-store.ts';
import type { PathPerSuite } from './types.ts';

interface Tree {
  readonly name: HashName;
  readonly tiles: TileStore;
}

/** The log's trees, one per suite, and the proofs read from them. Sizes are at most the log's. */
export class LogTiles {
  readonly #trees: readonly Tree[];

  private constructor(trees: readonly Tree[]) {
    this.#trees = trees;
  }

  static async open(directory: string, suites: readonly SuiteName[], files?: Files): Promise<LogTiles> {
    const trees: Tree[] = [];
    for (const suite of suites) {
      const name = hashOf(suite);
      trees.push({ name, tiles: await openTileStore(join(directory, name), name, files) });
    }
    return new LogTiles(trees);
  }

  /** Writes the nodes that a block brought into the trees, one list per suite. Not durable before `sync`. */
  async append(nodes: readonly (readonly NewNodes[])[]): Promise<void> {
    await Promise.all(this.#trees.map(({ tiles }, i) => tiles.write(nodes[i] ?? [])));
  }

  async sync(): Promise<void> {
    await this.#forEach(({ tiles }) => tiles.sync());
  }

  /** Whether the trees end, at their right edge, as the state says. */
  async matches(frontiers: readonly Frontier[]): Promise<boolean> {
    const found = await this.frontiersAt(frontiers[0]?.size ?? 0).catch(() => undefined);
    return (
      found?.every(({ peaks }, i) => {
        const expected = frontiers[i]?.peaks ?? [];
        return (
          peaks.length === expected.length &&
          peaks.every(({ hash }, j) => equalBytes(hash, expected[j]?.hash ?? new Uint8Array(0)))
        );
      }) ?? false
    );
  }

  /** Per suite. */
  async leafHash(index: number, size: number): Promise<readonly (Uint8Array | undefined)[]> {
    const hashes = await this.#evaluate([[{ level: 0, index }]], size);
    return hashes.map(([hash]) => hash);
  }

  inclusionPath(index: number, size: number): Promise<PathPerSuite> {
    return this.#evaluate(inclusionPlan(index, size), size);
  }

  consistencyPath(first: number, second: number): Promise<PathPerSuite> {
    return this.#evaluate(consistencyPlan(first, second), second);
  }

  rangeProof(first: number, count: number, size: number): Promise<PathPerSuite> {
    return this.#evaluate(rangePlan(first, count, size), size);
  }

  rootsAt(size: number): Promise<readonly Uint8Array[]> {
    const nodes = nodesOf(rootPlan(size));
    return this.#forEach(async ({ name, tiles }) => rootAt(name, size, await tiles.read(nodes, size)));
  }

  /** The right edge of the log's first `size` entries. */
  frontiersAt(size: number): Promise<readonly Frontier[]> {
    const nodes = nodesOf(rootPlan(size));
    return this.#forEach(async ({ tiles }) => {
      const readHash = await tiles.read(nodes, size);
      return { size, peaks: nodes.map(({ level, index }) => ({ level, hash: readHash(level, index) })) };
    });
  }

  /** The right edge of the log's first `size` entries, one per suite, as another node can continue from it. */
  edgesAt(size: number): Promise<readonly LogEdge[]> {
    return this.#forEach(({ tiles }) =>
      Promise.all(
        edgeTiles(size).map(({ firstIndex, count }, level) => tiles.readLevel(level, firstIndex, count)),
      ),
    );
  }

  /** Writes the edges of a log of `size` whose complete tiles are not there. Not durable before `sync`. */
  async writeEdges(size: number, edges: readonly LogEdge[]): Promise<void> {
    const tiles = edgeTiles(size);
    await this.append(
      edges.map((edge) =>
        edge.map((hashes, level) => ({
          level: level * TILE_HEIGHT,
          firstIndex: tiles[level]?.firstIndex ?? 0,
          hashes,
        })),
      ),
    );
  }

  async sizeBytes(): Promise<number> {
    const sizes = await this.#forEach(({ tiles }) => tiles.sizeBytes());
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async close(): Promise<void> {
    for (const { tiles } of this.#trees) await tiles.close();
  }

  #evaluate(plan: ProofPlan, size: number): Promise<PathPerSuite> {
    const nodes = nodesOf(plan);
    return this.#forEach(async ({ name, tiles }) => evaluatePlan(name, plan, await tiles.read(nodes, size)));
  }

  #forEach<T>(ask: (tree: Tree) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(this.#trees.map(ask));
  }
}
