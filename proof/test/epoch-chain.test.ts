import { asHeight, asView } from '@hufu/consensus';
import t from 'tap';
import { encodeBundle } from '../src/bundle.ts';
import { followEpochs, genesisPosition, verifyEpochStep } from '../src/epoch-chain.ts';
import { genesisValidatorSet } from '../src/genesis.ts';
import { encodeHeader } from '../src/header.ts';
import { verify } from '../src/verify.ts';
import { must } from './must.ts';
import { CONTENT, recordOf } from './network/test-bundle.ts';
import { ACTION_INDEX, actionOf, documentOf, epochStep, epochsCase } from './network/test-epochs.ts';
import { certify } from './network/test-network.ts';

const CASE = epochsCase();
const [EPOCH_0, EPOCH_1, EPOCH_2] = CASE.epochs;
const [END_0, END_1] = CASE.endHeaders;
const { chainId, genesis, genesisBytes } = EPOCH_0;
const FIRST = genesisPosition(genesisValidatorSet(genesis));
const TRUST = { genesis: genesisBytes };

t.test('steps lead from the genesis to the validators of the last epoch', async (t) => {
  const followed = followEpochs(chainId, genesisValidatorSet(genesis), CASE.bundle.epochChain);
  t.strictSame(followed, {
    position: { validators: EPOCH_2.validators, height: END_1.height, view: END_1.view },
  });
});

t.test('a chain is followed as far as it is proven, and the refusal names the epoch', async (t) => {
  const [first, second] = [must(CASE.bundle.epochChain[0]), must(CASE.bundle.epochChain[1])];
  const broken = { ...second, certificates: second.certificates.slice(1) };
  const followed = followEpochs(chainId, genesisValidatorSet(genesis), [first, broken]);
  t.equal(followed.position.validators.epoch, 1);
  t.strictSame(followed.problem, { code: 'certificate-missing', remark: 'epoch 1: ed25519-sha256' });
});

t.test("a step's certificates may be of a later view, never of an earlier one", async (t) => {
  const inView = (view: number) =>
    verifyEpochStep(chainId, FIRST, epochStep(EPOCH_0, EPOCH_1, END_0, [0, 1, 2], view)).ok;
  t.strictSame([END_0.view, END_0.view + 1, END_0.view + 100].map(inView), [true, true, true]);
  t.notOk(inView(END_0.view - 1));
});

t.test('a step under one suite only is none', async (t) => {
  const step = must(CASE.bundle.epochChain[0]);
  for (const certificates of [step.certificates.slice(0, 1), step.certificates.slice(1), []]) {
    t.match(verifyEpochStep(chainId, FIRST, { ...step, certificates }), {
      ok: false,
      error: { code: 'certificate-missing' },
    });
  }
});

t.test('a bundle across two changes of validators passes, signed by those of its own epoch', async (t) => {
  const report = verify(encodeBundle(CASE.bundle), { trust: TRUST, content: CONTENT });
  t.equal(report.conclusion, 'passed');
  t.match(report.statements, {
    epoch: 2,
    validators: 4,
    signers: { 'sm2-sm3': ['broker', 'exchange-infra', 'broker-2'] },
  });
});

t.test('a bundle may end at the very block that ends an epoch, certified in a later view', async (t) => {
  const atEnd = (certified: number): string => {
    const size = END_0.logSize;
    const records = [recordOf(EPOCH_0, CASE.leaves.slice(0, size), 0)];
    return verify(
      encodeBundle({
        ...CASE.bundle,
        records,
        logSize: size,
        header: encodeHeader(END_0),
        certificates: certify(EPOCH_0, END_0, [0, 1, 2], EPOCH_0.validators, chainId, certified),
        epochChain: [],
      }),
      { trust: TRUST },
    ).conclusion;
  };
  t.equal(atEnd(END_0.view + 3), 'passed');
  t.equal(atEnd(END_0.view), 'passed');
  t.equal(atEnd(END_0.view - 1), 'failed');
});

t.test('a block of the next epoch comes after the one that ended the last', async (t) => {
  const report = (change: { height?: number; view?: number }) => {
    const header = {
      ...CASE.header,
      height: asHeight(change.height ?? CASE.header.height),
      view: asView(change.view ?? CASE.header.view),
    };
    const certificates = certify(EPOCH_2, header, [0, 1, 3]);
    return verify(encodeBundle({ ...CASE.bundle, header: encodeHeader(header), certificates }), {
      trust: TRUST,
    });
  };
  const failures = (change: { height?: number; view?: number }): readonly string[] =>
    report(change).steps.flatMap(({ code, problem }) => (problem ? [`${code}: ${problem.code}`] : []));
  t.strictSame(failures({ height: END_1.height + 1, view: END_1.view + 1 }), []);
  t.strictSame(failures({ height: END_1.height }), ['epoch-chain: epoch-out-of-order']);
  t.strictSame(failures({ view: END_1.view }), ['epoch-chain: epoch-out-of-order']);
});

t.test('a governance action is proven like any entry; its content is the document', async (t) => {
  const { bundle } = epochsCase(undefined, [ACTION_INDEX]);
  const document = documentOf(EPOCH_0, EPOCH_1.registry);
  t.strictSame(document, actionOf(EPOCH_0, EPOCH_1).document);
  const report = verify(encodeBundle(bundle), { trust: TRUST, content: document });
  t.equal(report.conclusion, 'passed');
  t.match(report.statements?.records, [{ kind: 'governance', index: ACTION_INDEX }]);
  t.equal(verify(encodeBundle(bundle), { trust: TRUST, content: CONTENT }).conclusion, 'failed');
});

t.test('every byte of the epoch chain is bound: changed, the bundle fails', async (t) => {
  const bytes = encodeBundle(CASE.bundle);
  const start = Buffer.from(bytes).indexOf('"epochChain"');
  const positions = Array.from({ length: bytes.length - start }, (_, i) => start + i);
  // Every 31st: each change that is still canonical costs signatures.
  const sampled = positions.filter((at) => at % 31 === 0);
  const passed = sampled.filter((at) => {
    const altered = bytes.with(at, must(bytes[at]) ^ 1);
    return verify(altered, { trust: TRUST }).conclusion !== 'failed';
  });
  t.ok(sampled.length > 100);
  t.strictSame(passed, []);
});
