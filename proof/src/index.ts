/** Entries, the log, headers, certificates and bundles, and `verify`: pure, the same in a browser and in Node. */
export { type AnyEntry, decodeAnyEntry, statedDigests } from './any-entry.ts';
export {
  BUNDLE_FORMAT,
  type Bundle,
  type BundleRecord,
  encodeBundle,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLE_RECORDS,
  MAX_EPOCHS,
  parseBundle,
} from './bundle.ts';
export { ProtoReader, ProtoWriter } from './canonical-protobuf.ts';
export {
  type Digests,
  decodeEntry,
  type Entry,
  type EvidenceRecord,
  encodeEntry,
  HASH_NAMES,
  MAX_ENTRY_BYTES,
  MAX_GATEWAY,
} from './entry.ts';
export {
  type EpochPosition,
  type EpochStep,
  type EpochStepFields,
  epochStepFromJson,
  equalDigests,
  type FollowedEpochs,
  followEpochs,
  genesisPosition,
  verifyEpochStep,
} from './epoch-chain.ts';
export {
  type CertifiedBlock,
  type CertifiedContext,
  certificateFromJson,
  certificateSignBytes,
  certificatesFromFinalization,
  certificateToJson,
  certifies,
  type FinalityCertificate,
  type FinalityCertificateJson,
  readBitmap,
  verifyFinalityCertificate,
} from './finality-certificate.ts';
export {
  chainIdOf,
  encodeGenesis,
  GENESIS_FORMAT,
  type Genesis,
  genesisValidatorSet,
  MAX_GENESIS_BYTES,
  type ParsedGenesis,
  parseGenesis,
} from './genesis.ts';
export {
  approvalSignBytes,
  type GovernanceContext,
  type GovernanceSubject,
  type GovernedEpoch,
  judgeGovernance,
  readinessSignBytes,
  validatorsToBeReady,
} from './governance.ts';
export {
  type Approval,
  decodeGovernanceAction,
  encodeGovernanceAction,
  type GovernanceAction,
  isGovernanceItem,
  MAX_GOVERNANCE_ENTRY_BYTES,
  type Readiness,
} from './governance-action.ts';
export {
  encodeGovernanceDocument,
  GOVERNANCE_FORMAT,
  type GovernanceDocument,
  MAX_GOVERNANCE_DOCUMENT_BYTES,
  parseGovernanceDocument,
} from './governance-document.ts';
export {
  decodeHeader,
  encodeHeader,
  type Header,
  headerDigests,
  MAX_HEADER_BYTES,
  refsDigest,
  type SuiteDigests,
} from './header.ts';
export {
  type Appended,
  appendLeafHashes,
  appendLeaves,
  consistencyPath,
  EMPTY_FRONTIER,
  evaluatePlan,
  type Frontier,
  inclusionPath,
  type NewNodes,
  type Peak,
  type ReadHash,
  rangeProof,
  root,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from './log.ts';
export {
  consistencyPlan,
  inclusionPlan,
  type NodeId,
  nodesOf,
  type PlannedHash,
  type ProofPlan,
  rangePlan,
  rootPlan,
} from './log-plan.ts';
export { inclusionFromRange, openRange, type ProvenRange, verifyRange } from './log-range.ts';
export { type LogIndex, MAX_TIME_MS, MAX_UINT, toLogIndex } from './numbers.ts';
export { type OpensslStep, opensslSteps } from './openssl-steps.ts';
export {
  type Decoded,
  type GovernanceFault,
  type GovernanceProblem,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type Text,
} from './problems.ts';
export {
  checkRegistry,
  DEFAULT_PARAMETERS,
  findBrokenSuccession,
  findContradiction,
  type GenesisGateway,
  type GenesisParameters,
  type GenesisValidator,
  type Member,
  type Registry,
  ROLES,
  type Role,
  registryValidatorSet,
} from './registry.ts';
export {
  type Conclusion,
  REPORT_FORMAT,
  type Report,
  type StatedEvidence,
  type StatedGovernance,
  type StatedRecord,
  type Statements,
  type Step,
  type StepCode,
  type StepStatus,
  type Unproven,
  type UnprovenCode,
} from './report.ts';
export {
  decodeBatchPayload,
  decodeSubmission,
  encodeBatchPayload,
  encodeSubmission,
  MAX_BATCH_ITEMS,
  MAX_BATCH_PAYLOAD_BYTES,
  MAX_SUBMISSION_BYTES,
  MAX_SUBMISSION_RECORDS,
  type Submission,
  submissionEntries,
  submissionSignBytes,
  type UnsignedSubmission,
} from './submission.ts';
export {
  decodeValidatorSet,
  encodeValidatorSet,
  MAX_VALIDATOR_SET_BYTES,
  type Validator,
  type ValidatorSet,
  validatorSetDigests,
} from './validator-set.ts';
export { type Trust, type VerifyOptions, verify } from './verify.ts';
