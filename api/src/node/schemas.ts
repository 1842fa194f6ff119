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
    organisation: Type.String(),
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

/** A submission that was applied, and where: its records are at firstIndex … firstIndex+count−1. */
export const PlacedSubmissionSchema = closed({
  gateway: Unsigned,
  firstSerial: Unsigned,
  count: Unsigned,
  firstIndex: Unsigned,
});
export type PlacedSubmission = Static<typeof PlacedSubmissionSchema>;

/** A submission that was in a block and did not apply, e.g. because of `serial-applied` or `serial-gap`. */
export const DroppedSubmissionSchema = closed({
  gateway: Unsigned,
  firstSerial: Unsigned,
  count: Unsigned,
  reason: Type.String(),
});
export type DroppedSubmission = Static<typeof DroppedSubmissionSchema>;

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
  dropped: Type.Array(DroppedSubmissionSchema),
});
export type BlockDetail = Static<typeof BlockSchema>;

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

/** One leaf of the log: its exact bytes, decoded, and the block that brought it. */
export const EntrySchema = closed({
  index: Unsigned,
  height: Unsigned,
  timeMs: TimeMs,
  entry: Base64,
  decoded: EvidenceEntrySchema,
});
export type LedgerEntry = Static<typeof EntrySchema>;

export const EntriesSchema = closed({
  total: Type.Integer({ minimum: 0, description: 'Entries of the block' }),
  entries: Type.Array(EntrySchema),
});
export type EntryPage = Static<typeof EntriesSchema>;

export const SearchSchema = closed({
  entries: Type.Array(EntrySchema, { description: 'Newest first, at most 100' }),
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

/** What `event: block` carries; `id:` is the height. */
export const BlockEventSchema = closed({
  height: Unsigned,
  timeMs: TimeMs,
  logSize: Unsigned,
  entryCount: Unsigned,
  headerDigest: Digests,
  submissions: Type.Array(PlacedSubmissionSchema),
  dropped: Type.Array(DroppedSubmissionSchema),
});
export type BlockEvent = Static<typeof BlockEventSchema>;
