import {
  MAX_ENTRY_BYTES,
  MAX_SUBMISSION_BYTES,
  MAX_SUBMISSION_RECORDS,
  submissionSignBytes,
  type UnsignedSubmission,
} from '@hufu/proof';
import type { GatewayIdentity } from '../config/identity.ts';

/** Signs submissions with the gateway's registered key. */
export function submissionSigner(identity: GatewayIdentity): (submission: UnsignedSubmission) => Uint8Array {
  // The first suite's hash and chain id, whatever the suite of the gateway's own key.
  const [hashName] = identity.hashes;
  const [chainId] = identity.chainId;
  if (hashName === undefined || chainId === undefined) throw new Error('the genesis has no suite');
  return (submission) => identity.signer.sign(submissionSignBytes(hashName, chainId, submission));
}

/**
 * Records in one submission. Fewer than a chain allows, since a proof of one record hashes all of its
 * submission: 4,096 take about 3 ms.
 */
const PREFERRED_RECORDS = 4_096;
/** Key, length and the fields around the records; generous. */
const RECORD_OVERHEAD_BYTES = 4;
const SUBMISSION_OVERHEAD_BYTES = 256;

/** Records in one submission, so that it is within the chain's limits even if every record is the largest. */
export function submissionSize(identity: GatewayIdentity): number {
  const { maxSubmissionRecords, maxSubmissionBytes } = identity.genesis.parameters;
  const bytes = Math.min(maxSubmissionBytes, MAX_SUBMISSION_BYTES) - SUBMISSION_OVERHEAD_BYTES;
  const fitting = Math.floor(bytes / (MAX_ENTRY_BYTES + RECORD_OVERHEAD_BYTES));
  return Math.max(1, Math.min(PREFERRED_RECORDS, maxSubmissionRecords, MAX_SUBMISSION_RECORDS, fitting));
}
