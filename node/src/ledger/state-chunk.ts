import { HASH_BYTES, hashLeaves, hashOf, type SuiteName } from '@hufu/crypto';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type NewNodes,
  rangeProof,
  type SuiteDigests,
  verifyRange,
} from '@hufu/proof';

/** Bytes of leaves in one chunk, unless it has a single leaf that is larger. */
const MAX_CHUNK_BYTES = 65_536;

/** Consecutive leaves of a state, proven to be in it. */
export interface StateChunkBody {
  /** Position of the first leaf in `stateLeaves`. */
  readonly first: number;
  /** At least one. */
  readonly leaves: readonly Uint8Array[];
  /** Per suite, the range proof of the leaves (docs/spec/log.md). */
  readonly paths: readonly (readonly Uint8Array[])[];
}

/** What a chunk is checked against; `stateRoot` is of a certified header, `leafCount` is what a peer says. */
export interface ChunkedState {
  readonly suites: readonly SuiteName[];
  readonly leafCount: number;
  readonly stateRoot: SuiteDigests;
}

/**
 * As many leaves from `first` on as fit into a chunk, at least one, of the state that has these `leaves`. Undefined
 * when it has no leaf `first`.
 */
export function chunkFrom(
  leaves: readonly Uint8Array[],
  suites: readonly SuiteName[],
  first: number,
): StateChunkBody | undefined {
  if (!Number.isSafeInteger(first) || first < 0 || first >= leaves.length) return undefined;
  const count = countFrom(leaves, first);
  const paths = suites.map((suite) => pathOf(leaves, suite, first, count));
  return { first, leaves: leaves.slice(first, first + count), paths };
}

/**
 * Whether the chunk is of the state with this root, whoever sent it. The root of an RFC 9162 tree does not commit to
 * the number of its leaves: under a wrong `leafCount` a genuine chunk may be refused, or a genuine leaf pass for one at
 * another position. So the state that chunks make up is itself checked as a whole at the end, with `stateRoots`.
 */
export function isChunkOf(chunk: StateChunkBody, { suites, leafCount, stateRoot }: ChunkedState): boolean {
  const { first, leaves, paths } = chunk;
  if (paths.length !== suites.length) return false;
  return suites.every((suite, i) => {
    const [path, root] = [paths[i], stateRoot[i]];
    if (path === undefined || root === undefined) return false;
    const name = hashOf(suite);
    return verifyRange(name, hashLeaves(name, leaves), first, path, leafCount, root);
  });
}

function countFrom(leaves: readonly Uint8Array[], first: number): number {
  let sizeBytes = 0;
  for (let at = first; at < leaves.length; at++) {
    sizeBytes += leaves[at]?.length ?? 0;
    if (sizeBytes > MAX_CHUNK_BYTES) return Math.max(1, at - first);
  }
  return leaves.length - first;
}

function pathOf(
  leaves: readonly Uint8Array[],
  suite: SuiteName,
  first: number,
  count: number,
): readonly Uint8Array[] {
  const name = hashOf(suite);
  const { nodes } = appendLeaves(name, EMPTY_FRONTIER, leaves);
  return rangeProof(name, first, count, leaves.length, (level, index) => nodeAt(nodes, level, index));
}

function nodeAt(nodes: readonly NewNodes[], level: number, index: number): Uint8Array {
  const at = index * HASH_BYTES;
  const hashes = nodes[level]?.hashes ?? new Uint8Array(0);
  if (at >= hashes.length) throw new RangeError(`no node ${level}/${index}`);
  return hashes.slice(at, at + HASH_BYTES);
}
