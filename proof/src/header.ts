import {
  asEpoch,
  asHeight,
  asValidatorIndex,
  asView,
  type BatchRef,
  type Epoch,
  type Height,
  MAX_VALIDATORS,
  type ValidatorIndex,
  type View,
} from '@hufu/consensus';
import {
  concatBytes,
  HASH_BYTES,
  type HashName,
  hash,
  hashOf,
  ok,
  SUITE_NAMES,
  type SuiteName,
  u64be,
  utf8,
} from '@hufu/crypto';
import { ProtoReader, ProtoWriter } from './canonical-protobuf.ts';
import { MAX_TIME_MS, MAX_UINT } from './numbers.ts';
import { type Decoded, refuse } from './problems.ts';

/** One 32-byte digest per suite, in the genesis's suite order. */
export type SuiteDigests = readonly Uint8Array[];

/**
 * What the validators agree on for one height. The log's size and roots, and the state's root, are those after
 * the block's own entries, so one header proves everything up to it. The genesis block (height 0, view 0) has
 * no header; its digests are the chain id's.
 */
export interface Header {
  readonly chainId: SuiteDigests;
  readonly epoch: Epoch;
  /** From 1. */
  readonly height: Height;
  /** From 1. */
  readonly view: View;
  /** Digests of the parent's header; at height 1 those of the chain id. */
  readonly parent: SuiteDigests;
  /** Ms since 1970, later than the parent's. */
  readonly timeMs: number;
  readonly proposer: ValidatorIndex;
  /** `refsDigest` of the block's batch references, first suite's hash. */
  readonly refsDigest: Uint8Array;
  readonly logSize: number;
  readonly logRoots: SuiteDigests;
  readonly stateRoot: SuiteDigests;
  readonly validatorSetDigest: SuiteDigests;
  /** Present in the last header of an epoch only. */
  readonly nextValidatorSetDigest?: SuiteDigests;
}

/** Two suites: six lists of two digests, one digest and the integers, rounded up. */
export const MAX_HEADER_BYTES = 512;

const FIELD = {
  chainId: 1,
  epoch: 2,
  height: 3,
  view: 4,
  parent: 5,
  timeMs: 6,
  proposer: 7,
  refsDigest: 8,
  logSize: 9,
  logRoots: 10,
  stateRoot: 11,
  validatorSetDigest: 12,
  nextValidatorSetDigest: 13,
} as const;

/** The header's canonical bytes (docs/spec/header.md). */
export function encodeHeader(header: Header): Uint8Array {
  const writer = new ProtoWriter(MAX_HEADER_BYTES);
  writer.repeatedBytes(FIELD.chainId, header.chainId);
  writer.uint(FIELD.epoch, header.epoch);
  writer.uint(FIELD.height, header.height);
  writer.uint(FIELD.view, header.view);
  writer.repeatedBytes(FIELD.parent, header.parent);
  writer.uint(FIELD.timeMs, header.timeMs);
  writer.uint(FIELD.proposer, header.proposer);
  writer.bytes(FIELD.refsDigest, header.refsDigest);
  writer.uint(FIELD.logSize, header.logSize);
  writer.repeatedBytes(FIELD.logRoots, header.logRoots);
  writer.repeatedBytes(FIELD.stateRoot, header.stateRoot);
  writer.repeatedBytes(FIELD.validatorSetDigest, header.validatorSetDigest);
  writer.repeatedBytes(FIELD.nextValidatorSetDigest, header.nextValidatorSetDigest ?? []);
  return writer.finish();
}

/** The header in `bytes`, only if they are its canonical encoding. Error: 'header-malformed'. */
export function decodeHeader(bytes: Uint8Array): Decoded<Header> {
  if (bytes.length > MAX_HEADER_BYTES) return refuse('header-malformed', `${bytes.length} bytes`);
  const reader = new ProtoReader(bytes);
  const chainId = digests(reader, FIELD.chainId);
  const epoch = reader.uint(FIELD.epoch, MAX_UINT);
  const height = reader.uint(FIELD.height, MAX_UINT);
  const view = reader.uint(FIELD.view, MAX_UINT);
  const parent = digests(reader, FIELD.parent);
  const timeMs = reader.uint(FIELD.timeMs, MAX_TIME_MS);
  const proposer = reader.uint(FIELD.proposer, MAX_VALIDATORS - 1);
  const refsDigest = reader.requiredBytes(FIELD.refsDigest, HASH_BYTES, HASH_BYTES);
  const logSize = reader.uint(FIELD.logSize, MAX_UINT);
  const logRoots = digests(reader, FIELD.logRoots);
  const stateRoot = digests(reader, FIELD.stateRoot);
  const validatorSetDigest = digests(reader, FIELD.validatorSetDigest);
  const nextValidatorSetDigest = digests(reader, FIELD.nextValidatorSetDigest);
  if (height === 0 || view === 0) reader.fail('height and view start at 1');
  const suites = chainId.length;
  const perSuite = [parent, logRoots, stateRoot, validatorSetDigest];
  if (nextValidatorSetDigest.length > 0) perSuite.push(nextValidatorSetDigest);
  if (suites === 0 || perSuite.some((list) => list.length !== suites))
    reader.fail('not one digest per suite');
  if (!reader.done()) return refuse('header-malformed', reader.reason ?? '');
  return ok({
    chainId,
    epoch: asEpoch(epoch),
    height: asHeight(height),
    view: asView(view),
    parent,
    timeMs,
    proposer: asValidatorIndex(proposer),
    refsDigest,
    logSize,
    logRoots,
    stateRoot,
    validatorSetDigest,
    ...(nextValidatorSetDigest.length > 0 && { nextValidatorSetDigest }),
  });
}

/** The header's digest under each suite's hash: of its encoded bytes, nothing before them. */
export function headerDigests(suites: readonly SuiteName[], bytes: Uint8Array): SuiteDigests {
  return suites.map((suite) => hash(hashOf(suite), bytes));
}

/**
 * Digest of a block's batch references: `hufu/refs/v1`, a zero byte, their number, then each one's origin, seq
 * and digest; integers as u64be. `hashName` is the first suite's.
 */
export function refsDigest(hashName: HashName, refs: readonly BatchRef[]): Uint8Array {
  const parts = refs.flatMap((ref) => [u64be(ref.origin), u64be(ref.seq), ref.digest]);
  return hash(hashName, concatBytes(utf8('hufu/refs/v1'), Uint8Array.of(0), u64be(refs.length), ...parts));
}

function digests(reader: ProtoReader, field: number): Uint8Array[] {
  return reader.repeatedBytes(field, HASH_BYTES, HASH_BYTES, SUITE_NAMES.length);
}
