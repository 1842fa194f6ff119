import { concatBytes, equalBytes, HASH_BYTES, type HashName, hashPairs } from '@hufu/crypto';
import { climb } from './log-plan.ts';

/**
 * Consecutive leaves proven together. One range proof replaces a path per leaf: from it and the leaves' own
 * hashes follow the root and every leaf's inclusion path.
 */
export interface ProvenRange {
  readonly first: number;
  readonly count: number;
  readonly size: number;
  /** The root that the proof leads to. It says nothing until compared with one that is certified. */
  readonly root: Uint8Array;
  readonly levels: readonly RangeLevel[];
}

/** The nodes of one level from `low` on, packed, the siblings that the proof supplied included. */
interface RangeLevel {
  readonly low: number;
  readonly hashes: Uint8Array;
}

/**
 * Computes the tree over a range upwards. `leafHashes` is packed, 32 bytes for each leaf from `first` on.
 * Undefined when the arguments do not fit each other: no leaves, leaves outside the log, or a proof that is too
 * short, too long, or not of hashes.
 */
export function openRange(
  name: HashName,
  leafHashes: Uint8Array,
  first: number,
  proof: readonly Uint8Array[],
  size: number,
): ProvenRange | undefined {
  const count = leafHashes.length / HASH_BYTES;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(size) || !Number.isSafeInteger(count))
    return undefined;
  if (first < 0 || count < 1 || first + count > size) return undefined;
  if (proof.some((hash) => hash.length !== HASH_BYTES)) return undefined;
  const levels: RangeLevel[] = [];
  const supplied = proof.values();
  let nodes = leafHashes;
  for (const step of climb(first, count, size)) {
    const left = step.left ? supplied.next().value : NOTHING;
    const right = step.right ? supplied.next().value : NOTHING;
    if (left === undefined || right === undefined) return undefined;
    const row = concatBytes(left, nodes, right);
    levels.push({ low: step.left ? step.low - 1 : step.low, hashes: row });
    nodes = parents(name, row);
  }
  if (supplied.next().done !== true) return undefined;
  return { first, count, size, root: nodes, levels };
}

/** Whether the leaves with these packed hashes stand from `first` on in the log of `size` with `expectedRoot`. */
export function verifyRange(
  name: HashName,
  leafHashes: Uint8Array,
  first: number,
  proof: readonly Uint8Array[],
  size: number,
  expectedRoot: Uint8Array,
): boolean {
  const range = openRange(name, leafHashes, first, proof, size);
  return range !== undefined && equalBytes(range.root, expectedRoot);
}

/**
 * The inclusion path of leaf `index`, as RFC 9162 has it. Throws a RangeError for a leaf that is not in the
 * range.
 */
export function inclusionFromRange(range: ProvenRange, index: number): readonly Uint8Array[] {
  if (!Number.isSafeInteger(index) || index < range.first || index >= range.first + range.count) {
    throw new RangeError(`leaf ${index} is not in ${range.first}…${range.first + range.count - 1}`);
  }
  const path: Uint8Array[] = [];
  let node = index;
  for (const { low, hashes } of range.levels) {
    const at = ((node % 2 === 0 ? node + 1 : node - 1) - low) * HASH_BYTES;
    // Past the row's end: the node is the level's last and has no sibling.
    if (at < hashes.length) path.push(hashes.slice(at, at + HASH_BYTES));
    node = Math.floor(node / 2);
  }
  return path;
}

const NOTHING = new Uint8Array(0);

/** The next level: nodes paired from the left, which stands at an even index; a last one without sibling moves up. */
function parents(name: HashName, row: Uint8Array): Uint8Array {
  const paired = row.length - (row.length % (2 * HASH_BYTES));
  const hashed = hashPairs(name, row.subarray(0, paired));
  return paired === row.length ? hashed : concatBytes(hashed, row.subarray(paired));
}
