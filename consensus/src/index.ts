export { batchDigest, NO_BATCH_DIGEST } from './batch-digest.ts';
export type * from './interface.ts';
export { deltaMs } from './pacemaker.ts';
export { faults, leader, MAX_VALIDATORS, quorum } from './quorum.ts';
export {
  type SignatureCheck,
  type SigningContext,
  signatureChecks,
  unsignedSignBytes,
} from './signature-checks.ts';
export type { State, Transition } from './state.ts';
export { init, step } from './step.ts';
export * from './types.ts';
export { batchSignBytes, nullifySignBytes, type VoteSignFields, voteSignBytes } from './vote-sign-bytes.ts';
