import { HASH_BYTES, type HashName, hashOf, ok, SUITE_NAMES } from '@hufu/crypto';
import { bytesFieldSize, ProtoReader, ProtoWriter, varintSize } from './canonical-protobuf.ts';
import { type LogIndex, MAX_TIME_MS, MAX_UINT, toLogIndex } from './numbers.ts';
import { type Decoded, refuse } from './problems.ts';

/** Every hash that a suite brings, in the suites' order. */
export const HASH_NAMES: readonly HashName[] = SUITE_NAMES.map(hashOf);

/** One digest per hash, where known. 32 bytes each. */
export type Digests = { readonly [name in HashName]?: Uint8Array };

/**
 * Evidence as it stands in the log. It names its submitter (`gateway`, `serial`) and carries at least one
 * digest of the content. `claimedTimeMs` is what the submitter says, in ms since 1970; 0 when it says nothing.
 */
export interface EvidenceRecord {
  /** Index in the registry of gateways, 0 … 65535. */
  readonly gateway: number;
  /** Contiguous per gateway, from 0. */
  readonly serial: number;
  readonly digests: Digests;
  /** Root of the salted metadata fields, 32 bytes. */
  readonly metadataCommitment?: Uint8Array;
  /** Digest of the template that the metadata follows, 32 bytes. */
  readonly templateDigest?: Uint8Array;
  readonly claimedTimeMs: number;
  readonly supersedes?: LogIndex;
  readonly relatesTo?: LogIndex;
}

/** A leaf of the log. Other kinds will be further members, told apart by the field number they are under. */
export type Entry = EvidenceRecord;

export const MAX_GATEWAY = 0xffff;

/**
 * Size of the largest entry: everything set and every integer at its greatest. With both digests and a
 * commitment but no template it stays within 160 (a test holds both).
 */
export const MAX_ENTRY_BYTES = 178;

const EVIDENCE = 1;

/** Field numbers of EvidenceRecord in proof/proto/entry.proto. */
const FIELD = {
  gateway: 1,
  serial: 2,
  sha256: 3,
  sm3: 4,
  metadataCommitment: 5,
  templateDigest: 6,
  claimedTimeMs: 7,
  supersedes: 8,
  relatesTo: 9,
} as const;

const DIGEST_FIELD_BYTES = bytesFieldSize(HASH_BYTES);

/**
 * The leaf's bytes (docs/spec/entry.md). Throws a RangeError for a record that breaks the type's rules: what
 * comes from outside is checked by whoever builds the record.
 */
export function encodeEntry(entry: Entry): Uint8Array {
  checkEntry(entry);
  const size = evidenceSize(entry);
  const writer = new ProtoWriter(bytesFieldSize(size));
  writer.open(EVIDENCE, size);
  writer.uint(FIELD.gateway, entry.gateway);
  writer.uint(FIELD.serial, entry.serial);
  if (entry.digests.sha256) writer.bytes(FIELD.sha256, entry.digests.sha256);
  if (entry.digests.sm3) writer.bytes(FIELD.sm3, entry.digests.sm3);
  if (entry.metadataCommitment) writer.bytes(FIELD.metadataCommitment, entry.metadataCommitment);
  if (entry.templateDigest) writer.bytes(FIELD.templateDigest, entry.templateDigest);
  writer.uint(FIELD.claimedTimeMs, entry.claimedTimeMs);
  if (entry.supersedes !== undefined) writer.optionalUint(FIELD.supersedes, entry.supersedes);
  if (entry.relatesTo !== undefined) writer.optionalUint(FIELD.relatesTo, entry.relatesTo);
  return writer.finish();
}

/**
 * The record in a leaf's bytes, only if they are its canonical encoding. The digests are views into `bytes`,
 * not copies. Error: 'entry-malformed'.
 */
export function decodeEntry(bytes: Uint8Array): Decoded<Entry> {
  if (bytes.length > MAX_ENTRY_BYTES) return refuse('entry-malformed', `${bytes.length} bytes`);
  const reader = new ProtoReader(bytes);
  reader.enterRest(EVIDENCE);
  const gateway = reader.uint(FIELD.gateway, MAX_GATEWAY);
  const serial = reader.uint(FIELD.serial, MAX_UINT);
  const sha256 = reader.optionalBytes(FIELD.sha256, HASH_BYTES, HASH_BYTES);
  const sm3 = reader.optionalBytes(FIELD.sm3, HASH_BYTES, HASH_BYTES);
  const metadataCommitment = reader.optionalBytes(FIELD.metadataCommitment, HASH_BYTES, HASH_BYTES);
  const templateDigest = reader.optionalBytes(FIELD.templateDigest, HASH_BYTES, HASH_BYTES);
  const claimedTimeMs = reader.uint(FIELD.claimedTimeMs, MAX_TIME_MS);
  const supersedes = reader.optionalUint(FIELD.supersedes, MAX_UINT);
  const relatesTo = reader.optionalUint(FIELD.relatesTo, MAX_UINT);
  if (sha256 === undefined && sm3 === undefined) reader.fail('no digest');
  if (!reader.done()) return refuse('entry-malformed', reader.reason ?? '');
  // Assigned one by one: spreading optional members costs more than all the reading.
  const digests: Mutable<Digests> = {};
  if (sha256 !== undefined) digests.sha256 = sha256;
  if (sm3 !== undefined) digests.sm3 = sm3;
  const entry: Mutable<Entry> = { gateway, serial, digests, claimedTimeMs };
  if (metadataCommitment !== undefined) entry.metadataCommitment = metadataCommitment;
  if (templateDigest !== undefined) entry.templateDigest = templateDigest;
  if (supersedes !== undefined) entry.supersedes = toLogIndex(supersedes);
  if (relatesTo !== undefined) entry.relatesTo = toLogIndex(relatesTo);
  return ok(entry);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function checkEntry(entry: Entry): void {
  const { sha256, sm3 } = entry.digests;
  if (sha256 === undefined && sm3 === undefined) throw new RangeError('an entry needs a digest');
  checkDigest(sha256);
  checkDigest(sm3);
  checkDigest(entry.metadataCommitment);
  checkDigest(entry.templateDigest);
  if (entry.gateway > MAX_GATEWAY) throw new RangeError(`gateway ${entry.gateway}`);
  if (entry.claimedTimeMs > MAX_TIME_MS) throw new RangeError(`time ${entry.claimedTimeMs}`);
}

function checkDigest(bytes: Uint8Array | undefined): void {
  if (bytes !== undefined && bytes.length !== HASH_BYTES) throw new RangeError(`${bytes.length}-byte digest`);
}

function evidenceSize(entry: Entry): number {
  let size = 0;
  if (entry.gateway !== 0) size += 1 + varintSize(entry.gateway);
  if (entry.serial !== 0) size += 1 + varintSize(entry.serial);
  if (entry.digests.sha256) size += DIGEST_FIELD_BYTES;
  if (entry.digests.sm3) size += DIGEST_FIELD_BYTES;
  if (entry.metadataCommitment) size += DIGEST_FIELD_BYTES;
  if (entry.templateDigest) size += DIGEST_FIELD_BYTES;
  if (entry.claimedTimeMs !== 0) size += 1 + varintSize(entry.claimedTimeMs);
  if (entry.supersedes !== undefined) size += 1 + varintSize(entry.supersedes);
  if (entry.relatesTo !== undefined) size += 1 + varintSize(entry.relatesTo);
  return size;
}
