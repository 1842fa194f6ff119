import {
  asEpoch,
  asHeight,
  asValidatorIndex,
  asView,
  type Batch,
  type BatchRef,
  type BlockPoint,
  blockIdOf,
  type Certificate,
  type Finalization,
  type LogRecord,
  type Message,
  type Notarization,
  type Nullification,
  type Share,
  type StoredBlock,
  type UnsignedProposal,
  type UnsignedReproposal,
  type UnsignedVote,
  type Vote,
} from '@hufu/consensus';
import fc from 'fast-check';
import type { Envelope, EpochEnd, LoggedRecord, SyncMessage } from '../../src/wire/index.ts';

/** Arbitrary consensus values, each within the limits of the wire. */

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const integer = fc.oneof(fc.nat(300), fc.maxSafeNat());
const digest = bytes(32, 32);
const digests = fc.array(digest, { minLength: 1, maxLength: 2 });
const index = fc.nat(99).map(asValidatorIndex);
const view = integer.map(asView);
const height = integer.map(asHeight);
const signature = bytes(1, 72);

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  // Not the Node Buffer or an offset view that fast-check may give: equality in tests compares prototypes.
  return fc.uint8Array({ minLength, maxLength }).map((value) => new Uint8Array(value));
}

const share: fc.Arbitrary<Share> = record({
  signer: index,
  signatures: fc.array(signature, { minLength: 1, maxLength: 2 }),
});
const shares = fc.array(share, { minLength: 1, maxLength: 4 });
const blockPoint: fc.Arbitrary<BlockPoint> = record({ view, height, digests });
const ref: fc.Arbitrary<BatchRef> = record({ origin: index, seq: integer, digest });

export const batch: fc.Arbitrary<Batch> = record({
  origin: index,
  seq: integer,
  digest,
  prev: digest,
  signature,
  payload: bytes(1, 300),
});

const unsignedVote: fc.Arbitrary<UnsignedVote> = fc.oneof(
  record({ kind: fc.constant('notarize' as const), view, height, digest }),
  record({ kind: fc.constant('nullify' as const), view }),
  record({ kind: fc.constant('finalize' as const), view, height, digests }),
);

const vote: fc.Arbitrary<Vote> = fc
  .tuple(unsignedVote, share)
  .map(([subject, signed]) => ({ ...subject, ...signed }));

const notarization: fc.Arbitrary<Notarization> = record({
  kind: fc.constant('notarization' as const),
  view,
  height,
  digest,
  shares,
});
const nullification: fc.Arbitrary<Nullification> = record({
  kind: fc.constant('nullification' as const),
  view,
  shares,
});
export const finalization: fc.Arbitrary<Finalization> = record({
  kind: fc.constant('finalization' as const),
  view,
  height,
  digests,
  shares,
});
const certificate: fc.Arbitrary<Certificate> = fc.oneof(notarization, nullification, finalization);

export const storedBlock: fc.Arbitrary<StoredBlock> = record({
  view,
  height,
  parent: blockPoint,
  timeMs: integer,
  refs: fc.array(ref, { maxLength: 4 }),
  digests,
});

const unsignedProposal: fc.Arbitrary<UnsignedProposal> = fc
  .tuple(
    storedBlock,
    fc.option(fc.oneof(notarization, finalization)),
    fc.array(nullification, { maxLength: 3 }),
  )
  .map(([block, justification, nullifications]) => ({
    kind: 'proposal',
    ...block,
    justification,
    nullifications,
  }));

const proposal = fc
  .tuple(unsignedProposal, signature)
  .map(([unsigned, signed]) => ({ ...unsigned, signature: signed }));

const unsignedReproposal: fc.Arbitrary<UnsignedReproposal> = record({
  kind: fc.constant('reproposal' as const),
  view,
  height,
  digests,
  justification: notarization,
  nullifications: fc.array(nullification, { maxLength: 3 }),
});

const reproposal = fc
  .tuple(unsignedReproposal, signature)
  .map(([unsigned, signed]) => ({ ...unsigned, signature: signed }));

const messageBody: fc.Arbitrary<Message> = fc.oneof(
  proposal,
  reproposal,
  vote,
  certificate,
  batch.map((value) => ({ kind: 'batch' as const, ...value })),
  record({
    kind: fc.constant('acks' as const),
    held: fc.array(record({ origin: index, next: integer }), { maxLength: 5 }),
  }),
  record({ kind: fc.constant('status' as const), view, finalization: fc.option(finalization) }),
  record({ kind: fc.constant('fetch-proposal' as const), view, id: digest.map(blockIdOf) }),
  record({ kind: fc.constant('fetch-certificates' as const), fromView: view, toView: view }),
  record({ kind: fc.constant('fetch-batch' as const), ref }),
  record({ kind: fc.constant('fetch-blocks' as const), fromHeight: integer }),
  record({
    kind: fc.constant('blocks' as const),
    blocks: fc.array(storedBlock, { maxLength: 3 }),
    finalization,
  }),
);

const epoch = integer.map(asEpoch);
const leafIndex = fc.nat(65_000);
const hashes = fc.array(digest, { maxLength: 5 });

function perSuite<T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(item, { minLength: 1, maxLength: 2 });
}

const epochEnd: fc.Arbitrary<EpochEnd> = record({
  headerBytes: bytes(1, 512),
  finalization,
  validatorSet: bytes(1, 300),
});
const tileEdge = fc.nat(3).chain((count) => bytes(32 * count, 32 * count));

export const syncMessage: fc.Arbitrary<SyncMessage> = fc.oneof(
  record({ kind: fc.constant('fetch-epochs' as const), from: epoch }),
  record({
    kind: fc.constant('epochs' as const),
    from: epoch,
    ends: fc.array(epochEnd, { maxLength: 3 }),
  }),
  record({ kind: fc.constant('fetch-snapshot' as const), epoch }),
  record({
    kind: fc.constant('snapshot' as const),
    epoch,
    leafCount: fc.integer({ min: 1, max: 65_536 }),
    edges: perSuite(fc.array(tileEdge, { maxLength: 7 })),
  }),
  record({ kind: fc.constant('fetch-state-chunk' as const), epoch, first: leafIndex }),
  record({
    kind: fc.constant('state-chunk' as const),
    epoch,
    first: leafIndex,
    leaves: fc.array(bytes(1, 300), { minLength: 1, maxLength: 5 }),
    paths: perSuite(hashes),
  }),
);

export const message: fc.Arbitrary<Envelope> = record({
  epoch: fc.integer({ min: 0, max: 3 }).map(asEpoch),
  message: fc.oneof(messageBody, syncMessage),
});

const logRecordBody: fc.Arbitrary<LogRecord> = fc.oneof(
  unsignedVote.map((value) => ({ type: 'vote' as const, vote: value })),
  proposal.map((value) => ({ type: 'proposal' as const, proposal: value })),
  unsignedProposal.map((value) => ({ type: 'own-proposal' as const, proposal: value })),
  unsignedReproposal.map((value) => ({ type: 'own-proposal' as const, proposal: value })),
  certificate.map((value) => ({ type: 'certificate' as const, certificate: value })),
);

export const logRecord: fc.Arbitrary<LoggedRecord> = record({
  epoch: fc.integer({ min: 0, max: 3 }).map(asEpoch),
  record: logRecordBody,
});
