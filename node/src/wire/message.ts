import {
  type Acks,
  asValidatorIndex,
  asView,
  type Blocks,
  blockIdOf,
  type Epoch,
  type FetchBlocks,
  type FetchCertificates,
  type FetchProposal,
  MAX_VALIDATORS,
  type Status,
} from '@hufu/consensus';
import { assertNever, fromHex, type Result } from '@hufu/crypto';
import type { ProtoReader } from '@hufu/proof';
import { batch, proposal, reproposal, storedBlock } from './block-codecs.ts';
import { readEpoch, writeEpoch } from './epoch-field.ts';
import { MAX_BLOCKS, MAX_MESSAGE_BYTES } from './limits.ts';
import {
  type Codec,
  decode,
  encode,
  readAll,
  readNested,
  readOptional,
  writeAll,
  writeNested,
} from './nested.ts';
import { batchRef, readDigest } from './point-codecs.ts';
import { syncMessage } from './sync-codecs.ts';
import type { AnyMessage } from './sync-message.ts';
import { certificate, finalization, vote } from './vote-codecs.ts';

/** Why bytes are no message: a remark for logs. The peer that sent them is faulty. */
export interface WireError {
  readonly code: 'message-too-large' | 'message-malformed';
  readonly remark: string;
}

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

const held: Codec<Acks['held'][number]> = {
  write(writer, value) {
    writer.uint(1, value.origin);
    writer.uint(2, value.next);
  },
  read: (reader) => ({
    origin: asValidatorIndex(reader.uint(1, MAX_VALIDATORS - 1)),
    next: reader.uint(2, MAX_INTEGER),
  }),
};

const acks: Codec<Acks> = {
  write: (writer, value) => writeAll(writer, 1, held, value.held),
  read: (reader) => ({ kind: 'acks', held: readAll(reader, 1, held, MAX_VALIDATORS) }),
};

const status: Codec<Status> = {
  write(writer, value) {
    writer.uint(1, value.view);
    if (value.finalization !== null) writeNested(writer, 2, finalization, value.finalization);
  },
  read: (reader) => ({
    kind: 'status',
    view: asView(reader.uint(1, MAX_INTEGER)),
    finalization: readOptional(reader, 2, finalization),
  }),
};

const fetchProposal: Codec<FetchProposal> = {
  write(writer, value) {
    writer.uint(1, value.view);
    const digest = fromHex(value.id);
    if (digest === undefined) throw new Error(`not a block id: ${value.id}`);
    writer.bytes(2, digest);
  },
  read: (reader) => ({
    kind: 'fetch-proposal',
    view: asView(reader.uint(1, MAX_INTEGER)),
    id: blockIdOf(readDigest(reader, 2)),
  }),
};

const fetchCertificates: Codec<FetchCertificates> = {
  write(writer, value) {
    writer.uint(1, value.fromView);
    writer.uint(2, value.toView);
  },
  read: (reader) => ({
    kind: 'fetch-certificates',
    fromView: asView(reader.uint(1, MAX_INTEGER)),
    toView: asView(reader.uint(2, MAX_INTEGER)),
  }),
};

const fetchBlocks: Codec<FetchBlocks> = {
  write: (writer, value) => writer.uint(1, value.fromHeight),
  read: (reader) => ({ kind: 'fetch-blocks', fromHeight: reader.uint(1, MAX_INTEGER) }),
};

const blocks: Codec<Blocks> = {
  write(writer, value) {
    writeAll(writer, 1, storedBlock, value.blocks);
    writeNested(writer, 2, finalization, value.finalization);
  },
  read: (reader) => ({
    kind: 'blocks',
    blocks: readAll(reader, 1, storedBlock, MAX_BLOCKS),
    finalization: readNested(reader, 2, finalization),
  }),
};

const messageCodec: Codec<AnyMessage> = {
  write(writer, message) {
    switch (message.kind) {
      case 'proposal':
        return writeNested(writer, 1, proposal, message);
      case 'notarize':
      case 'nullify':
      case 'finalize':
        return writeNested(writer, 2, vote, message);
      case 'notarization':
      case 'nullification':
      case 'finalization':
        return writeNested(writer, 3, certificate, message);
      case 'batch':
        return writeNested(writer, 4, batch, message);
      case 'acks':
        return writeNested(writer, 5, acks, message);
      case 'status':
        return writeNested(writer, 6, status, message);
      case 'fetch-proposal':
        return writeNested(writer, 7, fetchProposal, message);
      case 'fetch-batch':
        return writeNested(writer, 8, batchRef, message.ref);
      case 'fetch-blocks':
        return writeNested(writer, 9, fetchBlocks, message);
      case 'blocks':
        return writeNested(writer, 10, blocks, message);
      case 'fetch-certificates':
        return writeNested(writer, 11, fetchCertificates, message);
      case 'reproposal':
        return writeNested(writer, 12, reproposal, message);
      case 'fetch-epochs':
      case 'epochs':
      case 'fetch-snapshot':
      case 'snapshot':
      case 'fetch-state-chunk':
      case 'state-chunk':
        return writeNested(writer, 13, syncMessage, message);
      default:
        return assertNever(message);
    }
  },
  // A oneof: the first field present is the message, and `done` refuses whatever follows it.
  read: (reader) =>
    readOptional(reader, 1, proposal) ??
    readOptional(reader, 2, vote) ??
    readOptional(reader, 3, certificate) ??
    readBatch(reader) ??
    readOptional(reader, 5, acks) ??
    readOptional(reader, 6, status) ??
    readOptional(reader, 7, fetchProposal) ??
    readFetchBatch(reader) ??
    readOptional(reader, 9, fetchBlocks) ??
    readOptional(reader, 10, blocks) ??
    readOptional(reader, 11, fetchCertificates) ??
    readOptional(reader, 12, reproposal) ??
    readNested(reader, 13, syncMessage),
};

function readBatch(reader: ProtoReader): AnyMessage | null {
  const value = readOptional(reader, 4, batch);
  return value && { kind: 'batch', ...value };
}

function readFetchBatch(reader: ProtoReader): AnyMessage | null {
  const ref = readOptional(reader, 8, batchRef);
  return ref && { kind: 'fetch-batch', ref };
}

/** What one node sends another: a message, and the epoch that it is part of; of a sync message, that of the node that asks. */
export interface Envelope {
  readonly epoch: Epoch;
  readonly message: AnyMessage;
}

const envelope: Codec<Envelope> = {
  write(writer, { epoch, message }) {
    messageCodec.write(writer, message);
    writeEpoch(writer, epoch);
  },
  read(reader) {
    const message = messageCodec.read(reader);
    return { message, epoch: readEpoch(reader) };
  },
};

/** The frame for one message, as in proto/wire.proto. */
export function encodeMessage(sent: Envelope): Uint8Array {
  return encode(envelope, sent);
}

/** Reads what a peer sent. Total: any bytes give a message within the limits, or an error. */
export function decodeMessage(bytes: Uint8Array): Result<Envelope, WireError> {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    return { ok: false, error: { code: 'message-too-large', remark: `${bytes.length} bytes` } };
  }
  const decoded = decode(envelope, bytes);
  return decoded.ok ? decoded : { ok: false, error: { code: 'message-malformed', remark: decoded.error } };
}
