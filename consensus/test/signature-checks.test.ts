import { hash, toHex } from '@hufu/crypto';
import t from 'tap';
import { batchDigest, signatureChecks, unsignedSignBytes, voteSignBytes } from '../src/index.ts';
import { asHeight, asValidatorIndex, asView, type Share } from '../src/types.ts';

const [ONE, TWO] = [1, 2].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array];
const CONTEXT = {
  hash: 'sha256',
  chainId: [ONE, TWO],
  epoch: 7,
  validatorSetDigest: [TWO, ONE],
} as const;
const SIGNER = asValidatorIndex(3);
const share = (count: number): Share => ({ signer: SIGNER, signatures: Array(count).fill(ONE) });
const point = { view: asView(9), height: asHeight(4) };

t.test('sign-bytes: hufu/<kind>/v1, 0, chainId, epoch, validator set, view, height, digest', async (t) => {
  const bytes = voteSignBytes('notarize', {
    chainId: ONE,
    epoch: 7,
    validatorSetDigest: TWO,
    view: 9,
    height: 4,
    digest: ONE,
  });
  const u64 = (value: number): string => value.toString(16).padStart(16, '0');
  const expected = [
    Buffer.from('hufu/notarize/v1\0').toString('hex'),
    '01'.repeat(32),
    u64(7),
    '02'.repeat(32),
    u64(9),
    u64(4),
    '01'.repeat(32),
  ].join('');
  t.equal(toHex(bytes), expected);
});

t.test('each kind signs other bytes, so no signature passes for another', async (t) => {
  const { view, height } = point;
  const signed = [
    unsignedSignBytes(CONTEXT, { kind: 'notarize', view, height, digest: ONE }),
    unsignedSignBytes(CONTEXT, { kind: 'nullify', view }),
    unsignedSignBytes(CONTEXT, { kind: 'finalize', view, height, digests: [ONE, TWO] }),
  ];
  t.same(
    signed.map((bytes) => bytes.length),
    [1, 1, 2],
    'Finalize carries one signature per suite',
  );
  t.equal(new Set(signed.flat().map(toHex)).size, 4);
});

t.test('Finalize: each suite covers its own digests', async (t) => {
  const finalize = { kind: 'finalize', ...point, digests: [ONE, TWO], ...share(2) } as const;
  const checks = signatureChecks(CONTEXT, finalize, [], SIGNER);
  t.same(
    checks?.map(({ suite, bytes }) => [suite, toHex(bytes.slice(-32))]),
    [
      [0, toHex(ONE)],
      [1, toHex(TWO)],
    ],
  );
});

t.test('hostile: a share without exactly one signature per suite never verifies', async (t) => {
  for (const count of [0, 1, 3]) {
    const finalize = { kind: 'finalize', ...point, digests: [ONE, TWO], ...share(count) } as const;
    t.equal(signatureChecks(CONTEXT, finalize, [], SIGNER), undefined, `${count} signatures`);
  }
  const empty = { kind: 'finalize', ...point, digests: [], ...share(0) } as const;
  t.equal(signatureChecks(CONTEXT, empty, [], SIGNER), undefined, 'no digests and no signatures');
  const certificate = { kind: 'finalization', ...point, digests: [], shares: [share(0)] } as const;
  t.equal(signatureChecks(CONTEXT, certificate, [], SIGNER), undefined, 'in a certificate too');
});

t.test('a certificate and everything embedded is checked', async (t) => {
  const nullification = { kind: 'nullification', view: asView(8), shares: [share(1), share(1)] } as const;
  const nullify = { kind: 'nullify', view: asView(9), ...share(1) } as const;
  t.equal(signatureChecks(CONTEXT, nullify, [nullification], SIGNER)?.length, 3);
  t.equal(signatureChecks(CONTEXT, nullification, [], SIGNER)?.length, 2);
});

t.test('a batch: H(domain, origin, seq, prev, H(payload)), and its signature is over that', async (t) => {
  const batch = { origin: SIGNER, seq: 5, prev: ONE, payload: Uint8Array.of(1, 2, 3) };
  const digest = batchDigest('sha256', batch);
  const preimage = Buffer.concat([
    Buffer.from('hufu/batch/v1\0'),
    Buffer.from('00000000000000030000000000000005', 'hex'),
    ONE,
    hash('sha256', batch.payload),
  ]);
  t.equal(toHex(digest), toHex(hash('sha256', preimage)));
  const message = { kind: 'batch', ...batch, digest, signature: ONE } as const;
  t.equal(signatureChecks(CONTEXT, message, [], SIGNER)?.length, 1);
  const altered = { ...message, payload: Uint8Array.of(1, 2, 4) };
  t.equal(signatureChecks(CONTEXT, altered, [], SIGNER), undefined, 'the digest must be the content’s');
});
