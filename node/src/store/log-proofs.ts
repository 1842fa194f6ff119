import { equalBytes, hashLeaves, hashOf } from '@hufu/crypto';
import {
  decodeHeader,
  EMPTY_FRONTIER,
  type Header,
  inclusionPlan,
  type PlannedHash,
  rangePlan,
  root,
  verifyConsistency,
  verifyInclusion,
} from '@hufu/proof';
import type { LedgerState } from '../ledger/types.ts';
import type { BlockTable } from './block-table.ts';
import type { DamageRecord } from './damage.ts';
import { frontiersOf, type LogEdge } from './log-edge.ts';
import type { LogTiles } from './log-tiles.ts';
import type { PathPerSuite, StoredEntry } from './types.ts';

/** A leaf's hash and its path in one tree, which lead to the root. */
interface Inclusion {
  readonly leafHash: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/**
 * Proofs and edges read from the tiles, each checked against a finalized root before it is handed out. Threat: the tiles have
 * no checksums, so an altered byte would otherwise become a proof that no one can verify. Rejects with the StoreError
 * `tiles-damaged`. Sizes are at most the log's in `state`.
 */
export class LogProofs {
  readonly #tiles: LogTiles;
  readonly #blocks: BlockTable;
  readonly #damage: DamageRecord;

  constructor(tiles: LogTiles, blocks: BlockTable, damage: DamageRecord) {
    this.#tiles = tiles;
    this.#blocks = blocks;
    this.#damage = damage;
  }

  async inclusionPath(state: LedgerState, index: number, size: number): Promise<PathPerSuite> {
    return (await this.#inclusions(state, index, size)).map(({ path }) => path);
  }

  /** As `inclusionPath`, of an entry that must be the leaf: rejects with `batches-damaged` when it is not. */
  async entryPath(state: LedgerState, { index, bytes }: StoredEntry, size: number): Promise<PathPerSuite> {
    const inclusions = await this.#inclusions(state, index, size);
    const isLeaf = inclusions.every(({ leafHash }, i) => {
      const suite = state.suites[i];
      return suite !== undefined && equalBytes(hashLeaves(hashOf(suite), [bytes]), leafHash);
    });
    if (!isLeaf) throw this.#damage.found('batches', `entry ${index} is not the one that was finalized`);
    return inclusions.map(({ path }) => path);
  }

  /** Every hash of a range proof stands in the inclusion path of the range's first leaf or of its last. */
  async rangeProof(state: LedgerState, first: number, count: number, size: number): Promise<PathPerSuite> {
    const last = first + count - 1;
    const ends = await Promise.all([first, last].map((index) => this.#inclusions(state, index, size)));
    const plans = [first, last].map((index) => inclusionPlan(index, size));
    return state.suites.map((_, suite) => {
      const checked = new Map<string, Uint8Array>();
      for (const [end, inclusions] of ends.entries()) {
        for (const [i, hash] of (inclusions[suite]?.path ?? []).entries()) {
          checked.set(keyOf(plans[end]?.[i] ?? []), hash);
        }
      }
      return rangePlan(first, count, size).map((planned) => {
        const hash = checked.get(keyOf(planned));
        if (hash === undefined) throw new Error(`a hash of the range ${first}…${last} is in neither path`);
        return hash;
      });
    });
  }

  async consistencyPath(state: LedgerState, first: number, second: number): Promise<PathPerSuite> {
    const [firstRoots, secondRoots] = await Promise.all([
      this.rootsAt(state, first),
      this.rootsAt(state, second),
    ]);
    return this.#consistency(state, first, firstRoots, second, secondRoots);
  }

  /**
   * Roots of the log's first `size` entries: the last state's, or those in a block's header; within a block, from
   * tiles that are consistent with its header.
   */
  async rootsAt(state: LedgerState, size: number): Promise<readonly Uint8Array[]> {
    if (size === 0) return state.suites.map((suite) => root(hashOf(suite), EMPTY_FRONTIER));
    if (size === state.logSize) {
      return state.suites.map((suite, i) => root(hashOf(suite), state.frontiers[i] ?? EMPTY_FRONTIER));
    }
    const height = await this.#blocks.heightOfIndex(size - 1);
    const row = height === undefined ? undefined : this.#blocks.row(height);
    if (row === undefined) throw new Error(`no block holds entry ${size - 1}`);
    const header = decodeHeader(row.headerBytes);
    if (!header.ok) throw new Error(`stored header of block ${height}: ${header.error.remark}`);
    const { logSize, logRoots } = header.value;
    if (logSize === size) return logRoots;
    const roots = await this.#read(() => this.#tiles.rootsAt(size));
    await this.#consistency(state, size, roots, logSize, logRoots);
    return roots;
  }

  /** The right edge at the end of the block with this header, which other nodes can continue from. */
  async edgesAt(state: LedgerState, { logSize, logRoots }: Header): Promise<readonly LogEdge[]> {
    const edges = await this.#read(() => this.#tiles.edgesAt(logSize));
    if (frontiersOf(edges, state.suites, logSize, logRoots) === undefined) {
      throw this.#damage.found('tiles', `the right edge at ${logSize} does not lead to the roots there`);
    }
    return edges;
  }

  async #inclusions(state: LedgerState, index: number, size: number): Promise<readonly Inclusion[]> {
    const [roots, leaves, paths] = await Promise.all([
      this.rootsAt(state, size),
      this.#read(() => this.#tiles.leafHash(index, size)),
      this.#read(() => this.#tiles.inclusionPath(index, size)),
    ]);
    return state.suites.map((suite, i) => {
      const [leafHash, path, expected] = [leaves[i], paths[i], roots[i]];
      const isProof =
        leafHash !== undefined &&
        path !== undefined &&
        expected !== undefined &&
        verifyInclusion(hashOf(suite), leafHash, index, size, path, expected);
      if (!isProof) {
        throw this.#damage.found(
          'tiles',
          `${hashOf(suite)}: leaf ${index} does not lead to the root at ${size}`,
        );
      }
      return { leafHash, path };
    });
  }

  async #consistency(
    state: LedgerState,
    first: number,
    firstRoots: readonly Uint8Array[],
    second: number,
    secondRoots: readonly Uint8Array[],
  ): Promise<PathPerSuite> {
    const paths = await this.#read(() => this.#tiles.consistencyPath(first, second));
    return state.suites.map((suite, i) => {
      const [firstRoot, secondRoot, path] = [firstRoots[i], secondRoots[i], paths[i]];
      const isProof =
        firstRoot !== undefined &&
        secondRoot !== undefined &&
        path !== undefined &&
        verifyConsistency(hashOf(suite), first, second, firstRoot, secondRoot, path);
      if (!isProof) {
        throw this.#damage.found(
          'tiles',
          `${hashOf(suite)}: the tree at ${second} does not go on from the one at ${first}`,
        );
      }
      return path;
    });
  }

  /** Files that are too short, or cannot be read, are damage like any other. */
  async #read<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw this.#damage.found('tiles', error instanceof Error ? error.message : String(error), error);
    }
  }
}

/** Names a hash by the nodes that it is folded from. */
function keyOf(planned: PlannedHash): string {
  return planned.map(({ level, index }) => `${level}/${index}`).join(' ');
}
