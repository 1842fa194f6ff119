import { asEpoch, type Epoch } from '@hufu/consensus';
import { assertNever, HASH_BYTES } from '@hufu/crypto';
import { MAX_HEADER_BYTES, MAX_VALIDATOR_SET_BYTES, type ProtoReader } from '@hufu/proof';
import {
  MAX_EDGE_BYTES,
  MAX_EPOCH_ENDS,
  MAX_PATH_HASHES,
  MAX_STATE_LEAF_BYTES,
  MAX_STATE_LEAVES,
  MAX_SUITES,
  MAX_TILE_LEVELS,
} from './limits.ts';
import { type Codec, readAll, readNested, readOptional, writeAll, writeNested } from './nested.ts';
import type {
  EpochEnd,
  Epochs,
  FetchEpochs,
  FetchSnapshot,
  FetchStateChunk,
  Snapshot,
  StateChunk,
  SyncMessage,
} from './sync-message.ts';
import { finalization } from './vote-codecs.ts';

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** Every sync message begins with the epoch that it is about. */
function readSubject(reader: ProtoReader): Epoch {
  return asEpoch(reader.uint(1, MAX_INTEGER));
}

const fetchEpochs: Codec<FetchEpochs> = {
  write: (writer, value) => writer.uint(1, value.from),
  read: (reader) => ({ kind: 'fetch-epochs', from: readSubject(reader) }),
};

const epochEnd: Codec<EpochEnd> = {
  write(writer, value) {
    writer.bytes(1, value.headerBytes);
    writeNested(writer, 2, finalization, value.finalization);
    writer.bytes(3, value.validatorSet);
  },
  read: (reader) => ({
    headerBytes: reader.requiredBytes(1, 1, MAX_HEADER_BYTES),
    finalization: readNested(reader, 2, finalization),
    validatorSet: reader.requiredBytes(3, 1, MAX_VALIDATOR_SET_BYTES),
  }),
};

const epochs: Codec<Epochs> = {
  write(writer, value) {
    writer.uint(1, value.from);
    writeAll(writer, 2, epochEnd, value.ends);
  },
  read: (reader) => ({
    kind: 'epochs',
    from: readSubject(reader),
    ends: readAll(reader, 2, epochEnd, MAX_EPOCH_ENDS),
  }),
};

const fetchSnapshot: Codec<FetchSnapshot> = {
  write: (writer, value) => writer.uint(1, value.epoch),
  read: (reader) => ({ kind: 'fetch-snapshot', epoch: readSubject(reader) }),
};

const logEdge: Codec<readonly Uint8Array[]> = {
  write: (writer, levels) => writer.repeatedBytes(1, levels),
  read(reader) {
    const levels = reader.repeatedBytes(1, 0, MAX_EDGE_BYTES, MAX_TILE_LEVELS);
    if (levels.some((hashes) => hashes.length % HASH_BYTES !== 0)) reader.fail('field 1: no whole hashes');
    return levels;
  },
};

const snapshot: Codec<Snapshot> = {
  write(writer, value) {
    writer.uint(1, value.epoch);
    writer.uint(2, value.leafCount);
    writeAll(writer, 3, logEdge, value.edges);
  },
  read(reader) {
    const epoch = readSubject(reader);
    const leafCount = reader.uint(2, MAX_STATE_LEAVES);
    if (leafCount === 0) reader.fail('field 2: no leaves');
    return { kind: 'snapshot', epoch, leafCount, edges: readAll(reader, 3, logEdge, MAX_SUITES) };
  },
};

const fetchStateChunk: Codec<FetchStateChunk> = {
  write(writer, value) {
    writer.uint(1, value.epoch);
    writer.uint(2, value.first);
  },
  read: (reader) => ({
    kind: 'fetch-state-chunk',
    epoch: readSubject(reader),
    first: reader.uint(2, MAX_STATE_LEAVES - 1),
  }),
};

const rangeProof: Codec<readonly Uint8Array[]> = {
  write: (writer, hashes) => writer.repeatedBytes(1, hashes),
  read: (reader) => reader.repeatedBytes(1, HASH_BYTES, HASH_BYTES, MAX_PATH_HASHES),
};

const stateChunk: Codec<StateChunk> = {
  write(writer, value) {
    writer.uint(1, value.epoch);
    writer.uint(2, value.first);
    writer.repeatedBytes(3, value.leaves);
    writeAll(writer, 4, rangeProof, value.paths);
  },
  read(reader) {
    const epoch = readSubject(reader);
    const first = reader.uint(2, MAX_STATE_LEAVES - 1);
    const leaves = reader.repeatedBytes(3, 1, MAX_STATE_LEAF_BYTES, MAX_STATE_LEAVES - first);
    if (leaves.length === 0) reader.fail('field 3: no leaves');
    return { kind: 'state-chunk', epoch, first, leaves, paths: readAll(reader, 4, rangeProof, MAX_SUITES) };
  },
};

export const syncMessage: Codec<SyncMessage> = {
  write(writer, message) {
    switch (message.kind) {
      case 'fetch-epochs':
        return writeNested(writer, 1, fetchEpochs, message);
      case 'epochs':
        return writeNested(writer, 2, epochs, message);
      case 'fetch-snapshot':
        return writeNested(writer, 3, fetchSnapshot, message);
      case 'snapshot':
        return writeNested(writer, 4, snapshot, message);
      case 'fetch-state-chunk':
        return writeNested(writer, 5, fetchStateChunk, message);
      case 'state-chunk':
        return writeNested(writer, 6, stateChunk, message);
      default:
        return assertNever(message);
    }
  },
  read: (reader) =>
    readOptional(reader, 1, fetchEpochs) ??
    readOptional(reader, 2, epochs) ??
    readOptional(reader, 3, fetchSnapshot) ??
    readOptional(reader, 4, snapshot) ??
    readOptional(reader, 5, fetchStateChunk) ??
    readNested(reader, 6, stateChunk),
};
