import { err, HASH_BYTES, type HashName, hashPairs, ok, type Result } from '@hufu/crypto';
import { verifyInclusion } from '@hufu/proof';

/** A run of consecutive leaves: every tree node stands for one. */
export interface LeafRange {
  readonly first: number;
  readonly count: number;
}

/** One step up the tree: the node so far is joined with its sibling into `result`. */
export interface PathStep {
  /** On which side of the node the sibling stands. */
  readonly siblingSide: 'left' | 'right';
  readonly sibling: Uint8Array;
  readonly siblingCovers: LeafRange;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  /** H(0x01 ‖ left ‖ right), computed here. */
  readonly result: Uint8Array;
  readonly covers: LeafRange;
}

export interface PathModel {
  readonly hashName: HashName;
  readonly leafHash: Uint8Array;
  /** From the leaf's parent to the root; empty in a log of one record. */
  readonly steps: readonly PathStep[];
  readonly computedRoot: Uint8Array;
  readonly expectedRoot: Uint8Array;
  readonly matches: boolean;
}

export interface Join {
  readonly siblingSide: 'left' | 'right';
  readonly siblingCovers: LeafRange;
  readonly covers: LeafRange;
}

/**
 * The joins from leaf `index` to the root of a log of `size` leaves, leaf first. RFC 9162, section 2.1.1: a
 * tree of n > 1 leaves splits at k, the largest power of two below n. 0 ≤ index < size.
 */
export function joins(index: number, size: number): Join[] {
  const downward: Join[] = [];
  let covers: LeafRange = { first: 0, count: size };
  while (covers.count > 1) {
    let k = 1;
    while (k * 2 < covers.count) k *= 2;
    const left = { first: covers.first, count: k };
    const right = { first: covers.first + k, count: covers.count - k };
    const goesLeft = index < right.first;
    downward.push({
      siblingSide: goesLeft ? 'right' : 'left',
      siblingCovers: goesLeft ? right : left,
      covers,
    });
    covers = goesLeft ? left : right;
  }
  return downward.reverse();
}

/**
 * Recomputes an inclusion path node by node, so that it can be drawn. What decides (`matches`) is @hufu/proof's
 * verifyInclusion; this shows how it comes about, and a test holds the two together.
 * @param path the siblings, leaf first, as RFC 9162, section 2.1.3, orders them.
 */
export function pathModel(
  hashName: HashName,
  leafHash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  expectedRoot: Uint8Array,
): Result<PathModel, 'index-beyond-log' | 'path-length'> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    return err('index-beyond-log');
  }
  const plan = joins(index, size);
  if (plan.length !== path.length) return err('path-length');
  const steps: PathStep[] = [];
  let node = leafHash;
  for (const [depth, join] of plan.entries()) {
    const sibling = path[depth] ?? leafHash;
    const [left, right] = join.siblingSide === 'left' ? [sibling, node] : [node, sibling];
    const pair = new Uint8Array(2 * HASH_BYTES);
    pair.set(left);
    pair.set(right, HASH_BYTES);
    node = hashPairs(hashName, pair);
    steps.push({ ...join, sibling, left, right, result: node });
  }
  const matches = verifyInclusion(hashName, leafHash, index, size, path, expectedRoot);
  return ok({ hashName, leafHash, steps, computedRoot: node, expectedRoot, matches });
}
