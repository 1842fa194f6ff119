import { MAX_VALIDATORS } from '@hufu/consensus';
import { ok, type Result, SUITE_NAMES } from '@hufu/crypto';
import { bytesFieldSize, ProtoReader, ProtoWriter } from './canonical-protobuf.ts';
import { MAX_GOVERNANCE_DOCUMENT_BYTES } from './governance-document.ts';
import { MAX_SIGNATURE_BYTES, MAX_UINT, MIN_SIGNATURE_BYTES } from './numbers.ts';
import { type GovernanceProblem, refuse } from './problems.ts';

/** An entry of the log that ends an epoch. It stands in a batch as it stands in the log: it names no gateway. */
export interface GovernanceAction {
  /** Bytes of a governance document. */
  readonly document: Uint8Array;
  /** In ascending order of validator. */
  readonly approvals: readonly Approval[];
  /** In ascending order of validator. */
  readonly readiness: readonly Readiness[];
}

/** A validator of the epoch that ends agrees to the document. */
export interface Approval {
  /** Index in the current set. */
  readonly validator: number;
  /** One per suite. */
  readonly signatures: readonly Uint8Array[];
}

/** A validator that is new in the next epoch, or has new keys there, holds them and has the blocks up to `height`. */
export interface Readiness {
  /** Index in the next set. */
  readonly validator: number;
  readonly height: number;
  /** One per suite, by the new keys. */
  readonly signatures: readonly Uint8Array[];
}

/** A document, and an approval and a readiness of each of 100 validators, rounded up. */
export const MAX_GOVERNANCE_ENTRY_BYTES = 655_360;

/** Field of `Entry` in proof/proto/entry.proto. */
const GOVERNANCE = 2;
const WIRE_BYTES = 2;

const FIELD = { document: 1, approvals: 2, readiness: 3 } as const;
const APPROVAL_FIELD = { validator: 1, signatures: 2 } as const;
const READINESS_FIELD = { validator: 1, height: 2, signatures: 3 } as const;

/** Two signatures of 72 bytes and two integers, with their tags and lengths, rounded up. */
const MAX_STATEMENT_BYTES = 176;

/** Whether an item of a batch is a governance action. A submission never begins with this tag. */
export function isGovernanceItem(item: Uint8Array): boolean {
  return item[0] === ((GOVERNANCE << 3) | WIRE_BYTES);
}

/** The entry's bytes (docs/spec/governance.md). */
export function encodeGovernanceAction(action: GovernanceAction): Uint8Array {
  const approvals = action.approvals.map(encodeApproval);
  const readiness = action.readiness.map(encodeReadiness);
  const size = [action.document, ...approvals, ...readiness].reduce(
    (sum, bytes) => sum + bytesFieldSize(bytes.length),
    0,
  );
  const writer = new ProtoWriter(bytesFieldSize(size));
  writer.open(GOVERNANCE, size);
  writer.bytes(FIELD.document, action.document);
  writer.repeatedBytes(FIELD.approvals, approvals);
  writer.repeatedBytes(FIELD.readiness, readiness);
  return writer.finish();
}

/**
 * The action in an entry's bytes, only if they are its canonical encoding and both lists ascend. Document and
 * signatures are views into `bytes`, and the document is not read. Error: 'governance-malformed'.
 */
export function decodeGovernanceAction(bytes: Uint8Array): Result<GovernanceAction, GovernanceProblem> {
  if (bytes.length > MAX_GOVERNANCE_ENTRY_BYTES)
    return refuse('governance-malformed', `${bytes.length} bytes`);
  const reader = new ProtoReader(bytes);
  reader.enterRest(GOVERNANCE);
  const document = reader.requiredBytes(FIELD.document, 1, MAX_GOVERNANCE_DOCUMENT_BYTES);
  const approvalBytes = reader.repeatedBytes(FIELD.approvals, 1, MAX_STATEMENT_BYTES, MAX_VALIDATORS);
  const readinessBytes = reader.repeatedBytes(FIELD.readiness, 1, MAX_STATEMENT_BYTES, MAX_VALIDATORS);
  if (!reader.done()) return refuse('governance-malformed', reader.reason ?? '');
  const approvals = decodeAll(approvalBytes, readApproval);
  if (!approvals.ok) return approvals;
  const readiness = decodeAll(readinessBytes, readReadiness);
  if (!readiness.ok) return readiness;
  return ok({ document, approvals: approvals.value, readiness: readiness.value });
}

function encodeApproval({ validator, signatures }: Approval): Uint8Array {
  const writer = new ProtoWriter(MAX_STATEMENT_BYTES);
  writer.uint(APPROVAL_FIELD.validator, validator);
  writer.repeatedBytes(APPROVAL_FIELD.signatures, signatures);
  return writer.finish();
}

function encodeReadiness({ validator, height, signatures }: Readiness): Uint8Array {
  const writer = new ProtoWriter(MAX_STATEMENT_BYTES);
  writer.uint(READINESS_FIELD.validator, validator);
  writer.uint(READINESS_FIELD.height, height);
  writer.repeatedBytes(READINESS_FIELD.signatures, signatures);
  return writer.finish();
}

function readApproval(reader: ProtoReader): Approval {
  const validator = reader.uint(APPROVAL_FIELD.validator, MAX_VALIDATORS - 1);
  return { validator, signatures: readSignatures(reader, APPROVAL_FIELD.signatures) };
}

function readReadiness(reader: ProtoReader): Readiness {
  const validator = reader.uint(READINESS_FIELD.validator, MAX_VALIDATORS - 1);
  const height = reader.uint(READINESS_FIELD.height, MAX_UINT);
  return { validator, height, signatures: readSignatures(reader, READINESS_FIELD.signatures) };
}

function readSignatures(reader: ProtoReader, field: number): readonly Uint8Array[] {
  return reader.repeatedBytes(field, MIN_SIGNATURE_BYTES, MAX_SIGNATURE_BYTES, SUITE_NAMES.length);
}

function decodeAll<T extends { readonly validator: number }>(
  bodies: readonly Uint8Array[],
  read: (reader: ProtoReader) => T,
): Result<readonly T[], GovernanceProblem> {
  const items: T[] = [];
  for (const body of bodies) {
    const reader = new ProtoReader(body);
    const item = read(reader);
    // Threat: a validator that stands twice could be counted twice.
    if (item.validator <= (items.at(-1)?.validator ?? -1))
      reader.fail(`validator ${item.validator} out of order`);
    if (!reader.done()) return refuse('governance-malformed', reader.reason ?? '');
    items.push(item);
  }
  return ok(items);
}
