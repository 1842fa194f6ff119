import { concatBytes, type HashName, hash, hashLeaves } from '@hufu/crypto';
import { appendLeafHashes, EMPTY_FRONTIER, type Frontier, type ReadHash } from '../src/log.ts';
import { must } from './must.ts';

/** RFC 9162, section 2.1, as recursive as it stands there: the oracle that the log is held against. */
export interface ReferenceLog {
  /** MTH(D_n), section 2.1.1. */
  mth(n: number): Uint8Array;
  /** PATH(m, D_n), section 2.1.3.1. */
  path(m: number, n: number): readonly Uint8Array[];
  /** PROOF(m, D_n), section 2.1.4.1. */
  proof(m: number, n: number): readonly Uint8Array[];
}

/** The definitions over D[start:end] of these leaves; each range is hashed once. */
export function referenceLog(name: HashName, leaves: readonly Uint8Array[]): ReferenceLog {
  const known = new Map<string, Uint8Array>();
  const mth = (start: number, end: number): Uint8Array => {
    const key = `${start}:${end}`;
    const value = known.get(key) ?? compute(start, end);
    known.set(key, value);
    return value;
  };
  const compute = (start: number, end: number): Uint8Array => {
    if (start === end) return hash(name, new Uint8Array(0));
    if (end - start === 1) return hash(name, concatBytes(Uint8Array.of(0), must(leaves[start])));
    const k = start + split(end - start);
    return hash(name, concatBytes(Uint8Array.of(1), mth(start, k), mth(k, end)));
  };
  const path = (m: number, start: number, end: number): readonly Uint8Array[] => {
    if (end - start <= 1) return [];
    const k = start + split(end - start);
    return m < k ? [...path(m, start, k), mth(k, end)] : [...path(m, k, end), mth(start, k)];
  };
  const subproof = (m: number, start: number, end: number, b: boolean): readonly Uint8Array[] => {
    if (m === end) return b ? [] : [mth(start, end)];
    const k = start + split(end - start);
    return m <= k
      ? [...subproof(m, start, k, b), mth(k, end)]
      : [...subproof(m, k, end, false), mth(start, k)];
  };
  return {
    mth: (n) => mth(0, n),
    path: (m, n) => path(m, 0, n),
    proof: (m, n) => subproof(m, 0, n, true),
  };
}

function split(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
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
