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
import { openTileStore, type TileStore } from './tile-store.ts';
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

  static async open(directory: string, suites: readonly SuiteName[]): Promise<LogTiles> {
    const trees: Tree[] = [];
    for (const suite of suites) {
      const name = hashOf(suite);
      trees.push({ name, tiles: await openTileStore(join(directory, name), name) });
    }
    return new LogTiles(trees);
  }

  /** Writes the nodes that a block brought into the trees, one list per suite. Not durable before `sync`. */
  async append(nodes: readonly (readonly NewNodes[])[]): Promise<void> {
    await Promise.all(this.#trees.map(({ tiles }, i) => tiles.write(nodes[i] ?? [])));
  }

  async sync(): Promise<void> {
    await Promise.all(this.#trees.map(({ tiles }) => tiles.sync()));
  }

  /** Whether the trees end, at their right edge, as the state says. */
  async matches(frontiers: readonly Frontier[]): Promise<boolean> {
    for (const [i, { tiles }] of this.#trees.entries()) {
      const { size, peaks } = frontiers[i] ?? { size: 0, peaks: [] };
      try {
        const nodes = nodesOf(rootPlan(size));
        const readHash = await tiles.read(nodes);
        const same = nodes.every(({ level, index }, j) => {
          const peak = peaks[j];
          return peak?.level === level && equalBytes(peak.hash, readHash(level, index));
        });
        if (!same) return false;
      } catch {
        return false;
      }
    }
    return true;
  }

  inclusionPath(index: number, size: number): Promise<PathPerSuite> {
    return this.#evaluate(inclusionPlan(index, size));
  }

  consistencyPath(first: number, second: number): Promise<PathPerSuite> {
    return this.#evaluate(consistencyPlan(first, second));
  }

  rangeProof(first: number, count: number, size: number): Promise<PathPerSuite> {
    return this.#evaluate(rangePlan(first, count, size));
  }

  async rootsAt(size: number): Promise<readonly Uint8Array[]> {
    const nodes = nodesOf(rootPlan(size));
    return Promise.all(
      this.#trees.map(async ({ name, tiles }) => rootAt(name, size, await tiles.read(nodes))),
    );
  }

  async sizeBytes(): Promise<number> {
    const sizes = await Promise.all(this.#trees.map(({ tiles }) => tiles.sizeBytes()));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async close(): Promise<void> {
    for (const { tiles } of this.#trees) await tiles.close();
  }

  #evaluate(plan: ProofPlan): Promise<PathPerSuite> {
    const nodes = nodesOf(plan);
    return Promise.all(
      this.#trees.map(async ({ name, tiles }) => evaluatePlan(name, plan, await tiles.read(nodes))),
    );
  }
}
