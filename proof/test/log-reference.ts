import { concatBytes, type HashName, hash, hashLeaves } from '@hufu/crypto';
import { appendLeafHashes, EMPTY_FRONTIER, type Frontier, type ReadHash } from '../src/log.ts';

/** RFC 9162, section 2.1, written as recursively as it stands there: the oracle that the log is held against. */

const split = (count: number): number => {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
};

/** MTH(D_n), section 2.1.1. */
export function mth(name: HashName, leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return hash(name, new Uint8Array(0));
  if (leaves.length === 1) return hash(name, concatBytes(Uint8Array.of(0), only));
  const k = split(leaves.length);
  return hash(name, concatBytes(Uint8Array.of(1), mth(name, leaves.slice(0, k)), mth(name, leaves.slice(k))));
}

/** PATH(m, D_n), section 2.1.3.1. */
export function path(name: HashName, m: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(name, m, leaves.slice(0, k)), mth(name, leaves.slice(k))]
    : [...path(name, m - k, leaves.slice(k)), mth(name, leaves.slice(0, k))];
}

/** PROOF(m, D_n), section 2.1.4.1. */
export function proof(name: HashName, m: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  return subproof(name, m, leaves, true);
}

function subproof(
  name: HashName,
  m: number,
  leaves: readonly Uint8Array[],
  b: boolean,
): readonly Uint8Array[] {
  if (m === leaves.length) return b ? [] : [mth(name, leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(name, m, leaves.slice(0, k), b), mth(name, leaves.slice(k))]
    : [...subproof(name, m - k, leaves.slice(k), false), mth(name, leaves.slice(0, k))];
}

/** A log with every complete node at hand, grown by appends of the given sizes. */
export interface TestLog {
  readonly frontier: Frontier;
  readonly read: ReadHash;
}

export function growLog(name: HashName, leaves: readonly Uint8Array[], chunks: readonly number[]): TestLog {
  const nodes = new Map<string, Uint8Array>();
  let frontier = EMPTY_FRONTIER;
  let at = 0;
  for (const chunk of [...chunks, leaves.length]) {
    const taken = leaves.slice(at, at + chunk);
    at += taken.length;
    const appended = appendLeafHashes(name, frontier, hashLeaves(name, taken));
    frontier = appended.frontier;
    for (const { level, firstIndex, hashes } of appended.nodes) {
      for (let i = 0; i * 32 < hashes.length; i++) {
        const key = `${level}/${firstIndex + i}`;
        if (nodes.has(key)) throw new Error(`node ${key} came twice`);
        nodes.set(key, hashes.slice(i * 32, i * 32 + 32));
      }
    }
  }
  const read: ReadHash = (level, index) => {
    const found = nodes.get(`${level}/${index}`);
    if (found === undefined) throw new Error(`no node ${level}/${index}`);
    return found;
  };
  return { frontier, read };
}
