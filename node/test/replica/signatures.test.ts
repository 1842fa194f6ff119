import {
  asHeight,
  asValidatorIndex,
  asView,
  batchDigest,
  type Finalization,
  type Finalize,
  leader,
  NO_BATCH_DIGEST,
} from '@hufu/consensus';
import t from 'tap';
import { genesisState } from '../../src/ledger/index.ts';
import { ProtocolSignatures } from '../../src/replica/signatures.ts';
import { createTestNetwork } from '../support/network.ts';

const NETWORK = createTestNetwork(4);
const STATE = genesisState(NETWORK);
const DIGESTS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const POINT = { view: asView(5), height: asHeight(3), digests: DIGESTS };

function signaturesOf(index: number): ProtocolSignatures {
  const signers = NETWORK.validators[index]?.signers ?? [];
  return new ProtocolSignatures(STATE, asValidatorIndex(index), signers);
}

function finalizeOf(index: number): Finalize {
  const signed = signaturesOf(index).sign({ kind: 'finalize', ...POINT });
  if (signed.kind !== 'finalize') throw new Error(signed.kind);
  return signed;
}

t.test('every kind of own message verifies with another validator, Finalize under both suites', async (t) => {
  const unsignedBatch = {
    origin: asValidatorIndex(1),
    seq: 0,
    prev: NO_BATCH_DIGEST,
    payload: new Uint8Array([1, 2, 3]),
  };
  const proposer = leader(POINT.view, 4);
  const verifier = signaturesOf(0);
  const own = signaturesOf(1);
  const messages = [
    own.sign({
      kind: 'notarize',
      view: POINT.view,
      height: POINT.height,
      digest: DIGESTS[0] ?? NO_BATCH_DIGEST,
    }),
    own.sign({ kind: 'nullify', view: POINT.view }),
    own.sign({ kind: 'finalize', ...POINT }),
    own.sign({ kind: 'batch', ...unsignedBatch, digest: batchDigest('sha256', unsignedBatch) }),
    signaturesOf(proposer).sign({
      kind: 'proposal',
      ...POINT,
      parent: { view: asView(0), height: asHeight(0), digests: NETWORK.chainId },
      timeMs: 1,
      refs: [],
      justification: null,
      nullifications: [],
    }),
  ];
  for (const message of messages) t.ok(verifier.check(message, []), message.kind);
  t.equal(finalizeOf(1).signatures.length, 2);
});

t.test('a proposal signed by another than the view’s leader is refused', async (t) => {
  const impostor = (leader(POINT.view, 4) + 1) % 4;
  const proposal = signaturesOf(impostor).sign({
    kind: 'proposal',
    ...POINT,
    parent: { view: asView(0), height: asHeight(0), digests: NETWORK.chainId },
    timeMs: 1,
    refs: [],
    justification: null,
    nullifications: [],
  });
  t.notOk(signaturesOf(0).check(proposal, []));
});

t.test(
  'a certificate is refused when one of its signatures is, and after its good votes were seen',
  async (t) => {
    const verifier = signaturesOf(0);
    const votes = [1, 2, 3].map(finalizeOf);
    const shares = votes.map(({ signer, signatures }) => ({ signer, signatures }));
    const good: Finalization = { kind: 'finalization', ...POINT, shares };
    for (const vote of votes) t.ok(verifier.check(vote, []));
    t.ok(verifier.check(good, []));
    const [first, second, third] = shares;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three shares');
    // A signature under the name of another, a missing suite, an unknown signer, one flipped bit in each suite.
    const hostile = [
      [first, second, { ...third, signatures: second.signatures }],
      [first, second, { ...third, signatures: third.signatures.slice(0, 1) }],
      [first, second, { ...third, signer: asValidatorIndex(9) }],
      ...[0, 1].map((suite) => [
        first,
        second,
        {
          ...third,
          signatures: third.signatures.map((signature, i) =>
            i === suite ? signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : signature,
          ),
        },
      ]),
    ];
    for (const shares of hostile) t.notOk(verifier.check({ ...good, shares }, []));
    t.notOk(verifier.check({ ...good, view: asView(6) }, []));
  },
);

t.test('embedded certificates are checked with the message that carries them', async (t) => {
  const verifier = signaturesOf(0);
  const shares = [1, 2, 3].map(finalizeOf).map(({ signer, signatures }) => ({ signer, signatures }));
  const good: Finalization = { kind: 'finalization', ...POINT, shares };
  const bad: Finalization = { ...good, height: asHeight(4) };
  const status = { kind: 'status', view: asView(1), finalization: good } as const;
  t.ok(verifier.check(status, [good]));
  t.notOk(verifier.check(status, [bad]));
});

t.test('a batch whose digest is not its content’s is refused though well signed', async (t) => {
  const batch = { origin: asValidatorIndex(1), seq: 0, prev: NO_BATCH_DIGEST, payload: new Uint8Array(4) };
  const signed = signaturesOf(1).sign({ kind: 'batch', ...batch, digest: new Uint8Array(32) });
  t.notOk(signaturesOf(0).check(signed, []));
});
