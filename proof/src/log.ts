import {
  concatBytes,
  equalBytes,
  HASH_BYTES,
  type HashName,
  hash,
  hashLeaves,
  hashPairs,
} from '@hufu/crypto';
import {
  consistencyPlan,
  inclusionPlan,
  type NodeId,
  type PlannedHash,
  type ProofPlan,
  rangePlan,
  rootPlan,
} from './log-plan.ts';

/**
 * The Merkle log of RFC 9162, section 2, for any hash: leaf H(0x00 ‖ entry), node H(0x01 ‖ left ‖ right), root
 * of the empty log H(""). All hashes are 32 bytes; lists of them that are produced level by level are packed
 * into one array, 32 bytes each.
 */

/**
 * The log's right edge: the complete subtrees it falls into, largest first, one for each 1 in the binary form
 * of `size`. Enough to append and to give the root. Immutable: appending makes a new one.
 */
export interface Frontier {
  readonly size: number;
  readonly peaks: readonly Peak[];
}

export interface Peak {
  readonly level: number;
  readonly hash: Uint8Array;
}

export const EMPTY_FRONTIER: Frontier = { size: 0, peaks: [] };

/** Complete nodes (level, firstIndex …) that an append brought into being, packed. */
export interface NewNodes {
  readonly level: number;
  readonly firstIndex: number;
  readonly hashes: Uint8Array;
}

export interface Appended {
  readonly frontier: Frontier;
  /** One per level, leaves first. Together with the earlier ones, all that any later proof reads. */
  readonly nodes: readonly NewNodes[];
}

/** Reads the hash of a complete node; what is not in the log is a broken invariant, on which it throws. */
export type ReadHash = (level: number, index: number) => Uint8Array;

/** Appends leaves, given as entries' bytes. */
export function appendLeaves(name: HashName, frontier: Frontier, leaves: readonly Uint8Array[]): Appended {
  return appendLeafHashes(name, frontier, hashLeaves(name, leaves));
}

/** Appends leaves that are already hashed; packed. Throws a RangeError when not a whole number of hashes. */
export function appendLeafHashes(name: HashName, frontier: Frontier, leafHashes: Uint8Array): Appended {
  const count = countOf(leafHashes);
  if (count === 0) return { frontier, nodes: [] };
  const untouched = [...frontier.peaks];
  const peaks: Peak[] = [];
  const nodes: NewNodes[] = [];
  let fresh = leafHashes;
  let firstIndex = frontier.size;
  for (let level = 0; fresh.length > 0; level++) {
    nodes.push({ level, firstIndex, hashes: fresh });
    // An odd start means that the left neighbour, a peak until now, was waiting for this sibling.
    const waiting = firstIndex % 2 === 1 ? untouched.pop() : undefined;
    const row = waiting === undefined ? fresh : concatBytes(waiting.hash, fresh);
    const paired = Math.floor(countOf(row) / 2) * 2 * HASH_BYTES;
    if (paired < row.length) peaks.push({ level, hash: row.slice(paired) });
    fresh = hashPairs(name, row.subarray(0, paired));
    firstIndex = Math.floor(firstIndex / 2);
  }
  return { frontier: { size: frontier.size + count, peaks: [...untouched, ...peaks.reverse()] }, nodes };
}

/** Root of the log that ends in this frontier. */
export function root(name: HashName, frontier: Frontier): Uint8Array {
  return fold(
    name,
    frontier.peaks.map((peak) => peak.hash),
  );
}

/** Root of the first `size` leaves. */
export function rootAt(name: HashName, size: number, readHash: ReadHash): Uint8Array {
  return evaluatePlan(name, rootPlan(size), readHash)[0] ?? fold(name, []);
}

/** RFC 9162, section 2.1.3.1. Throws a RangeError unless 0 ≤ index < size. */
export function inclusionPath(
  name: HashName,
  index: number,
  size: number,
  readHash: ReadHash,
): readonly Uint8Array[] {
  return evaluatePlan(name, inclusionPlan(index, size), readHash);
}

/** RFC 9162, section 2.1.4.1; empty for first = 0 and first = second. Throws a RangeError unless first ≤ second. */
export function consistencyPath(
  name: HashName,
  first: number,
  second: number,
  readHash: ReadHash,
): readonly Uint8Array[] {
  return evaluatePlan(name, consistencyPlan(first, second), readHash);
}

/** Proof of the leaves first … first + count − 1 in a log of `size`: the inclusion path when there is one. */
export function rangeProof(
  name: HashName,
  first: number,
  count: number,
  size: number,
  readHash: ReadHash,
): readonly Uint8Array[] {
  return evaluatePlan(name, rangePlan(first, count, size), readHash);
}

/** The hashes that a plan asks for. */
export function evaluatePlan(name: HashName, plan: ProofPlan, readHash: ReadHash): readonly Uint8Array[] {
  const read = (node: NodeId): Uint8Array => readHash(node.level, node.index);
  return plan.map((planned: PlannedHash) => fold(name, planned.map(read)));
}

/**
 * Whether `path` leads from the leaf hash at `index` to `expectedRoot` in a log of `size`
 * (RFC 9162, section 2.1.3.2, whose variable names these are). False for any malformed argument.
 */
export function verifyInclusion(
  name: HashName,
  leafHash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  expectedRoot: Uint8Array,
): boolean {
  if (!isUint(index) || !isUint(size) || index >= size || !areHashes([leafHash, ...path])) return false;
  let fn = index;
  let sn = size - 1;
  let r = leafHash;
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(name, p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      r = nodeHash(name, r, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(r, expectedRoot);
}

/**
 * Whether the log of `second` leaves with `secondRoot` begins with the log of `first` leaves and `firstRoot`
 * (RFC 9162, section 2.1.4.2). Of equal sizes the roots must be equal and the path empty; every log begins with
 * the empty one. False for any malformed argument.
 */
export function verifyConsistency(
  name: HashName,
  first: number,
  second: number,
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!isUint(first) || !isUint(second) || first > second) return false;
  if (!areHashes([firstRoot, secondRoot, ...path])) return false;
  if (first === second) return path.length === 0 && equalBytes(firstRoot, secondRoot);
  if (first === 0) return path.length === 0 && equalBytes(firstRoot, fold(name, []));
  // When `first` is a power of two its root is itself a node of the new tree and is not repeated in the path.
  let fn = first - 1;
  let sn = second - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  const [seed, ...rest] = fn === 0 ? [firstRoot, ...path] : path;
  if (seed === undefined) return false;
  let fr = seed;
  let sr = seed;
  for (const c of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(name, c, fr);
      sr = nodeHash(name, c, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(name, sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(fr, firstRoot) && equalBytes(sr, secondRoot);
}

/** Root over hashes of subtrees, left to right; of none H(""). */
function fold(name: HashName, hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return hash(name, new Uint8Array(0));
  return hashes.reduceRight((right, left) => nodeHash(name, left, right));
}

function nodeHash(name: HashName, left: Uint8Array, right: Uint8Array): Uint8Array {
  return hashPairs(name, concatBytes(left, right));
}

/** How many hashes are packed. */
function countOf(hashes: Uint8Array): number {
  if (hashes.length % HASH_BYTES !== 0) throw new RangeError(`${hashes.length} bytes of hashes`);
  return hashes.length / HASH_BYTES;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((bytes) => bytes.length === HASH_BYTES);
}

function isUint(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
