import {
  asValidatorIndex,
  batchDigest,
  batchSignBytes,
  nullifySignBytes,
  voteSignBytes,
} from '@hufu/consensus';
import { toHex, utf8 } from '@hufu/crypto';
import { approvalSignBytes, readinessSignBytes, submissionSignBytes } from '../../src/index.ts';
import { must } from '../must.ts';
import { contextOf, firstEpoch } from '../network/test-epochs.ts';
import { TRUE } from './attack.ts';

const certificate = TRUE.bundle.certificates[0];
if (certificate === undefined) throw new Error('no certificate');

const fields = {
  chainId: certificate.chainId,
  epoch: certificate.epoch,
  validatorSetDigest: certificate.validatorSetDigest,
  view: 12,
  height: 9,
  digest: certificate.headerDigest,
};
const shown = {
  chainId: toHex(fields.chainId),
  epoch: fields.epoch,
  validatorSetDigest: toHex(fields.validatorSetDigest),
  view: fields.view,
};
const block = { ...shown, height: fields.height, headerDigest: toHex(fields.digest) };
const batch = { origin: asValidatorIndex(2), seq: 3, prev: fields.digest, payload: utf8('payload') };
const submission = { gateway: 1, firstSerial: 7, records: TRUE.leaves.slice(0, 2) };
const context = contextOf(firstEpoch(TRUE.network));
const document = utf8('a governance document');
const digest = batchDigest('sha256', batch);

/** One message of each kind, its fields and the bytes that are signed. */
export const SIGN_BYTES_VECTORS: readonly { readonly kind: string; readonly vector: object }[] = [
  ...(['notarize', 'finalize', 'proposal'] as const).map((kind) => ({
    kind,
    vector: { kind, fields: block, signBytes: toHex(voteSignBytes(kind, fields)) },
  })),
  { kind: 'nullify', vector: { kind: 'nullify', fields: shown, signBytes: toHex(nullifySignBytes(fields)) } },
  {
    kind: 'batch',
    vector: {
      kind: 'batch',
      hash: 'sha256',
      fields: {
        chainId: shown.chainId,
        origin: batch.origin,
        seq: batch.seq,
        prev: toHex(batch.prev),
        payload: toHex(batch.payload),
      },
      batchDigest: toHex(digest),
      signBytes: toHex(batchSignBytes(fields.chainId, digest)),
    },
  },
  {
    kind: 'submission',
    vector: {
      kind: 'submission',
      hash: 'sha256',
      fields: {
        chainId: shown.chainId,
        gateway: submission.gateway,
        firstSerial: submission.firstSerial,
        records: submission.records.map(toHex),
      },
      signBytes: toHex(submissionSignBytes('sha256', fields.chainId, submission)),
    },
  },
  {
    kind: 'approval',
    vector: {
      kind: 'approval',
      hash: 'sha256',
      fields: {
        chainId: shown.chainId,
        epoch: fields.epoch,
        validatorSetDigest: shown.validatorSetDigest,
        document: toHex(document),
      },
      signBytes: toHex(must(approvalSignBytes(context, document)[0])),
    },
  },
  {
    kind: 'readiness',
    vector: {
      kind: 'readiness',
      hash: 'sha256',
      fields: {
        chainId: shown.chainId,
        epoch: fields.epoch,
        document: toHex(document),
        validator: 4,
        height: 3,
      },
      signBytes: toHex(must(readinessSignBytes(context, document, 4, 3)[0])),
    },
  },
];
