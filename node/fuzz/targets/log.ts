import { asEpoch } from '@hufu/consensus';
import { HASH_BYTES, type HashName, hashOf, toHex } from '@hufu/crypto';
import {
  appendLeaves,
  consistencyPath,
  EMPTY_FRONTIER,
  inclusionFromRange,
  inclusionPath,
  MAX_UINT,
  openRange,
  ProtoReader,
  ProtoWriter,
  rangeProof,
  root,
  verifyConsistency,
  verifyInclusion,
  verifyRange,
} from '@hufu/proof';
import { Violation } from '../../sim/oracles/violation.ts';
import { edgeTiles, frontiersOf } from '../../src/store/log-edge.ts';
import { TILE_HEIGHT } from '../../src/store/tile-store.ts';
import { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES } from '../../src/wire/index.ts';
import { must } from '../corpus.ts';
import type { Target } from '../target.ts';

/** Enough for a complete tile, an incomplete one, and one above. */
const SIZE = 300;
const LEAVES = Array.from({ length: SIZE }, (_, i) => Uint8Array.of(i >> 8, i & 0xff));
const SUITES = ['ed25519-sha256', 'sm2-sm3'] as const;

function logOf(name: HashName) {
  const { frontier, nodes } = appendLeaves(name, EMPTY_FRONTIER, LEAVES);
  const read = (level: number, first: number, count = 1): Uint8Array =>
    must(nodes.find((each) => each.level === level)).hashes.slice(
      first * HASH_BYTES,
      (first + count) * HASH_BYTES,
    );
  const edge = edgeTiles(SIZE).map(({ firstIndex, count }, level) =>
    read(level * TILE_HEIGHT, firstIndex, count),
  );
  return { root: root(name, frontier), edge, read };
}

const LOGS = SUITES.map((suite) => logOf(hashOf(suite)));
const ROOTS = LOGS.map((log) => log.root);
const EDGES = LOGS.map(({ edge }) => edge);

/** The right edge of a log, as a peer tells it, is believed only if it leads to the certified roots. */
const logEdge: Target = {
  name: 'log-edge',
  seeds: [
    encodeMessage({
      epoch: asEpoch(1),
      message: { kind: 'snapshot', epoch: asEpoch(1), leafCount: 9, edges: EDGES },
    }),
  ],
  maxBytes: MAX_MESSAGE_BYTES,
  share: 10,
  accepts(bytes) {
    const decoded = decodeMessage(bytes);
    if (!decoded.ok || decoded.value.message.kind !== 'snapshot') return false;
    const { edges } = decoded.value.message;
    if (frontiersOf(edges, SUITES, SIZE, ROOTS) === undefined) return false;
    if (edges.flat().map(toHex).join() !== EDGES.flat().map(toHex).join())
      throw new Violation('truth', 'another edge than the log has');
    return true;
  },
};

const NAME = 'sha256';
const { read } = must(LOGS[0]);
const ROOT = must(ROOTS[0]);

/** What is proven: a number, and hashes that stand there. */
interface Claim {
  readonly at: number;
  readonly hashes: Uint8Array;
  readonly path: readonly Uint8Array[];
}

const FIELD = { at: 1, hashes: 2, path: 3 } as const;

function encodeClaim({ at, hashes, path }: Claim): Uint8Array {
  const writer = new ProtoWriter(2_048);
  writer.uint(FIELD.at, at);
  writer.bytes(FIELD.hashes, hashes);
  writer.repeatedBytes(FIELD.path, path);
  return writer.finish();
}

/** A verifier of proofs in this log passes only what `isTrue`. */
function proofVerifier(
  name: string,
  claims: readonly Claim[],
  holds: (claim: Claim) => boolean,
  isTrue: (claim: Claim) => boolean,
): Target {
  return {
    name,
    seeds: claims.map(encodeClaim),
    maxBytes: 65_536,
    share: 20,
    accepts(bytes) {
      const reader = new ProtoReader(bytes);
      const at = reader.uint(FIELD.at, MAX_UINT);
      const hashes = reader.optionalBytes(FIELD.hashes, 0, MAX_UINT) ?? new Uint8Array(0);
      const path = reader.repeatedBytes(FIELD.path, 0, MAX_UINT, MAX_UINT);
      const claim = { at, hashes, path };
      if (!reader.done() || !holds(claim)) return false;
      if (!isTrue(claim)) throw new Violation('truth', `proven, and not true, at ${at}: ${toHex(hashes)}`);
      return true;
    },
  };
}

function standsInLog({ at, hashes }: Claim): boolean {
  return Buffer.compare(hashes, read(0, at, hashes.length / HASH_BYTES)) === 0;
}

/** Every leaf of a range that is proven is proven by itself too. */
function rangeHolds({ at, hashes, path }: Claim): boolean {
  if (!verifyRange(NAME, hashes, at, path, SIZE, ROOT)) return false;
  const range = must(openRange(NAME, hashes, at, path, SIZE));
  for (let i = 0; i < range.count; i++) {
    const leaf = hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
    if (!verifyInclusion(NAME, leaf, at + i, SIZE, inclusionFromRange(range, at + i), ROOT))
      throw new Violation('truth', `leaf ${at + i} is in the range and not in the log`);
  }
  return true;
}

/** Indices, and sizes of earlier logs, at and beside the borders of subtrees. */
const PLACES = [0, 1, 2, 127, 128, 255, 256, 257, 298, 299];

function rootOf(size: number): Uint8Array {
  return root(NAME, appendLeaves(NAME, EMPTY_FRONTIER, LEAVES.slice(0, size)).frontier);
}

export const LOG_TARGETS: readonly Target[] = [
  logEdge,
  proofVerifier(
    'inclusion-proof',
    PLACES.map((at) => ({ at, hashes: read(0, at), path: inclusionPath(NAME, at, SIZE, read) })),
    ({ at, hashes, path }) => verifyInclusion(NAME, hashes, at, SIZE, path, ROOT),
    standsInLog,
  ),
  proofVerifier(
    'range-proof',
    PLACES.flatMap((at) =>
      [1, 2, 40]
        .filter((count) => at + count <= SIZE)
        .map((count) => ({
          at,
          hashes: read(0, at, count),
          path: rangeProof(NAME, at, count, SIZE, read),
        })),
    ),
    rangeHolds,
    standsInLog,
  ),
  proofVerifier(
    'consistency-proof',
    [...PLACES, SIZE].map((at) => ({
      at,
      hashes: rootOf(at),
      path: consistencyPath(NAME, at, SIZE, read),
    })),
    ({ at, hashes, path }) => verifyConsistency(NAME, at, SIZE, hashes, ROOT, path),
    ({ at, hashes }) => Buffer.compare(hashes, rootOf(at)) === 0,
  ),
];
