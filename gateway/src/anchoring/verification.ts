import type { BlockDetail, Paths } from '@hufu/api';
import { fromBase64, fromHex, hashLeaves, type Result } from '@hufu/crypto';
import {
  certificateFromJson,
  certifies,
  decodeEntry,
  decodeHeader,
  type FinalityCertificate,
  type Header,
  headerDigests,
  parseBundle,
  type Submission,
  type ValidatorSet,
  verify,
  verifyFinalityCertificate,
  verifyRange,
} from '@hufu/proof';
import type { GatewayIdentity } from '../config/identity.ts';

/** A header that is final: a quorum signed it under every suite. */
export interface VerifiedHeader {
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly certificates: readonly FinalityCertificate[];
}

/** The epoch of the header that a node shows, which says whose signatures count. The error says what was wrong. */
export function readEpoch({ headerBytes }: Pick<BlockDetail, 'headerBytes'>): Result<number, string> {
  const header = readHeader(headerBytes);
  return header.ok ? { ok: true, value: header.value.header.epoch } : header;
}

/**
 * Checks that a block as a node shows it is final on this chain: one certificate per suite, each verified
 * against its epoch's validators and about these very header bytes. The error says what was wrong.
 */
export function verifyHeader(
  identity: GatewayIdentity,
  validators: ValidatorSet,
  block: Pick<BlockDetail, 'headerBytes' | 'certificates'>,
): Result<VerifiedHeader, string> {
  const { suites } = identity.genesis;
  const read = readHeader(block.headerBytes);
  if (!read.ok) return read;
  const { header, headerBytes } = read.value;
  if (block.certificates.length !== suites.length) return refuse('not one certificate per suite');
  const digests = headerDigests(suites, headerBytes);
  const certificates: FinalityCertificate[] = [];
  for (const [i, suite] of suites.entries()) {
    const certificate = certificateFromJson(block.certificates[i]);
    if (!certificate.ok) return refuse(`the ${suite} certificate: ${certificate.error.code}`);
    if (certificate.value.suite !== suite || !certifies(certificate.value, { ...header, digests }, suites)) {
      return refuse(`the ${suite} certificate is of another block`);
    }
    const signers = verifyFinalityCertificate(certificate.value, {
      chainId: identity.chainId,
      validators,
    });
    if (!signers.ok) return refuse(`the ${suite} certificate: ${signers.error.code}`);
    certificates.push(certificate.value);
  }
  return { ok: true, value: { header, headerBytes, certificates } };
}

function readHeader(
  base64: string,
): Result<{ readonly header: Header; readonly headerBytes: Uint8Array }, string> {
  const headerBytes = fromBase64(base64);
  if (headerBytes === undefined) return refuse('the header is not base64');
  const header = decodeHeader(headerBytes);
  if (!header.ok) return refuse(`the header: ${header.error.code}`);
  return { ok: true, value: { header: header.value, headerBytes } };
}

/**
 * Checks that a submission's records, as this gateway has them, stand from `firstIndex` on in the log of a
 * verified header, in the tree of every hash. Returns the siblings per hash, in the order of the suites.
 */
export function verifyPlace(
  identity: GatewayIdentity,
  submission: Submission,
  firstIndex: number,
  { header }: VerifiedHeader,
  paths: Paths,
): Result<readonly (readonly Uint8Array[])[], string> {
  const proofs: (readonly Uint8Array[])[] = [];
  for (const [i, name] of identity.hashes.entries()) {
    const root = header.logRoots[i];
    const siblings = (paths[name] ?? []).map(fromHex).filter((sibling) => sibling !== undefined);
    const leaves = hashLeaves(name, submission.records);
    if (root === undefined || !verifyRange(name, leaves, firstIndex, siblings, header.logSize, root)) {
      return refuse(`the ${name} range proof does not lead to the certified root`);
    }
    proofs.push(siblings);
  }
  return { ok: true, value: proofs };
}

/** The entry that a bundle proves to stand at this index of the ledger's log; undefined when it proves none there. */
export function provenEntry(
  identity: GatewayIdentity,
  bundleBytes: Uint8Array,
  index: number,
): Uint8Array | undefined {
  const { conclusion } = verify(bundleBytes, { trust: { genesis: identity.genesisBytes } });
  if (conclusion !== 'passed') return undefined;
  const bundle = parseBundle(bundleBytes);
  return bundle.ok ? bundle.value.records.find((record) => record.index === index)?.entry : undefined;
}

/** Whether an entry is what the ledger has under this gateway's serial. */
export function hasSerial(identity: GatewayIdentity, entry: Uint8Array, serial: number): boolean {
  const decoded = decodeEntry(entry);
  return decoded.ok && decoded.value.gateway === identity.gateway && decoded.value.serial === serial;
}

function refuse(reason: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error: reason };
}
