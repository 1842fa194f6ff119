import { writeFile } from 'node:fs/promises';
import { equalBytes, type Result } from '@hufu/crypto';
import {
  decodeGovernanceAction,
  encodeGovernanceAction,
  type GovernanceAction,
  type GovernanceDocument,
  type GovernanceProblem,
  isGovernanceItem,
  MAX_GOVERNANCE_ENTRY_BYTES,
  parseGovernanceDocument,
} from '@hufu/proof';
import { readAtMost } from '../evidence/read-file.ts';
import { ProofError } from '../failure.ts';

/** A governance document, with its exact bytes. */
export interface ReadDocument {
  readonly document: GovernanceDocument;
  readonly bytes: Uint8Array;
}

/**
 * Reads the document in a file: the document itself, or an action that holds it, with whatever approvals. Throws
 * ProofError.
 */
export async function readDocument(path: string): Promise<ReadDocument> {
  const content = await readAtMost(path, MAX_GOVERNANCE_ENTRY_BYTES);
  const bytes = isGovernanceItem(content)
    ? accepted(path, decodeGovernanceAction(content)).document
    : content;
  return { document: accepted(path, parseGovernanceDocument(bytes)), bytes };
}

/**
 * What one party states of a document, as a file: an action with that statement alone, so that it can be read and
 * joined with others without a format of its own.
 */
export async function writeAction(path: string, action: GovernanceAction): Promise<void> {
  await writeFile(path, encodeGovernanceAction(action));
}

/** One action with the statements of all; throws ProofError for a file of another document, or of none. */
export async function joinActions(document: Uint8Array, paths: readonly string[]): Promise<GovernanceAction> {
  const actions: GovernanceAction[] = [];
  for (const path of paths) {
    const content = await readAtMost(path, MAX_GOVERNANCE_ENTRY_BYTES);
    const action = accepted(path, decodeGovernanceAction(content));
    if (!equalBytes(action.document, document)) {
      throw new ProofError({ code: 'governance-inconsistent', remark: `${path}: of another document` });
    }
    actions.push(action);
  }
  return {
    document,
    approvals: byValidator(actions.flatMap(({ approvals }) => approvals)),
    readiness: byValidator(actions.flatMap(({ readiness }) => readiness)),
  };
}

/** In ascending order; of several of one validator the last one given. */
function byValidator<T extends { readonly validator: number }>(statements: readonly T[]): readonly T[] {
  const known = new Map(statements.map((statement) => [statement.validator, statement]));
  return [...known.values()].sort((a, b) => a.validator - b.validator);
}

function accepted<T>(path: string, read: Result<T, GovernanceProblem>): T {
  if (!read.ok) throw new ProofError({ ...read.error, remark: `${path}: ${read.error.remark}` });
  return read.value;
}
