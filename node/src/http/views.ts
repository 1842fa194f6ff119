import type {
  BlockDetail,
  BlockEvent,
  BlockSummary,
  CertificateFields,
  EvidenceEntry,
  HeaderFields,
  LedgerEntry,
} from '@hufu/api';
import type { Finalization } from '@hufu/consensus';
import { hashOf, type SuiteName, toBase64, toHex } from '@hufu/crypto';
import {
  certificatesFromFinalization,
  certificateToJson,
  decodeEntry,
  decodeHeader,
  type Entry,
  type Header,
} from '@hufu/proof';
import type { DroppedSubmission, LedgerState } from '../ledger/types.ts';
import type { BlockRecord, CertifiedBlock, PathPerSuite, StoredEntry } from '../store/types.ts';

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
function headerOf(record: BlockRecord): Header {
  const header = decodeHeader(record.headerBytes);
  if (!header.ok) throw new Error(`stored header ${record.block.height}: ${header.error.code}`);
  return header.value;
}

export function blockSummary(suites: readonly SuiteName[], record: BlockRecord): BlockSummary {
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

/** One certificate per suite. */
export function certificatesView(state: LedgerState, finalization: Finalization): CertificateFields[] {
  return certificatesFromFinalization(finalization, state).map((certificate) => {
    const json = certificateToJson(certificate);
    return { ...json, signatures: [...json.signatures] };
  });
}

/** `certified` is the first block at or above this one that has its own certificate. */
export function blockDetail(
  state: LedgerState,
  record: BlockRecord,
  certified: CertifiedBlock | undefined,
): BlockDetail {
  const { suites } = state;
  const { height } = record.block;
  const certifiedBy = certified?.record.block.height ?? height;
  return {
    header: headerFields(suites, headerOf(record)),
    headerBytes: toBase64(record.headerBytes),
    digests: digestsView(suites, record.block.digests),
    refs: record.block.refs.map(({ origin, seq, digest }) => ({ origin, seq, digest: toHex(digest) })),
    certificates:
      certified !== undefined && certifiedBy === height
        ? certificatesView(state, certified.finalization)
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

/** What is too malformed to name its gateway concerns no gateway, and is left out. */
function droppedView({
  gateway,
  firstSerial,
  count,
  reason,
}: DroppedSubmission): BlockEvent['dropped'][number][] {
  return gateway === null ? [] : [{ gateway, firstSerial, count, reason }];
}

export function entryView(entry: StoredEntry): LedgerEntry {
  const decoded = decodeEntry(entry.bytes);
  if (!decoded.ok) throw new Error(`stored entry ${entry.index}: ${decoded.error.code}`);
  return {
    index: entry.index,
    height: entry.height,
    timeMs: entry.timeMs,
    entry: toBase64(entry.bytes),
    decoded: evidenceView(decoded.value),
  };
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
