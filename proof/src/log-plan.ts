/**
 * Which hashes a proof over the log consists of. A log of `size` leaves is the tree of RFC 9162, section 2.1.1.
 * Node (level, index) covers the leaves from index·2^level on, 2^level of them, or up to the end of the log at
 * the right edge. Only complete nodes never change, so only they are stored; a node cut off by the edge is
 * folded from complete ones. Everything here is arithmetic on sizes: a store can fetch what `nodesOf` lists,
 * as it likes, before the proof is put together.
 */

/** A complete subtree: the leaves index·2^level … (index+1)·2^level − 1, all of them in the log. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** One hash of a proof: complete subtrees, left to right, that fold into it. */
export type PlannedHash = readonly NodeId[];

/** The hashes of a proof, in the proof's order. */
export type ProofPlan = readonly PlannedHash[];

/** Every node that a plan reads. */
export function nodesOf(plan: ProofPlan): readonly NodeId[] {
  return plan.flat();
}

/** The root of the first `size` leaves: one hash, or none for an empty log. Throws a RangeError for a bad size. */
export function rootPlan(size: number): ProofPlan {
  checkRange(0, size, size);
  return size === 0 ? [] : [span(0, size)];
}

/** Inclusion of leaf `index` in a log of `size` (RFC 9162, section 2.1.3.1), from the leaf up. */
export function inclusionPlan(index: number, size: number): ProofPlan {
  return rangePlan(index, 1, size);
}

/**
 * What proves `count` ≥ 1 consecutive leaves at once: the siblings of the nodes that cover them, from the
 * leaves up, the left one before the right one. Of one leaf it is the inclusion path.
 */
export function rangePlan(first: number, count: number, size: number): ProofPlan {
  checkRange(first, first + count, size);
  if (count < 1) throw new RangeError('a range of no leaves');
  const plan: PlannedHash[] = [];
  for (const step of climb(first, count, size)) {
    if (step.left) plan.push(nodeSpan(step.level, step.low - 1, size));
    if (step.right) plan.push(nodeSpan(step.level, step.high + 1, size));
  }
  return plan;
}

/** Consistency of the log at `first` with the log at `second` ≥ first (RFC 9162, section 2.1.4.1). */
export function consistencyPlan(first: number, second: number): ProofPlan {
  checkRange(0, first, second);
  if (first === 0 || first === second) return [];
  // SUBPROOF(m, D[start:end], complete), walked down; the recursion appends, so the list is reversed at the end.
  const downward: PlannedHash[] = [];
  let start = 0;
  let end = second;
  while (end !== first) {
    const split = start + 2 ** levelWithin(end - start - 1);
    if (first <= split) {
      downward.push(span(split, end));
      end = split;
    } else {
      downward.push(span(start, split));
      start = split;
    }
  }
  // The old root is known to whoever checks unless it is a part of the new tree's left edge only.
  if (start > 0) downward.push(span(start, end));
  return downward.reverse();
}

/** One level of the way from a range of leaves up to the root. */
export interface ClimbStep {
  readonly level: number;
  /** First and last node of this level that cover leaves of the range. */
  readonly low: number;
  readonly high: number;
  /** Whether the proof supplies the node before `low`, and the one after `high`. */
  readonly left: boolean;
  readonly right: boolean;
}

/** The levels below the root; at each the nodes low … high and the supplied siblings pair up without rest. */
export function* climb(first: number, count: number, size: number): Generator<ClimbStep> {
  let low = first;
  let high = first + count - 1;
  let last = size - 1;
  for (let level = 0; last > 0; level++) {
    // The level's last node has no sibling when its index is even: it moves up as it is.
    yield { level, low, high, left: low % 2 === 1, right: high % 2 === 0 && high < last };
    low = Math.floor(low / 2);
    high = Math.floor(high / 2);
    last = Math.floor(last / 2);
  }
}

function nodeSpan(level: number, index: number, size: number): PlannedHash {
  const width = 2 ** level;
  return span(index * width, Math.min((index + 1) * width, size));
}

/** Complete subtrees of the leaves start … end − 1; `start` is a multiple of the power of two not below their number. */
function span(start: number, end: number): PlannedHash {
  const nodes: NodeId[] = [];
  let at = start;
  while (at < end) {
    const level = levelWithin(end - at);
    const width = 2 ** level;
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** Level of the largest complete subtree within `count` ≥ 1 leaves. Not by Math.log2, which rounds up near 2^48. */
function levelWithin(count: number): number {
  let level = 0;
  while (2 ** (level + 1) <= count) level++;
  return level;
}

function checkRange(start: number, end: number, size: number): void {
  const safe = [start, end, size].every((value) => Number.isSafeInteger(value));
  if (!safe || start < 0 || start > end || end > size) {
    throw new RangeError(`leaves ${start}…${end} of ${size}`);
  }
}
