import type {
  BlockDetail,
  BlockEvent,
  BlockSummary,
  CertificateFields,
  EvidenceEntry,
  GovernanceEntry,
  HeaderFields,
  LedgerEntry,
  LedgerRecord,
} from '@hufu/api';
import type { Finalization } from '@hufu/consensus';
import { hash, hashOf, type SuiteName, toBase64, toHex } from '@hufu/crypto';
import {
  type CertifiedContext,
  certificatesFromFinalization,
  certificateToJson,
  decodeEntry,
  decodeGovernanceAction,
  decodeHeader,
  type Entry,
  type Header,
  isGovernanceItem,
  parseGovernanceDocument,
} from '@hufu/proof';
import type { DroppedGroup } from '../ledger/types.ts';
import type { BlockRecord, BlockRow, CertifiedBlock, PathPerSuite, StoredEntry } from '../store/types.ts';

/** JSON views of what the store keeps. Digests are keyed by hash, in lower-case hex. */

type DigestsView = { sha256?: string; sm3?: string };
type PathsView = { sha256?: string[]; sm3?: string[] };

export function digestsView(suites: readonly SuiteName[], perSuite: readonly Uint8Array[]): DigestsView {
  const view: DigestsView = {};
  for (const [i, digest] of perSuite.entries()) {
    const suite = suites[i];
    if (suite !== undefined) view[hashOf(suite)] = toHex(digest);
  }
  return view;
}

export function pathsView(suites: readonly SuiteName[], perSuite: PathPerSuite): PathsView {
  const view: PathsView = {};
  for (const [i, path] of perSuite.entries()) {
    const suite = suites[i];
    if (suite !== undefined) view[hashOf(suite)] = path.map(toHex);
  }
  return view;
}

/** The decoded header of a stored block. Throws when the store holds anything else: it wrote the bytes. */
export function headerOf(record: BlockRow): Header {
  const header = decodeHeader(record.headerBytes);
  if (!header.ok) throw new Error(`stored header ${record.block.height}: ${header.error.code}`);
  return header.value;
}

export function blockSummary(suites: readonly SuiteName[], record: BlockRow): BlockSummary {
  const { height, view, timeMs, proposer, logSize } = headerOf(record);
  return {
    height,
    view,
    timeMs,
    proposer,
    logSize,
    entryCount: record.entryCount,
    digests: digestsView(suites, record.block.digests),
  };
}

function headerFields(suites: readonly SuiteName[], header: Header): HeaderFields {
  const { nextValidatorSetDigest } = header;
  return {
    chainId: digestsView(suites, header.chainId),
    epoch: header.epoch,
    height: header.height,
    view: header.view,
    parent: digestsView(suites, header.parent),
    timeMs: header.timeMs,
    proposer: header.proposer,
    refsDigest: toHex(header.refsDigest),
    logSize: header.logSize,
    logRoots: digestsView(suites, header.logRoots),
    stateRoot: digestsView(suites, header.stateRoot),
    validatorSetDigest: digestsView(suites, header.validatorSetDigest),
    ...(nextValidatorSetDigest === undefined
      ? {}
      : { nextValidatorSetDigest: digestsView(suites, nextValidatorSetDigest) }),
  };
}

/** One certificate per suite; `context` is of the block's epoch. */
export function certificatesView(context: CertifiedContext, finalization: Finalization): CertificateFields[] {
  return certificatesFromFinalization(finalization, context).map((certificate) => {
    const json = certificateToJson(certificate);
    return { ...json, signatures: [...json.signatures] };
  });
}

/** `certified` is the first block at or above this one that has its own certificate, `context` of their epoch. */
export function blockDetail(
  context: CertifiedContext,
  record: BlockRecord,
  certified: CertifiedBlock | undefined,
): BlockDetail {
  const { suites } = context.validators;
  const { height } = record.block;
  const certifiedBy = certified?.record.block.height ?? height;
  return {
    header: headerFields(suites, headerOf(record)),
    headerBytes: toBase64(record.headerBytes),
    digests: digestsView(suites, record.block.digests),
    refs: record.block.refs.map(({ origin, seq, digest }) => ({ origin, seq, digest: toHex(digest) })),
    certificates:
      certified !== undefined && certifiedBy === height
        ? certificatesView(context, certified.finalization)
        : [],
    certifiedBy,
    firstIndex: record.firstIndex,
    entryCount: record.entryCount,
    submissions: placed(record),
    dropped: record.dropped.flatMap(droppedView),
  };
}

export function blockEvent(suites: readonly SuiteName[], record: BlockRecord): BlockEvent {
  const { height, timeMs, digests } = record.block;
  return {
    height,
    timeMs,
    logSize: record.firstIndex + record.entryCount,
    entryCount: record.entryCount,
    headerDigest: digestsView(suites, digests),
    submissions: placed(record),
    dropped: record.dropped.flatMap(droppedView),
  };
}

/** What gateways wait for: governance actions are no one's submission. */
function placed(record: BlockRecord): BlockEvent['submissions'] {
  return record.applied.flatMap(({ gateway, firstSerial, count, firstIndex }) =>
    gateway === null ? [] : [{ gateway, firstSerial, count, firstIndex }],
  );
}

/** What is too malformed to name its gateway, or names one that is not registered, concerns no gateway, and is left out. */
function droppedView({ gateway, firstSerial, count, reason }: DroppedGroup): BlockEvent['dropped'][number][] {
  return gateway === null ? [] : [{ gateway, firstSerial, count, reason }];
}

export function entryView(suites: readonly SuiteName[], entry: StoredEntry): LedgerEntry {
  if (!isGovernanceItem(entry.bytes)) return recordView(entry);
  return { ...placeOf(entry), decoded: governanceView(suites, entry) };
}

/** An entry that was found by its serial or by a digest, which only evidence has. */
export function recordView(entry: StoredEntry): LedgerRecord {
  const decoded = decodeEntry(entry.bytes);
  if (!decoded.ok) throw new Error(`stored entry ${entry.index}: ${decoded.error.code}`);
  return { ...placeOf(entry), decoded: evidenceView(decoded.value) };
}

function placeOf({ index, height, timeMs, bytes }: StoredEntry): Omit<LedgerEntry, 'decoded'> {
  return { index, height, timeMs, entry: toBase64(bytes) };
}

function governanceView(suites: readonly SuiteName[], { index, bytes }: StoredEntry): GovernanceEntry {
  const action = decodeGovernanceAction(bytes);
  if (!action.ok) throw new Error(`stored entry ${index}: ${action.error.code}`);
  const { document, approvals } = action.value;
  const parsed = parseGovernanceDocument(document);
  if (!parsed.ok) throw new Error(`stored entry ${index}: ${parsed.error.code}`);
  return {
    kind: 'governance',
    epoch: parsed.value.epoch,
    documentDigests: digestsView(suites, bytesDigests(suites, document)),
    approvals: approvals.map(({ validator }) => validator),
  };
}

/** Digest of the bytes under each suite's hash. */
export function bytesDigests(suites: readonly SuiteName[], bytes: Uint8Array): readonly Uint8Array[] {
  return suites.map((suite) => hash(hashOf(suite), bytes));
}

function evidenceView(entry: Entry): EvidenceEntry {
  const { sha256, sm3 } = entry.digests;
  const { metadataCommitment, templateDigest, supersedes, relatesTo } = entry;
  return {
    kind: 'evidence',
    gateway: entry.gateway,
    serial: entry.serial,
    digests: {
      ...(sha256 === undefined ? {} : { sha256: toHex(sha256) }),
      ...(sm3 === undefined ? {} : { sm3: toHex(sm3) }),
    },
    ...(metadataCommitment === undefined ? {} : { metadataCommitment: toHex(metadataCommitment) }),
    ...(templateDigest === undefined ? {} : { templateDigest: toHex(templateDigest) }),
    claimedTimeMs: entry.claimedTimeMs,
    ...(supersedes === undefined ? {} : { supersedes }),
    ...(relatesTo === undefined ? {} : { relatesTo }),
  };
}
