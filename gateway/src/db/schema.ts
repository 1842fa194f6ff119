import type { ColumnType, Generated, Selectable } from 'kysely';

/**
 * The tables. Evidence is append-only and keyed by serial, so intake writes to the end of one tree; a record's
 * state is that of the submission that carries it. Times are ms since 1970.
 */
export interface Tables {
  /** Single facts: which chain this database is of, how far the index is merged, the cursor key. */
  readonly meta: MetaTable;
  readonly evidence: EvidenceTable;
  readonly digest: DigestTable;
  readonly submission: SubmissionTable;
  readonly checkpoint: CheckpointTable;
  readonly epoch_step: EpochStepTable;
  readonly api_key: ApiKeyTable;
  readonly idempotency: IdempotencyTable;
}

export interface MetaTable {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface EvidenceTable {
  readonly serial: number;
  /** The ledger entry's exact bytes. */
  readonly entry: Uint8Array;
  readonly received_at_ms: number;
  /** The key that posted it. */
  readonly api_key: number;
}

/** Prefixes of digests (see digest-index.ts) with the serials of records that may have them. */
export interface DigestTable {
  readonly prefix: number;
  readonly serial: number;
}

export interface SubmissionTable {
  readonly first_serial: number;
  readonly count: number;
  /** Fixed before the first sending; made again only when the gateway's key is another. */
  readonly signature: Uint8Array;
  /** Set, together, when the submission is final and verified. */
  readonly first_index: ColumnType<number | null, null, number>;
  readonly checkpoint_height: ColumnType<number | null, null, number>;
  /** One packed range proof per hash, as range-proof-codec.ts has it. */
  readonly range_proof: ColumnType<Uint8Array | null, null, Uint8Array>;
}

/** A certified header that proves one or more submissions. */
export interface CheckpointTable {
  readonly height: number;
  readonly header: Uint8Array;
  /** One per suite, in order, as certificate-codec has them. */
  readonly certificates: Uint8Array;
}

/** How an epoch ended, as verified: from epoch 0 on without a gap. */
export interface EpochStepTable {
  readonly epoch: number;
  /** The epoch's last header. */
  readonly header: Uint8Array;
  /** As in `checkpoint`. */
  readonly certificates: Uint8Array;
  /** Of the next epoch, encoded. */
  readonly validator_set: Uint8Array;
}

export interface ApiKeyTable {
  readonly id: Generated<number>;
  /** The public half of the token. */
  readonly key_id: string;
  readonly name: string;
  /** SHA-256 of the secret half, which is 32 random bytes: no salt or stretching is needed. */
  readonly secret_hash: Uint8Array;
  /** Separated by spaces. */
  readonly scopes: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
}
export type ApiKeyRow = Selectable<ApiKeyTable>;

export interface IdempotencyTable {
  readonly api_key: number;
  readonly idempotency_key: string;
  readonly request_digest: Uint8Array;
  readonly first_serial: number;
  readonly count: number;
  readonly created_at_ms: number;
}
