import {
  asHeight,
  type BlockPoint,
  type Certificate,
  type Finalization,
  MAX_VALIDATORS,
  type Notarization,
  type Nullification,
  type Share,
  type UnsignedVote,
  type Vote,
} from '@hufu/consensus';
import { assertNever, HASH_BYTES } from '@hufu/crypto';
import type { ProtoReader } from '@hufu/proof';
import { type Codec, readAll, readNested, writeAll, writeNested } from './nested.ts';
import { blockPoint, share } from './point-codecs.ts';

const NOTARIZE = 1;
const NULLIFY = 2;
const FINALIZE = 3;
const KINDS = { notarize: NOTARIZE, nullify: NULLIFY, finalize: FINALIZE } as const;

/** On the wire every vote has a point: with one digest to notarize, none to nullify, one per suite to finalize. */
function pointOf(vote: UnsignedVote): BlockPoint {
  switch (vote.kind) {
    case 'notarize':
      return { view: vote.view, height: vote.height, digests: [vote.digest] };
    case 'nullify':
      return { view: vote.view, height: asHeight(0), digests: [] };
    case 'finalize':
      return vote;
    default:
      return assertNever(vote);
  }
}

/** A vote before it is signed: what the write-ahead log keeps, and what a certificate is about. */
export const unsignedVote: Codec<UnsignedVote> = {
  write(writer, vote) {
    writer.uint(1, KINDS[vote.kind]);
    writeNested(writer, 2, blockPoint, pointOf(vote));
  },
  read(reader) {
    const kind = reader.uint(1, FINALIZE);
    const { view, height, digests } = readNested(reader, 2, blockPoint);
    const [digest = new Uint8Array(HASH_BYTES)] = digests;
    switch (kind) {
      case NOTARIZE:
        if (digests.length !== 1) reader.fail('field 2: not one digest');
        return { kind: 'notarize', view, height, digest };
      case FINALIZE:
        if (digests.length === 0) reader.fail('field 2: no digest');
        return { kind: 'finalize', view, height, digests };
      case NULLIFY:
        if (height !== 0 || digests.length > 0) reader.fail('field 2: more than a view');
        return { kind: 'nullify', view };
      default:
        reader.fail('field 1: no such kind');
        return { kind: 'nullify', view };
    }
  },
};

export const vote: Codec<Vote> = {
  write(writer, value) {
    unsignedVote.write(writer, value);
    writeNested(writer, 3, share, value);
  },
  read: (reader) => ({ ...unsignedVote.read(reader), ...readNested(reader, 3, share) }),
};

function votedIn(certificate: Certificate): UnsignedVote {
  switch (certificate.kind) {
    case 'notarization':
      return { ...certificate, kind: 'notarize' };
    case 'nullification':
      return { ...certificate, kind: 'nullify' };
    case 'finalization':
      return { ...certificate, kind: 'finalize' };
    default:
      return assertNever(certificate);
  }
}

function readShares(reader: ProtoReader): Share[] {
  return readAll(reader, 3, share, MAX_VALIDATORS);
}

export const certificate: Codec<Certificate> = {
  write(writer, value) {
    unsignedVote.write(writer, votedIn(value));
    writeAll(writer, 3, share, value.shares);
  },
  read(reader) {
    const subject = unsignedVote.read(reader);
    const shares = readShares(reader);
    switch (subject.kind) {
      case 'notarize':
        return { ...subject, kind: 'notarization', shares };
      case 'nullify':
        return { ...subject, kind: 'nullification', shares };
      case 'finalize':
        return { ...subject, kind: 'finalization', shares };
      default:
        return assertNever(subject);
    }
  },
};

export const finalization: Codec<Finalization> = {
  write: (writer, value) => certificate.write(writer, value),
  read(reader) {
    const value = certificate.read(reader);
    if (value.kind === 'finalization') return value;
    reader.fail('field 1: not a finalization');
    return { kind: 'finalization', view: value.view, height: asHeight(0), digests: [], shares: [] };
  },
};

export const notarization: Codec<Notarization> = {
  write: (writer, value) => certificate.write(writer, value),
  read(reader) {
    const value = certificate.read(reader);
    if (value.kind === 'notarization') return value;
    reader.fail('field 1: not a notarization');
    const digest = new Uint8Array(HASH_BYTES);
    return { kind: 'notarization', view: value.view, height: asHeight(0), digest, shares: [] };
  },
};

export const nullification: Codec<Nullification> = {
  write: (writer, value) => certificate.write(writer, value),
  read(reader) {
    const { kind, view, shares } = certificate.read(reader);
    if (kind !== 'nullification') reader.fail('field 1: not a nullification');
    return { kind: 'nullification', view, shares };
  },
};

/** What may justify a proposal's parent. */
export const justification: Codec<Notarization | Finalization> = {
  write: (writer, value) => certificate.write(writer, value),
  read(reader) {
    const value = certificate.read(reader);
    if (value.kind !== 'nullification') return value;
    reader.fail('field 1: a nullification');
    return { kind: 'finalization', view: value.view, height: asHeight(0), digests: [], shares: [] };
  },
};
