import { equalBytes, hash, hashOf, ok, SUITE_NAMES, type SuiteName } from '@hufu/crypto';
import {
  list,
  object,
  oneOf,
  parseJson,
  readShape,
  type Shape,
  text,
  writeClosedJson,
} from './closed-json.ts';
import type { SuiteDigests } from './header.ts';
import { type Decoded, refuse } from './problems.ts';
import {
  findContradiction,
  NAME,
  type Registry,
  registryShapes,
  registryValidatorSet,
  repeats,
} from './registry.ts';
import type { ValidatorSet } from './validator-set.ts';

export const GENESIS_FORMAT = 'hufu-genesis/1';
export const MAX_GENESIS_BYTES = 524_288;

/** The trust anchor: who takes part and by which rules. Hashed as the exact bytes of its file. */
export interface Genesis extends Registry {
  readonly format: typeof GENESIS_FORMAT;
  /** The network's name. */
  readonly name: string;
  /** ISO 8601, UTC, to the millisecond. */
  readonly createdAt: string;
  readonly suites: readonly SuiteName[];
}

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

const genesisShape: Shape<Genesis> = object<Genesis>({
  format: oneOf(GENESIS_FORMAT),
  name: text(NAME),
  createdAt: text(TIMESTAMP),
  suites: list(oneOf(...SUITE_NAMES), 1, SUITE_NAMES.length),
  ...registryShapes,
});

export interface ParsedGenesis {
  readonly genesis: Genesis;
  /** Digest of the file's bytes under each suite's hash: the chain's identity. */
  readonly chainId: SuiteDigests;
}

/**
 * The genesis read last. A verifier of many bundles meets the same one in each, and checking its keys takes
 * milliseconds. It holds a copy of the bytes, so the answer still depends on the argument alone.
 */
let lastRead: { readonly bytes: Uint8Array; readonly parsed: ParsedGenesis } | undefined;

/**
 * Reads a genesis file. Closed schema, one serialisation (that of `encodeGenesis`), and the rules of
 * docs/spec/genesis.md. Errors: 'genesis-too-large', 'genesis-malformed', 'genesis-not-canonical',
 * 'genesis-inconsistent'.
 */
export function parseGenesis(bytes: Uint8Array): Decoded<ParsedGenesis> {
  if (bytes.length > MAX_GENESIS_BYTES) return refuse('genesis-too-large', `${bytes.length} bytes`);
  if (lastRead !== undefined && equalBytes(lastRead.bytes, bytes)) return ok(lastRead.parsed);
  const read = readShape(parseJson(bytes), genesisShape);
  if (read.type === 'malformed') return refuse('genesis-malformed', read.remark);
  const genesis = read.value;
  if (!equalBytes(writeClosedJson(genesis), bytes)) {
    return refuse('genesis-not-canonical', 'written again it differs');
  }
  const contradiction = findGenesisContradiction(genesis);
  if (contradiction !== undefined) return refuse('genesis-inconsistent', contradiction);
  const parsed = { genesis, chainId: chainIdOf(genesis.suites, bytes) };
  lastRead = { bytes: bytes.slice(), parsed };
  return ok(parsed);
}

/**
 * The genesis file's bytes. Throws an Error for a document that `parseGenesis` would refuse, so that no
 * network starts from one.
 */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const ordered = readShape(genesis, genesisShape);
  if (ordered.type === 'malformed') throw new Error(`genesis: ${ordered.remark}`);
  const bytes = writeClosedJson(ordered.value);
  const parsed = parseGenesis(bytes);
  if (!parsed.ok) throw new Error(`genesis: ${parsed.error.remark}`);
  return bytes;
}

/** Digest of the genesis file under each suite's hash. */
export function chainIdOf(suites: readonly SuiteName[], genesisBytes: Uint8Array): SuiteDigests {
  return suites.map((suite) => hash(hashOf(suite), genesisBytes));
}

/** The validators of epoch 0, which the genesis names. */
export function genesisValidatorSet(genesis: Genesis): ValidatorSet {
  return registryValidatorSet(0, genesis.suites, genesis);
}

/** What in the document breaks a rule of docs/spec/genesis.md; undefined when nothing does. */
function findGenesisContradiction(genesis: Genesis): string | undefined {
  if (!isDate(genesis.createdAt)) return 'createdAt is no date';
  if (repeats(genesis.suites)) return 'a suite is named twice';
  return findContradiction(genesis.suites, genesis);
}

/** Whether the timestamp names a day that exists: writing it again must give the same text. */
function isDate(timestamp: string): boolean {
  const timeMs = Date.parse(timestamp);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString() === timestamp;
}
