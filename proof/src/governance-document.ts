import type { Epoch } from '@hufu/consensus';
import { asEpoch } from '@hufu/consensus';
import { equalBytes, HASH_BYTES, ok, type Result, toHex } from '@hufu/crypto';
import {
  hex,
  integer,
  object,
  oneOf,
  parseJson,
  readShape,
  type Shape,
  someOf,
  writeClosedJson,
} from './closed-json.ts';
import { type Digests, HASH_NAMES } from './entry.ts';
import { MAX_GENESIS_BYTES } from './genesis.ts';
import { MAX_UINT } from './numbers.ts';
import { type GovernanceProblem, refuse } from './problems.ts';
import { type Registry, registryShapes } from './registry.ts';

export const GOVERNANCE_FORMAT = 'hufu-governance/1';

/** As for the genesis, which states the same. */
export const MAX_GOVERNANCE_DOCUMENT_BYTES = MAX_GENESIS_BYTES;

/** The complete registry of the next epoch, as the members read it before they approve it. */
export interface GovernanceDocument extends Registry {
  readonly format: typeof GOVERNANCE_FORMAT;
  /** One per suite of the genesis, in its order. */
  readonly chainId: Digests;
  /** The epoch that it ends. */
  readonly epoch: Epoch;
}

type Unbranded = Omit<GovernanceDocument, 'epoch'> & { readonly epoch: number };

const documentShape: Shape<Unbranded> = object<Unbranded>({
  format: oneOf(GOVERNANCE_FORMAT),
  chainId: someOf(HASH_NAMES, hex(HASH_BYTES)),
  // The next epoch's number must be one too.
  epoch: integer(0, MAX_UINT - 1),
  ...registryShapes,
});

/**
 * Reads a governance document: closed schema, one serialisation. Whether it fits a chain is `judgeGovernance`.
 * Error: 'governance-malformed'.
 */
export function parseGovernanceDocument(bytes: Uint8Array): Result<GovernanceDocument, GovernanceProblem> {
  if (bytes.length > MAX_GOVERNANCE_DOCUMENT_BYTES) {
    return refuse('governance-malformed', `${bytes.length} bytes`);
  }
  const read = readShape(parseJson(bytes), documentShape);
  if (read.type === 'malformed') return refuse('governance-malformed', read.remark);
  const document: GovernanceDocument = { ...read.value, epoch: asEpoch(read.value.epoch) };
  if (!equalBytes(writeClosedJson(toJson(document)), bytes)) {
    return refuse('governance-malformed', 'written again it differs');
  }
  return ok(document);
}

/** The document's bytes, which are approved. Throws an Error for one that `parseGovernanceDocument` would refuse. */
export function encodeGovernanceDocument(document: GovernanceDocument): Uint8Array {
  const ordered = readShape(toJson(document), documentShape);
  if (ordered.type === 'malformed') throw new Error(`governance document: ${ordered.remark}`);
  const bytes = writeClosedJson(toJson(ordered.value));
  const parsed = parseGovernanceDocument(bytes);
  if (!parsed.ok) throw new Error(`governance document: ${parsed.error.remark}`);
  return bytes;
}

function toJson(document: Unbranded): object {
  const chainId = Object.entries(document.chainId).map(([name, digest]) => [name, toHex(digest)]);
  return { ...document, chainId: Object.fromEntries(chainId) };
}
