import { ROLES } from '@hufu/proof';
import { type Static, Type } from 'typebox';
import { Base64, closed, Digests, Hex, Hex32, Paths, SuiteNameSchema, TimeMs, Unsigned } from '../schemas.ts';

/** Public keys per suite: Ed25519 32 bytes, SM2 65 bytes 0x04‖x‖y. */
export const KeysSchema = Type.Object(
  { 'ed25519-sha256': Type.Optional(Hex), 'sm2-sm3': Type.Optional(Hex) },
  { additionalProperties: false, minProperties: 1 },
);

export const PeerSchema = closed({
  index: Unsigned,
  name: Type.String(),
  connected: Type.Boolean(),
});

/** Where a node stands. `latestBlockTimeMs` is null before the first block. */
export const StatusSchema = closed({
  chain: Type.String({ description: 'The network name of the genesis' }),
  chainId: Digests,
  suites: Type.Array(SuiteNameSchema),
  version: Type.String(),
  node: closed({
    name: Type.String(),
    index: Type.Union([Unsigned, Type.Null()], { description: 'Validator index; null for an observer' }),
    organisation: Type.String({ description: 'Empty for a node that is no validator' }),
    roles: Type.Array(Type.String()),
  }),
  observer: Type.Boolean({ description: 'It follows and signs nothing' }),
  observerReason: Type.Optional(Type.String({ description: 'Why it signs nothing' })),
  epoch: Unsigned,
  validators: Unsigned,
  quorum: Unsigned,
  view: Unsigned,
  height: Unsigned,
  logSize: Unsigned,
  latestBlockTimeMs: Type.Union([TimeMs, Type.Null()]),
  history: Type.Union([closed({ height: Unsigned, toHeight: Unsigned }), Type.Null()], {
    description:
      'Blocks that a snapshot left out: there up to `height`, missing from there to `toHeight`; null when all are there',
  }),
  peers: Type.Array(PeerSchema),
});
export type NodeStatus = Static<typeof StatusSchema>;

export const ValidatorSchema = closed({
  index: Unsigned,
  name: Type.String(),
  organisation: Type.String(),
  roles: Type.Array(Type.String()),
  peerId: Type.String(),
  keys: KeysSchema,
});
export type Validator = Static<typeof ValidatorSchema>;

export const ValidatorsSchema = closed({
  epoch: Unsigned,
  quorum: Unsigned,
  digest: Digests,
  validators: Type.Array(ValidatorSchema),
});
export type Validators = Static<typeof ValidatorsSchema>;

const memberFields = { organisation: Type.String(), roles: Type.Array(Type.Enum([...ROLES])) } as const;
const validatorFields = { member: Type.String(), peerId: Type.String(), keys: KeysSchema } as const;
const gatewayFields = {
  name: Type.String(),
  member: Type.String(),
  suite: SuiteNameSchema,
  publicKey: Hex,
} as const;

/**
 * Who takes part in the current epoch, in the words of a governance document: with its format before it, it is the
 * document that changes nothing.
 */
export const RegistrySchema = closed({
  chainId: Digests,
  epoch: Unsigned,
  members: Type.Array(closed({ name: Type.String(), ...memberFields })),
  validators: Type.Array(closed(validatorFields)),
  gateways: Type.Array(closed({ index: Unsigned, ...gatewayFields })),
  parameters: closed({
    minDeltaMs: Unsigned,
    maxDeltaMs: Unsigned,
    maxClockSkewMs: Unsigned,
    heartbeatMs: Unsigned,
    maxBlockBatches: Unsigned,
    maxBatchBytes: Unsigned,
    maxPendingBatchesPerOrigin: Unsigned,
    maxFetchBlocks: Unsigned,
    maxSubmissionRecords: Unsigned,
    maxSubmissionBytes: Unsigned,
  }),
});
export type RegistryDocument = Static<typeof RegistrySchema>;

/** The public half of a node's new keys, as a file for whoever proposes; the member is described when it is new. */
export const ValidatorCardSchema = closed({
  ...validatorFields,
  organisation: Type.Optional(memberFields.organisation),
  roles: Type.Optional(memberFields.roles),
});
export type ValidatorCard = Static<typeof ValidatorCardSchema>;

/** As `ValidatorCardSchema`, of a gateway's new key. */
export const GatewayCardSchema = closed(gatewayFields);
export type GatewayCard = Static<typeof GatewayCardSchema>;

/** A submission that was applied, and where: its records are at firstIndex … firstIndex+count−1. */
export const PlacedSubmissionSchema = closed({
  gateway: Unsigned,
  firstSerial: Unsigned,
  count: Unsigned,
  firstIndex: Unsigned,
});
export type PlacedSubmission = Static<typeof PlacedSubmissionSchema>;

/**
 * Submissions of one gateway that were in one block and did not apply for the same reason, e.g. `serial-applied` or
 * `serial-gap`.
 */
export const DroppedGroupSchema = closed({
  gateway: Unsigned,
  firstSerial: Unsigned,
  count: Unsigned,
  reason: Type.String(),
});
export type DroppedGroup = Static<typeof DroppedGroupSchema>;

const DroppedGroups = Type.Array(DroppedGroupSchema, {
  description:
    'Submissions that did not apply, one item for each gateway and reason: their lowest first serial, and the records in all of them',
});

export const BlockSummarySchema = closed({
  height: Unsigned,
  view: Unsigned,
  timeMs: TimeMs,
  proposer: Unsigned,
  logSize: Type.Integer({ minimum: 0, description: 'Size of the log after this block' }),
  entryCount: Unsigned,
  digests: Digests,
});
export type BlockSummary = Static<typeof BlockSummarySchema>;

export const BlocksSchema = closed({
  blocks: Type.Array(BlockSummarySchema, { description: 'Newest first' }),
});
export type BlockPage = Static<typeof BlocksSchema>;

/** The header, decoded for reading. What is hashed and signed is `headerBytes`. */
export const HeaderSchema = closed({
  chainId: Digests,
  epoch: Unsigned,
  height: Unsigned,
  view: Unsigned,
  parent: Digests,
  timeMs: TimeMs,
  proposer: Unsigned,
  refsDigest: Hex32,
  logSize: Unsigned,
  logRoots: Digests,
  stateRoot: Digests,
  validatorSetDigest: Digests,
  nextValidatorSetDigest: Type.Optional(Digests),
});
export type HeaderFields = Static<typeof HeaderSchema>;

/** A finality certificate, one suite's. `bitmap`: bit i (LSB first) set means validator i signed. */
export const CertificateSchema = closed({
  suite: SuiteNameSchema,
  chainId: Hex32,
  epoch: Unsigned,
  validatorSetDigest: Hex32,
  view: Unsigned,
  height: Unsigned,
  headerDigest: Hex32,
  bitmap: Hex,
  signatures: Type.Array(Hex),
});
export type CertificateFields = Static<typeof CertificateSchema>;

export const BatchRefSchema = closed({ origin: Unsigned, seq: Unsigned, digest: Hex32 });

export const BlockSchema = closed({
  header: HeaderSchema,
  headerBytes: Base64,
  digests: Digests,
  refs: Type.Array(BatchRefSchema),
  certificates: Type.Array(CertificateSchema, {
    description: 'One per suite; empty when this block is final through a later one, see certifiedBy',
  }),
  certifiedBy: Type.Integer({
    minimum: 0,
    description: 'Lowest height, this or later, whose header has certificates',
  }),
  firstIndex: Unsigned,
  entryCount: Unsigned,
  submissions: Type.Array(PlacedSubmissionSchema),
  dropped: DroppedGroups,
});
export type BlockDetail = Static<typeof BlockSchema>;

const epochFields = {
  epoch: Unsigned,
  firstHeight: Unsigned,
  validatorSetDigest: Digests,
} as const;

/** An epoch: the blocks that one validator set makes final. */
export const EpochSummarySchema = closed({
  ...epochFields,
  validators: Type.Integer({ minimum: 1, description: 'How many' }),
  lastHeight: Type.Union([Unsigned, Type.Null()], { description: 'Null while it goes on' }),
  endDigests: Type.Union([Digests, Type.Null()], { description: 'Of its last header' }),
});
export type EpochSummary = Static<typeof EpochSummarySchema>;

export const EpochsSchema = closed({
  epochs: Type.Array(EpochSummarySchema, { description: 'Newest first; the last of the chain goes on' }),
});

/** How an epoch ended: with its certificates and the next set, one step of a bundle's epoch chain. */
export const EpochEndSchema = closed({
  height: Unsigned,
  digests: Digests,
  headerBytes: Base64,
  certificates: Type.Array(CertificateSchema, {
    description: 'One per suite, by the validators of the epoch',
  }),
  nextValidatorSet: Base64,
});

/** An epoch with its validators, as bytes and decoded. */
export const EpochSchema = closed({
  ...epochFields,
  validatorSet: Base64,
  validators: Type.Array(ValidatorSchema),
  end: Type.Union([EpochEndSchema, Type.Null()], { description: 'Null while it goes on' }),
});
export type EpochDetail = Static<typeof EpochSchema>;

/** A decoded evidence record. */
export const EvidenceEntrySchema = closed({
  kind: Type.Literal('evidence'),
  gateway: Unsigned,
  serial: Unsigned,
  digests: Digests,
  metadataCommitment: Type.Optional(Hex32),
  templateDigest: Type.Optional(Hex32),
  claimedTimeMs: TimeMs,
  supersedes: Type.Optional(Unsigned),
  relatesTo: Type.Optional(Unsigned),
});
export type EvidenceEntry = Static<typeof EvidenceEntrySchema>;

/** A decoded governance action, which ended an epoch. Its document is in the entry's bytes. */
export const GovernanceEntrySchema = closed({
  kind: Type.Literal('governance'),
  epoch: Type.Integer({ minimum: 0, description: 'The epoch that it ended' }),
  documentDigests: Digests,
  approvals: Type.Array(Unsigned, { description: 'Validators of that epoch that approved' }),
});
export type GovernanceEntry = Static<typeof GovernanceEntrySchema>;

const entryFields = { index: Unsigned, height: Unsigned, timeMs: TimeMs, entry: Base64 } as const;

/** One leaf of the log: its exact bytes, decoded, and the block that brought it. */
export const EntrySchema = closed({
  ...entryFields,
  decoded: Type.Union([EvidenceEntrySchema, GovernanceEntrySchema]),
});
export type LedgerEntry = Static<typeof EntrySchema>;

/** A leaf that is evidence: the kind that has a serial and digests to be found by. */
export const RecordSchema = closed({ ...entryFields, decoded: EvidenceEntrySchema });
export type LedgerRecord = Static<typeof RecordSchema>;

export const EntriesSchema = closed({
  total: Type.Integer({ minimum: 0, description: 'Entries of the block' }),
  entries: Type.Array(EntrySchema),
});
export type EntryPage = Static<typeof EntriesSchema>;

export const SearchSchema = closed({
  entries: Type.Array(RecordSchema, { description: 'Newest first, at most 100' }),
  more: Type.Boolean({ description: 'Whether there are matches beyond these' }),
});
export type SearchResult = Static<typeof SearchSchema>;

export const GatewayEntrySchema = closed({
  index: Unsigned,
  name: Type.String(),
  member: Type.String(),
  suite: SuiteNameSchema,
  publicKey: Hex,
  nextSerial: Unsigned,
});
export type RegisteredGateway = Static<typeof GatewayEntrySchema>;

export const GatewaysSchema = closed({ gateways: Type.Array(GatewayEntrySchema) });

/** RFC 9162 inclusion path of the leaf `index` in the tree of `size` leaves. */
export const InclusionProofSchema = closed({ index: Unsigned, size: Unsigned, paths: Paths });
/** RFC 9162 consistency proof between the trees of `first` and `second` leaves. */
export const ConsistencyProofSchema = closed({ first: Unsigned, second: Unsigned, paths: Paths });
/** The sibling hashes that, with the leaf hashes first … first+count−1, give the root of the tree of `size`. */
export const RangeProofSchema = closed({ first: Unsigned, count: Unsigned, size: Unsigned, paths: Paths });
export type RangeProofFields = Static<typeof RangeProofSchema>;

/** The newest certified header. */
export const CheckpointSchema = closed({
  height: Unsigned,
  timeMs: TimeMs,
  logSize: Unsigned,
  logRoots: Digests,
  headerBytes: Base64,
  certificates: Type.Array(CertificateSchema),
});
export type Checkpoint = Static<typeof CheckpointSchema>;

export const AcceptedSchema = closed({
  gateway: Unsigned,
  firstSerial: Unsigned,
  count: Unsigned,
  status: Type.Literal('accepted'),
});
export type AcceptedSubmission = Static<typeof AcceptedSchema>;

/** A governance action that was taken: durable here and on its way to the others. */
export const AcceptedGovernanceSchema = closed({
  epoch: Type.Integer({ minimum: 0, description: 'The epoch that it ends' }),
  documentDigests: Digests,
  status: Type.Literal('accepted'),
});
export type AcceptedGovernance = Static<typeof AcceptedGovernanceSchema>;

/** What `event: block` carries; `id:` is the height. */
export const BlockEventSchema = closed({
  height: Unsigned,
  timeMs: TimeMs,
  logSize: Unsigned,
  entryCount: Unsigned,
  headerDigest: Digests,
  submissions: Type.Array(PlacedSubmissionSchema),
  dropped: DroppedGroups,
});
export type BlockEvent = Static<typeof BlockEventSchema>;
