import type { NodeClient } from '@hufu/api';
import type { Submission } from '@hufu/proof';
import type { GatewayIdentity } from '../config/identity.ts';
import { describeCallError, unusable } from './session-end.ts';
import { type VerifiedHeader, verifyPlace } from './verification.ts';

/** Where a node says that a submission stands: in a verified header's log, from this index on. */
export interface Place {
  readonly submission: Submission;
  readonly firstIndex: number;
  readonly header: VerifiedHeader;
}

/** The siblings of a range proof for each hash, in the order of the suites. */
export type PlaceProof = readonly (readonly Uint8Array[])[];

export interface Asked {
  readonly identity: GatewayIdentity;
  readonly node: NodeClient;
}

/** Asks for the proof of a place and verifies it; undefined when the records are not there. Throws SessionError. */
export async function provePlace(
  { identity, node }: Asked,
  { submission, firstIndex, header }: Place,
  signal: AbortSignal,
): Promise<PlaceProof | undefined> {
  // Our own count, whatever the node says: the ledger may have the records in other submissions than ours.
  const count = submission.records.length;
  const size = header.header.logSize;
  if (firstIndex + count > size) return undefined;
  const answer = await node.rangeProof({ first: firstIndex, count, size }, { signal });
  if (!answer.ok) throw unusable(`range proof: ${describeCallError(answer.error)}`);
  const proof = verifyPlace(identity, submission, firstIndex, header, answer.value.paths);
  return proof.ok ? proof.value : undefined;
}
