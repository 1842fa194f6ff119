import {
  asHeight,
  asValidatorIndex,
  asView,
  type BatchRef,
  type BlockPoint,
  MAX_VALIDATORS,
  type Share,
} from '@hufu/consensus';
import { HASH_BYTES } from '@hufu/crypto';
import type { ProtoReader } from '@hufu/proof';
import { MAX_SIGNATURE_BYTES, MAX_SUITES } from './limits.ts';
import type { Codec } from './nested.ts';

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

export function readDigest(reader: ProtoReader, field: number): Uint8Array {
  return reader.requiredBytes(field, HASH_BYTES, HASH_BYTES);
}

/** One digest per suite; how many suites there are is the genesis's to say. */
export function readDigests(reader: ProtoReader, field: number): Uint8Array[] {
  return reader.repeatedBytes(field, HASH_BYTES, HASH_BYTES, MAX_SUITES);
}

export const batchRef: Codec<BatchRef> = {
  write(writer, ref) {
    writer.uint(1, ref.origin);
    writer.uint(2, ref.seq);
    writer.bytes(3, ref.digest);
  },
  read: (reader) => ({
    origin: asValidatorIndex(reader.uint(1, MAX_VALIDATORS - 1)),
    seq: reader.uint(2, MAX_INTEGER),
    digest: readDigest(reader, 3),
  }),
};

/** A point without digests stands for a view alone. */
export const blockPoint: Codec<BlockPoint> = {
  write(writer, point) {
    writer.uint(1, point.view);
    writer.uint(2, point.height);
    writer.repeatedBytes(3, point.digests);
  },
  read: (reader) => ({
    view: asView(reader.uint(1, MAX_INTEGER)),
    height: asHeight(reader.uint(2, MAX_INTEGER)),
    digests: readDigests(reader, 3),
  }),
};

export const share: Codec<Share> = {
  write(writer, value) {
    writer.uint(1, value.signer);
    writer.repeatedBytes(2, value.signatures);
  },
  read: (reader) => ({
    signer: asValidatorIndex(reader.uint(1, MAX_VALIDATORS - 1)),
    signatures: reader.repeatedBytes(2, 1, MAX_SIGNATURE_BYTES, MAX_SUITES),
  }),
};
