import { asEpoch, asHeight, asValidatorIndex, asView } from '@hufu/consensus';
import { toHex, utf8 } from '@hufu/crypto';
import t from 'tap';
import {
  certificateFromJson,
  certificateSignBytes,
  certificatesFromFinalization,
  certificateToJson,
  certifies,
  type FinalityCertificate,
  readBitmap,
  verifyFinalityCertificate,
} from '../src/finality-certificate.ts';
import { encodeHeader, headerDigests } from '../src/header.ts';
import { must } from './must.ts';
import { certify, hexBytes, signBytesOf, testHeader, testNetwork } from './network/test-network.ts';

const NETWORK = testNetwork();
const HEADER = testHeader(NETWORK, [utf8('leaf')]);
const CERTIFICATES = certify(NETWORK, HEADER);
const ALL = certify(NETWORK, HEADER, [0, 1, 2, 3]);
const other = new Uint8Array(32).fill(1);

const outcome = (certificate: FinalityCertificate, context = NETWORK): string => {
  const verified = verifyFinalityCertificate(certificate, context);
  return verified.ok ? `signed by ${verified.value.join()}` : verified.error.code;
};

for (const [i, certificate] of CERTIFICATES.entries()) {
  const { suite, signatures } = certificate;
  const all = must(ALL[i]);
  const [first, second, third] = [must(signatures[0]), must(signatures[1]), must(signatures[2])];

  t.test(`${suite}: q of n valid signatures, and no invalid one`, async (t) => {
    t.equal(outcome(certificate), 'signed by 0,1,3');
    t.equal(outcome(all), 'signed by 0,1,2,3', 'more than a quorum');
    const with4 = (signature: Uint8Array) => ({ ...all, signatures: all.signatures.with(2, signature) });
    t.equal(
      outcome(with4(first)),
      'certificate-signature-invalid',
      'a quorum of valid ones beside an invalid one',
    );
    t.equal(outcome({ ...certificate, signatures: [second, first, third] }), 'certificate-signature-invalid');
    t.equal(outcome({ ...certificate, signatures: [first, first, first] }), 'certificate-signature-invalid');
    const empty = new Uint8Array(0);
    t.equal(outcome({ ...certificate, signatures: [first, second, empty] }), 'certificate-signature-invalid');
  });

  t.test(`${suite}: fewer than a quorum`, async (t) => {
    const two = must(certify(NETWORK, HEADER, [0, 1])[i]);
    t.equal(outcome(two), 'certificate-below-quorum');
    t.equal(outcome({ ...two, bitmap: Uint8Array.of(0), signatures: [] }), 'certificate-below-quorum');
  });

  t.test(`${suite}: the bitmap says exactly whose the signatures are`, async (t) => {
    const bitmap = (...bytes: readonly number[]): string =>
      outcome({ ...certificate, bitmap: Uint8Array.of(...bytes) });
    t.strictSame([...certificate.bitmap], [0b1011], 'validator 0 is the lowest bit');
    t.equal(bitmap(0b0111), 'certificate-signature-invalid', 'another signer');
    t.equal(bitmap(0b1111), 'certificate-bitmap-invalid', 'more bits than signatures');
    t.equal(bitmap(0b0011), 'certificate-bitmap-invalid', 'fewer');
    t.equal(bitmap(0b11011), 'certificate-bitmap-invalid', 'a bit beyond the validators');
    t.equal(bitmap(0b1011, 0), 'certificate-bitmap-invalid', 'a byte too many');
    t.equal(bitmap(), 'certificate-bitmap-invalid', 'none');
  });

  t.test(`${suite}: bound to chain, epoch, set, view, height and header`, async (t) => {
    t.equal(outcome({ ...certificate, chainId: other }), 'certificate-wrong-chain');
    t.equal(outcome({ ...certificate, epoch: asEpoch(1) }), 'certificate-wrong-epoch');
    t.equal(outcome({ ...certificate, validatorSetDigest: other }), 'certificate-wrong-validators');
    t.equal(outcome({ ...certificate, view: asView(2) }), 'certificate-signature-invalid');
    t.equal(outcome({ ...certificate, height: asHeight(2) }), 'certificate-signature-invalid');
    t.equal(outcome({ ...certificate, headerDigest: other }), 'certificate-signature-invalid');
    const stranger = testNetwork({ name: 'stranger' });
    t.equal(outcome(certificate, stranger), 'certificate-wrong-chain');
    const otherSet = { ...NETWORK, validators: stranger.validators };
    t.equal(outcome(certificate, otherSet), 'certificate-wrong-validators');
  });

  t.test(`${suite}: certifies its own block only`, async (t) => {
    const { suites } = NETWORK.genesis;
    const block = { view: 1, height: 1, digests: headerDigests(suites, encodeHeader(HEADER)) };
    t.ok(certifies(certificate, block, suites));
    t.notOk(certifies(certificate, { ...block, view: 2 }, suites));
    t.notOk(certifies(certificate, { ...block, height: 2 }, suites));
    t.notOk(certifies(certificate, { ...block, digests: block.digests.with(i, other) }, suites));
    t.notOk(
      certifies(
        certificate,
        block,
        suites.filter((name) => name !== suite),
      ),
    );
  });

  t.test(`${suite}: sign-bytes are those of the specification`, async (t) => {
    t.equal(toHex(certificateSignBytes(certificate)), toHex(signBytesOf(certificate)));
  });

  t.test(`${suite}: JSON there and back, closed and strict`, async (t) => {
    const json = certificateToJson(certificate);
    t.strictSame(certificateFromJson(JSON.parse(JSON.stringify(json))), { ok: true, value: certificate });
    const bad: readonly Record<string, unknown>[] = [
      { extra: 1 },
      { suite: 'rsa' },
      { suite: undefined },
      { chainId: json.chainId.toUpperCase() },
      { chainId: json.chainId.slice(2) },
      { epoch: -1 },
      { epoch: '0' },
      { view: 0 },
      { height: 0.5 },
      { bitmap: '' },
      { bitmap: 'f' },
      { signatures: [] },
      { signatures: ['00'.repeat(73)] },
      { signatures: [json.signatures[0], null] },
      { signatures: { length: 3 } },
    ];
    for (const change of bad) {
      const read = certificateFromJson({ ...json, ...change });
      t.match(read, { ok: false, error: { code: 'certificate-malformed' } }, JSON.stringify(change));
    }
    for (const value of [undefined, null, [], 'text', 7]) t.notOk(certificateFromJson(value).ok);
  });
}

t.test('a suite that the chain does not have', async (t) => {
  const gmOnly = testNetwork({ suites: ['sm2-sm3'] });
  t.equal(outcome(must(CERTIFICATES[0]), gmOnly), 'certificate-wrong-suite');
});

t.test('bits are counted from the lowest of the first byte', async (t) => {
  t.strictSame(readBitmap(hexBytes('0180'), 16), [0, 15]);
  t.strictSame(readBitmap(hexBytes('ff01'), 9), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  t.equal(readBitmap(hexBytes('ff02'), 9), undefined);
  t.equal(readBitmap(hexBytes('ff'), 9), undefined);
});

t.test('certificates for sets of 1 to 9: q as n − f', async (t) => {
  for (let n = 1; n <= 9; n++) {
    const network = testNetwork({ n, suites: ['ed25519-sha256'], name: `of-${n}` });
    const header = testHeader(network, [utf8('leaf')]);
    const q = n - Math.floor((n - 1) / 3);
    const signers = Array.from({ length: q }, (_, i) => n - 1 - i).reverse();
    t.equal(outcome(must(certify(network, header, signers)[0]), network), `signed by ${signers.join()}`);
    const fewer = must(certify(network, header, signers.slice(1))[0]);
    t.equal(outcome(fewer, network), 'certificate-below-quorum', `${q - 1} of ${n}`);
  }
});

t.test('a finalization without a signature per suite is a broken invariant', async (t) => {
  const point = { view: HEADER.view, height: HEADER.height, digests: [other] };
  t.throws(() => certificatesFromFinalization({ kind: 'finalization', ...point, shares: [] }, NETWORK));
  const share = (signer: number) => ({ signer: asValidatorIndex(signer), signatures: [other, other] });
  for (const signers of [
    [1, 0],
    [1, 1],
  ]) {
    const shares = signers.map(share);
    const digests = [other, other];
    t.throws(
      () => certificatesFromFinalization({ kind: 'finalization', ...point, digests, shares }, NETWORK),
      `signers ${signers}`,
    );
  }
});
