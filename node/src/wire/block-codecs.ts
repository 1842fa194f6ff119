import {
  asHeight,
  asView,
  type Batch,
  type Proposal,
  type Reproposal,
  type StoredBlock,
  type UnsignedProposal,
  type UnsignedReproposal,
} from '@hufu/consensus';
import { MAX_BATCH_PAYLOAD_BYTES } from '@hufu/proof';
import { MAX_BLOCK_REFS, MAX_NULLIFICATIONS, MAX_SIGNATURE_BYTES } from './limits.ts';
import { type Codec, readAll, readNested, readOptional, writeAll, writeNested } from './nested.ts';
import { batchRef, blockPoint, readDigest, readDigests } from './point-codecs.ts';
import { justification, notarization, nullification } from './vote-codecs.ts';

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

export const batch: Codec<Batch> = {
  write(writer, value) {
    batchRef.write(writer, value);
    writer.bytes(4, value.prev);
    writer.bytes(5, value.signature);
    writer.bytes(6, value.payload);
  },
  read: (reader) => ({
    ...batchRef.read(reader),
    prev: readDigest(reader, 4),
    signature: reader.requiredBytes(5, 1, MAX_SIGNATURE_BYTES),
    payload: reader.requiredBytes(6, 1, MAX_BATCH_PAYLOAD_BYTES),
  }),
};

export const storedBlock: Codec<StoredBlock> = {
  write(writer, block) {
    writer.uint(1, block.view);
    writer.uint(2, block.height);
    writeNested(writer, 3, blockPoint, block.parent);
    writer.uint(4, block.timeMs);
    writeAll(writer, 5, batchRef, block.refs);
    writer.repeatedBytes(6, block.digests);
  },
  read: (reader) => ({
    view: asView(reader.uint(1, MAX_INTEGER)),
    height: asHeight(reader.uint(2, MAX_INTEGER)),
    parent: readNested(reader, 3, blockPoint),
    timeMs: reader.uint(4, MAX_INTEGER),
    refs: readAll(reader, 5, batchRef, MAX_BLOCK_REFS),
    digests: readDigests(reader, 6),
  }),
};

/** A proposal of this node before it is signed, as the write-ahead log keeps it. */
export const unsignedProposal: Codec<UnsignedProposal> = {
  write(writer, value) {
    writeNested(writer, 1, storedBlock, value);
    if (value.justification !== null) writeNested(writer, 2, justification, value.justification);
    writeAll(writer, 3, nullification, value.nullifications);
  },
  read: (reader) => ({
    kind: 'proposal',
    ...readNested(reader, 1, storedBlock),
    justification: readOptional(reader, 2, justification),
    nullifications: readAll(reader, 3, nullification, MAX_NULLIFICATIONS),
  }),
};

/** The epoch's last block proposed again, before it is signed. */
export const unsignedReproposal: Codec<UnsignedReproposal> = {
  write(writer, value) {
    writeNested(writer, 1, blockPoint, value);
    writeNested(writer, 2, notarization, value.justification);
    writeAll(writer, 3, nullification, value.nullifications);
  },
  read: (reader) => ({
    kind: 'reproposal',
    ...readNested(reader, 1, blockPoint),
    justification: readNested(reader, 2, notarization),
    nullifications: readAll(reader, 3, nullification, MAX_NULLIFICATIONS),
  }),
};

export const reproposal: Codec<Reproposal> = {
  write(writer, value) {
    unsignedReproposal.write(writer, value);
    writer.bytes(4, value.signature);
  },
  read: (reader) => ({
    ...unsignedReproposal.read(reader),
    signature: reader.requiredBytes(4, 1, MAX_SIGNATURE_BYTES),
  }),
};

export const proposal: Codec<Proposal> = {
  write(writer, value) {
    unsignedProposal.write(writer, value);
    writer.bytes(4, value.signature);
  },
  read: (reader) => ({
    ...unsignedProposal.read(reader),
    signature: reader.requiredBytes(4, 1, MAX_SIGNATURE_BYTES),
  }),
};
