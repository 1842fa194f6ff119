import { type Static, Type } from 'typebox';
import { ProblemSchema } from '../problem.ts';
import { Base64, closed, Digests, Hex32, TimeMs, Unsigned } from '../schemas.ts';

/** Inline content is at most this many bytes; larger content goes through the files route. */
export const MAX_INLINE_CONTENT_BYTES = 1024 * 1024;
/** Base64 text of the largest inline content. */
const MAX_INLINE_CONTENT_CHARS = 4 * Math.ceil(MAX_INLINE_CONTENT_BYTES / 3);
/** The earliest records of the same digest that a receipt lists. */
export const MAX_EARLIER = 10;
/** Records in one JSON array batch, which is all or nothing. */
export const MAX_BATCH_RECORDS = 10_000;
/** Results on one page of a search. */
export const MAX_SEARCH_LIMIT = 100;

/**
 * The number of a piece of evidence (存证编号): the gateway's registry index and its serial, as in `0-1234`.
 * It is fixed by the ledger's rule of serials, so it needs no other identifier.
 */
export const EvidenceId = Type.String({
  pattern: '^(?:0|[1-9][0-9]{0,15})-(?:0|[1-9][0-9]{0,15})$',
  maxLength: 33,
  description: 'gateway index, "-", serial',
});

/**
 * One state everywhere. received: durable in the gateway; submitted: sent to a node; finalized: on the
 * ledger, its finality certificates verified by the gateway; failed: will never be on the ledger.
 */
export const EvidenceStateSchema = Type.Union([
  Type.Literal('received'),
  Type.Literal('submitted'),
  Type.Literal('finalized'),
  Type.Literal('failed'),
]);
export type EvidenceState = Static<typeof EvidenceStateSchema>;

/**
 * What an application posts. At least one of `digests` and `content`; with both, every digest given must be
 * the content's. Content is hashed with every hash of the network and then forgotten.
 */
export const EvidenceInputSchema = closed({
  digests: Type.Optional(Digests),
  content: Type.Optional(
    Type.String({
      maxLength: MAX_INLINE_CONTENT_CHARS,
      description: 'Base64, padded; at most 1 MiB decoded',
    }),
  ),
  metadataCommitment: Type.Optional(Hex32),
  claimedTimeMs: Type.Optional(TimeMs),
});
export type EvidenceInput = Static<typeof EvidenceInputSchema>;

/** An earlier record with one of the same digests. A duplicate is not an error; it is recorded again. */
export const EarlierSchema = closed({ id: EvidenceId, serial: Unsigned, receivedAtMs: TimeMs });
export type Earlier = Static<typeof EarlierSchema>;

/** The durable answer to a post: the record will be on the ledger exactly once, with this serial. */
export const ReceiptSchema = closed({
  id: EvidenceId,
  serial: Unsigned,
  state: Type.Literal('received'),
  receivedAtMs: TimeMs,
  digests: Digests,
  earlier: Type.Array(EarlierSchema, { description: 'Earliest first, at most 10' }),
});
export type Receipt = Static<typeof ReceiptSchema>;

export const BatchInputSchema = Type.Array(EvidenceInputSchema, {
  minItems: 1,
  maxItems: MAX_BATCH_RECORDS,
});

export const BatchReceiptSchema = closed({
  evidence: Type.Array(ReceiptSchema, { description: 'In the order of the request' }),
});
export type BatchReceipt = Static<typeof BatchReceiptSchema>;

/** One line of the NDJSON answer. Lines count from 1; blank lines count and have no result. */
export const LineResultSchema = Type.Union([
  closed({
    line: Unsigned,
    id: EvidenceId,
    serial: Unsigned,
    state: Type.Literal('received'),
    receivedAtMs: TimeMs,
    earlier: Type.Optional(Type.Array(EarlierSchema)),
  }),
  closed({ line: Unsigned, problem: ProblemSchema }),
  closed({
    end: closed(
      { accepted: Unsigned, refused: Unsigned },
      'Always the last line; without it the answer was cut off',
    ),
  }),
]);
export type LineResult = Static<typeof LineResultSchema>;

export const FileReceiptSchema = closed({
  name: Type.String({ description: 'As sent; not stored' }),
  sizeBytes: Unsigned,
  receipt: ReceiptSchema,
});

export const FilesReceiptSchema = closed({ files: Type.Array(FileReceiptSchema) });
export type FilesReceipt = Static<typeof FilesReceiptSchema>;

/** Where a finalized record is, all of it verified by the gateway. */
export const LedgerPlaceSchema = closed({
  index: Unsigned,
  /** Of the certified header that proves the record; its time is no earlier than the record's block. */
  height: Unsigned,
  timeMs: TimeMs,
  logSize: Unsigned,
});

export const EvidenceSchema = closed({
  id: EvidenceId,
  serial: Unsigned,
  state: EvidenceStateSchema,
  receivedAtMs: TimeMs,
  claimedTimeMs: TimeMs,
  digests: Digests,
  metadataCommitment: Type.Optional(Hex32),
  entry: Type.String({ ...Base64, description: 'The exact bytes of the ledger entry, base64' }),
  ledger: Type.Optional(LedgerPlaceSchema),
});
export type Evidence = Static<typeof EvidenceSchema>;

export const EvidencePageSchema = closed({
  evidence: Type.Array(EvidenceSchema, { description: 'Newest first' }),
  next: Type.Union([Type.String(), Type.Null()], {
    description:
      'Cursor of the next page, null at the end. A page may hold fewer than asked for, or none, before the end',
  }),
});
export type EvidencePage = Static<typeof EvidencePageSchema>;
