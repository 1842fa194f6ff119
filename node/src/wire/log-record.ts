import type { Epoch, LogRecord } from '@hufu/consensus';
import { assertNever, type Result } from '@hufu/crypto';
import type { ProtoReader } from '@hufu/proof';
import { proposal, unsignedProposal, unsignedReproposal } from './block-codecs.ts';
import { readEpoch, writeEpoch } from './epoch-field.ts';
import { type Codec, decode, encode, readNested, readOptional, writeNested } from './nested.ts';
import { certificate, unsignedVote } from './vote-codecs.ts';

/** A record and the epoch it was written in: views go on counting, but an epoch's last views may be counted twice. */
export interface LoggedRecord {
  readonly epoch: Epoch;
  readonly record: LogRecord;
}

const loggedRecord: Codec<LoggedRecord> = {
  write(writer, { epoch, record }) {
    logRecord.write(writer, record);
    writeEpoch(writer, epoch);
  },
  read(reader) {
    const record = logRecord.read(reader);
    return { record, epoch: readEpoch(reader) };
  },
};

const logRecord: Codec<LogRecord> = {
  write(writer, record) {
    switch (record.type) {
      case 'vote':
        return writeNested(writer, 1, unsignedVote, record.vote);
      case 'proposal':
        return writeNested(writer, 2, proposal, record.proposal);
      case 'own-proposal':
        return record.proposal.kind === 'reproposal'
          ? writeNested(writer, 5, unsignedReproposal, record.proposal)
          : writeNested(writer, 3, unsignedProposal, record.proposal);
      case 'certificate':
        return writeNested(writer, 4, certificate, record.certificate);
      default:
        return assertNever(record);
    }
  },
  read: (reader) =>
    readVote(reader) ??
    readProposal(reader) ??
    readOwnProposal(reader) ??
    readCertificate(reader) ?? {
      type: 'own-proposal',
      proposal: readNested(reader, 5, unsignedReproposal),
    },
};

function readVote(reader: ProtoReader): LogRecord | null {
  const vote = readOptional(reader, 1, unsignedVote);
  return vote && { type: 'vote', vote };
}

function readProposal(reader: ProtoReader): LogRecord | null {
  const value = readOptional(reader, 2, proposal);
  return value && { type: 'proposal', proposal: value };
}

function readOwnProposal(reader: ProtoReader): LogRecord | null {
  const value = readOptional(reader, 3, unsignedProposal);
  return value && { type: 'own-proposal', proposal: value };
}

function readCertificate(reader: ProtoReader): LogRecord | null {
  const value = readOptional(reader, 4, certificate);
  return value && { type: 'certificate', certificate: value };
}

export function encodeLogRecord(record: LoggedRecord): Uint8Array {
  return encode(loggedRecord, record);
}

/** Reads a record of the write-ahead log; the error is a remark for the operator. Never throws. */
export function decodeLogRecord(bytes: Uint8Array): Result<LoggedRecord, string> {
  return decode(loggedRecord, bytes);
}

/** The view a record is about: it may be forgotten once a block of a later view is applied. */
export function viewOfRecord({ record }: LoggedRecord): number {
  switch (record.type) {
    case 'vote':
      return record.vote.view;
    case 'proposal':
    case 'own-proposal':
      return record.proposal.view;
    case 'certificate':
      return record.certificate.view;
    default:
      return assertNever(record);
  }
}
