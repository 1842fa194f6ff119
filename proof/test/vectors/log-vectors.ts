import { type HashName, hashLeaves, toHex, utf8 } from '@hufu/crypto';
import { consistencyPath, inclusionPath, rangeProof, rootAt } from '../../src/index.ts';
import { growLog } from '../log-reference.ts';
import { must } from '../must.ts';
import { hexBytes } from '../network/test-network.ts';

/** The entries of the Certificate Transparency reference implementation's tree. */
export const CT_LEAVES: readonly Uint8Array[] = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(hexBytes);

const hexes = (hashes: readonly Uint8Array[]): readonly string[] => hashes.map(toHex);

/** Roots and every proof of the logs of 0 … 8 of these leaves. */
export function logVector(hashName: HashName): object {
  const { read } = growLog(hashName, CT_LEAVES, []);
  const sizes = Array.from({ length: CT_LEAVES.length + 1 }, (_, size) => size);
  return {
    description: 'Roots and proofs of the Certificate Transparency reference tree (RFC 9162, section 2.1).',
    hash: hashName,
    leaves: hexes(CT_LEAVES),
    leafHashes: CT_LEAVES.map((leaf) => toHex(hashLeaves(hashName, [leaf]))),
    roots: sizes.map((size) => toHex(rootAt(hashName, size, read))),
    inclusion: sizes.flatMap((size) =>
      sizes
        .slice(0, size)
        .map((index) => ({ index, size, path: hexes(inclusionPath(hashName, index, size, read)) })),
    ),
    consistency: sizes.flatMap((second) =>
      sizes
        .slice(0, second + 1)
        .map((first) => ({ first, second, path: hexes(consistencyPath(hashName, first, second, read)) })),
    ),
    ranges: sizes.slice(1, -1).map((count) => ({
      first: 1,
      count,
      size: 8,
      proof: hexes(rangeProof(hashName, 1, count, 8, read)),
    })),
  };
}

/** An inclusion or consistency proof that must not be accepted. */
export type HostileProof = { readonly name: string; readonly attack: string } & (
  | {
      readonly proof: 'inclusion';
      readonly leafHash: string;
      readonly index: number;
      readonly size: number;
      readonly path: readonly string[];
      readonly root: string;
    }
  | {
      readonly proof: 'consistency';
      readonly first: number;
      readonly second: number;
      readonly firstRoot: string;
      readonly secondRoot: string;
      readonly path: readonly string[];
    }
);

const { read } = growLog('sha256', CT_LEAVES, []);
const root = (size: number): string => toHex(rootAt('sha256', size, read));
const leafHash = (index: number): string => toHex(hashLeaves('sha256', [must(CT_LEAVES[index])]));
const inclusion = {
  proof: 'inclusion' as const,
  leafHash: leafHash(5),
  index: 5,
  size: 8,
  path: hexes(inclusionPath('sha256', 5, 8, read)),
  root: root(8),
};
const consistency = {
  proof: 'consistency' as const,
  first: 6,
  second: 8,
  firstRoot: root(6),
  secondRoot: root(8),
  path: hexes(consistencyPath('sha256', 6, 8, read)),
};
const forged = growLog('sha256', CT_LEAVES.with(2, utf8('forged')), []);

export const HOSTILE_PROOFS: readonly HostileProof[] = [
  { name: 'inclusion-at-other-index', attack: 'The neighbouring index.', ...inclusion, index: 4 },
  { name: 'inclusion-in-smaller-log', attack: 'A log of 6 leaves.', ...inclusion, size: 6 },
  { name: 'inclusion-of-other-leaf', attack: 'Another leaf.', ...inclusion, leafHash: leafHash(6) },
  {
    name: 'inclusion-path-short',
    attack: 'The last hash is left out.',
    ...inclusion,
    path: inclusion.path.slice(0, -1),
  },
  {
    name: 'inclusion-path-long',
    attack: 'A hash is appended.',
    ...inclusion,
    path: [...inclusion.path, root(8)],
  },
  {
    name: 'inclusion-path-reversed',
    attack: 'From the root down.',
    ...inclusion,
    path: inclusion.path.toReversed(),
  },
  {
    name: 'inclusion-root-as-leaf',
    attack: 'The root is shown as the only leaf.',
    ...inclusion,
    leafHash: root(8),
    index: 0,
    size: 1,
    path: [],
    root: root(7),
  },
  { name: 'inclusion-index-is-size', attack: 'The index is the size.', ...inclusion, index: 8 },
  {
    name: 'consistency-history-rewritten',
    attack: 'Leaf 2 was replaced between the two sizes.',
    ...consistency,
    secondRoot: toHex(rootAt('sha256', 8, forged.read)),
    path: hexes(consistencyPath('sha256', 6, 8, forged.read)),
  },
  {
    name: 'consistency-backwards',
    attack: 'The log shrank.',
    ...consistency,
    first: 8,
    second: 6,
    firstRoot: root(8),
    secondRoot: root(6),
  },
  {
    name: 'consistency-path-short',
    attack: 'The first hash is left out.',
    ...consistency,
    path: consistency.path.slice(1),
  },
  {
    name: 'consistency-path-long',
    attack: 'A hash is appended.',
    ...consistency,
    path: [...consistency.path, root(8)],
  },
  {
    name: 'consistency-equal-size-other-root',
    attack: 'Two roots for one size: a fork.',
    ...consistency,
    first: 8,
    firstRoot: toHex(rootAt('sha256', 8, forged.read)),
    path: [],
  },
  {
    name: 'consistency-of-empty-log',
    attack: 'The empty log with a root of its own.',
    ...consistency,
    first: 0,
    firstRoot: root(1),
    path: [],
  },
];
