import { fromHex, hash, utf8 } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { encodeBundle } from '../src/bundle.ts';
import { encodeGenesis } from '../src/genesis.ts';
import { PROBLEMS } from '../src/problems.ts';
import type { Report, StepStatus } from '../src/report.ts';
import { verify } from '../src/verify.ts';
import { damaged } from './arbitraries.ts';
import { must } from './must.ts';
import { CONTENT, testCase } from './network/test-bundle.ts';
import { testGenesis, testNetwork } from './network/test-network.ts';

const CASE = testCase();
const BUNDLE = encodeBundle(CASE.bundle);
const GENESIS = CASE.network.genesisBytes;
const TRUST = { genesis: GENESIS };

const statusOf = (report: Report, code: string): StepStatus | undefined =>
  report.steps.find((step) => step.code === code)?.status;
const failures = (report: Report): readonly string[] =>
  report.steps
    .filter((step) => step.status === 'failed')
    .map((step) => `${step.code}: ${step.problem?.code}`);

t.test('a true bundle, its content and the trusted genesis: every step passes', async (t) => {
  const report = verify(BUNDLE, { trust: TRUST, content: CONTENT });
  t.equal(report.conclusion, 'passed');
  t.strictSame(
    report.steps.map((step) => `${step.code} ${step.status}`),
    [
      'bundle-format passed',
      'trust passed',
      'genesis passed',
      'header passed',
      'epoch-chain passed',
      'validator-set passed',
      'suites passed',
      'finality-ed25519-sha256 passed',
      'finality-sm2-sm3 passed',
      'entry passed',
      'inclusion-sha256 passed',
      'inclusion-sm3 passed',
      'content-sha256 passed',
      'content-sm3 passed',
    ],
  );
  t.match(report.statements, {
    network: 'test',
    height: 1,
    logSize: 11,
    validators: 4,
    quorum: 3,
    signers: { 'sm2-sm3': ['broker', 'exchange-infra', 'notary'] },
    records: [{ index: 5, serial: 5, gatewayName: 'broker-gateway' }],
  });
  t.strictSame(JSON.parse(JSON.stringify(report)), report, 'the report is plain JSON');
});

t.test('what is not proven is stated', async (t) => {
  const codes = (report: Report): readonly string[] => report.notProven.map(({ code }) => code);
  const always = ['content-truth', 'submitter-claims', 'time', 'validator-honesty', 'later-records'];
  t.strictSame(codes(verify(BUNDLE, { trust: TRUST, content: CONTENT })), always);
  t.strictSame(codes(verify(BUNDLE)), ['network', 'content', ...always]);
  t.strictSame(codes(verify(BUNDLE, { trust: TRUST, content: utf8('x') })), [
    'record-anchored',
    'content',
    ...always,
  ]);
});

t.test('without trust the conclusion is never passed', async (t) => {
  for (const options of [{}, { content: CONTENT }, { trust: { chainId: {} }, content: CONTENT }]) {
    const report = verify(BUNDLE, options);
    t.equal(report.conclusion, 'indeterminate');
    t.equal(statusOf(report, 'trust'), 'indeterminate');
  }
});

t.test('trust by chain id: every digest given must be the genesis digest', async (t) => {
  const sha256 = hash('sha256', GENESIS);
  const sm3 = hash('sm3', GENESIS);
  const conclusion = (chainId: { sha256?: Uint8Array; sm3?: Uint8Array }): string =>
    verify(BUNDLE, { trust: { chainId } }).conclusion;
  t.equal(conclusion({ sha256 }), 'passed');
  t.equal(conclusion({ sm3 }), 'passed');
  t.equal(conclusion({ sha256, sm3 }), 'passed');
  t.equal(conclusion({ sha256: sm3 }), 'failed');
  t.equal(conclusion({ sha256, sm3: sha256 }), 'failed');
  t.equal(conclusion({ sha256: sha256.subarray(1) }), 'failed');
  const both = (chainId: { sha256: Uint8Array }): string =>
    verify(BUNDLE, { trust: { genesis: GENESIS, chainId } }).conclusion;
  t.equal(both({ sha256 }), 'passed');
  t.equal(both({ sha256: sm3 }), 'failed', 'the genesis given agrees, the chain id given does not');
});

t.test("another network's genesis as trust", async (t) => {
  const other = encodeGenesis(testGenesis({ name: 'other' }));
  const report = verify(BUNDLE, { trust: { genesis: other }, content: CONTENT });
  t.equal(report.conclusion, 'failed');
  t.strictSame(failures(report), ['trust: trust-mismatch']);
});

t.test('content by bytes or by digests, each hash compared by itself', async (t) => {
  const sha256 = hash('sha256', CONTENT);
  const sm3 = hash('sm3', CONTENT);
  const other = hash('sm3', utf8('other'));
  const contentSteps = (content: { sha256?: Uint8Array; sm3?: Uint8Array } | Uint8Array) => {
    const report = verify(BUNDLE, { trust: TRUST, content });
    return [report.conclusion, statusOf(report, 'content-sha256'), statusOf(report, 'content-sm3')];
  };
  t.strictSame(contentSteps(CONTENT), ['passed', 'passed', 'passed']);
  t.strictSame(contentSteps({ sha256, sm3 }), ['passed', 'passed', 'passed']);
  t.strictSame(contentSteps({ sha256 }), ['passed', 'passed', 'skipped']);
  t.strictSame(contentSteps({ sm3 }), ['passed', 'skipped', 'passed']);
  t.strictSame(contentSteps({ sha256, sm3: other }), ['failed', 'passed', 'failed']);
  t.strictSame(contentSteps({ sha256: other }), ['failed', 'failed', 'skipped']);
  t.strictSame(contentSteps({}), ['indeterminate', 'indeterminate', 'indeterminate'], 'nothing to compare');
  t.strictSame(contentSteps(utf8('other')), ['failed', 'failed', 'failed']);
  const none = verify(BUNDLE, { trust: TRUST });
  t.strictSame([none.conclusion, statusOf(none, 'content-sm3')], ['passed', 'skipped']);
});

t.test('several records share header and certificates; content belongs to one of them', async (t) => {
  const bundle = encodeBundle(testCase({ indices: [0, 3, 5, 10] }).bundle);
  t.equal(verify(bundle, { trust: TRUST, content: CONTENT }).conclusion, 'passed');
  t.equal(verify(bundle, { trust: TRUST, content: utf8('record 3') }).conclusion, 'passed');
  t.equal(verify(bundle, { trust: TRUST, content: utf8('record 4') }).conclusion, 'failed');
});

t.test('chains of one suite, and of the suites the other way round', async (t) => {
  for (const suites of [['ed25519-sha256'], ['sm2-sm3'], ['sm2-sm3', 'ed25519-sha256']] as const) {
    const network = testNetwork({ suites });
    const { bundle } = testCase({ network });
    const report = verify(encodeBundle(bundle), {
      trust: { genesis: network.genesisBytes },
      content: CONTENT,
    });
    t.equal(report.conclusion, 'passed', suites.join());
    t.equal(report.steps.filter((step) => step.code.startsWith('finality-')).length, suites.length);
  }
});

t.test('one suite failing while the other passes is reported as that', async (t) => {
  const { certificates } = CASE.bundle;
  const [ed25519, sm2] = [must(certificates[0]), must(certificates[1])];
  const spoilt = { ...sm2, signatures: sm2.signatures.toReversed() };
  const report = verify(encodeBundle({ ...CASE.bundle, certificates: [ed25519, spoilt] }), { trust: TRUST });
  t.equal(report.conclusion, 'failed');
  t.strictSame(failures(report), ['finality-sm2-sm3: certificate-signature-invalid']);
  t.equal(statusOf(report, 'finality-ed25519-sha256'), 'passed');
});

t.test('any flipped byte of the bundle makes it fail', async (t) => {
  const flips = [0x01, 0x20, 0x80];
  const survived: string[] = [];
  for (let i = 0; i < BUNDLE.length; i++) {
    for (const flip of flips) {
      const flipped = BUNDLE.with(i, must(BUNDLE[i]) ^ flip);
      const { conclusion } = verify(flipped, { trust: TRUST, content: CONTENT });
      if (conclusion !== 'failed') survived.push(`byte ${i} xor ${flip}: ${conclusion}`);
    }
  }
  t.strictSame(survived, []);
  t.equal(verify(BUNDLE, { trust: TRUST, content: CONTENT }).conclusion, 'passed', 'it was the flips');
});

t.test('any flipped bit of the content makes it fail', async (t) => {
  const survived: number[] = [];
  for (let bit = 0; bit < CONTENT.length * 8; bit++) {
    const flipped = CONTENT.with(bit >> 3, must(CONTENT[bit >> 3]) ^ (1 << (bit & 7)));
    if (verify(BUNDLE, { trust: TRUST, content: flipped }).conclusion !== 'failed') survived.push(bit);
  }
  t.strictSame(survived, []);
});

t.test('a byte left out, put in or cut off makes it fail', async () => {
  fc.assert(
    fc.property(damaged(fc.constant(BUNDLE)), (bytes) => {
      const { conclusion } = verify(bytes, { trust: TRUST, content: CONTENT });
      return conclusion === (Buffer.from(bytes).equals(BUNDLE) ? 'passed' : 'failed');
    }),
    { numRuns: 1_000 },
  );
});

t.test('never throws, and never passes, on what is no bundle', async () => {
  const header = must(fromHex('00'));
  const content = fc.option(fc.uint8Array(), { nil: undefined });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.json().map(utf8),
    // Well-formed around parts that are not: what only the later steps can refuse.
    fc
      .record({
        genesis: fc.uint8Array({ minLength: 1 }),
        header: fc.uint8Array({ minLength: 1, maxLength: 99 }),
      })
      .map((part) => encodeBundle({ ...CASE.bundle, ...part })),
    fc
      .uint8Array({ minLength: 1, maxLength: 99 })
      .map((entry) =>
        encodeBundle({ ...CASE.bundle, header, records: [{ ...must(CASE.bundle.records[0]), entry }] }),
      ),
  );
  fc.assert(
    fc.property(bytes, content, (input, content) => {
      const report = verify(input, { trust: TRUST, ...(content && { content }) });
      return report.conclusion === 'failed' && report.steps.length > 0;
    }),
    { numRuns: 2_000 },
  );
});

t.test('every problem has a title and a remedy in both languages', async (t) => {
  for (const [code, { title, remedy }] of Object.entries(PROBLEMS)) {
    for (const text of [title, remedy]) {
      t.match(text.zh, /[\u4e00-\u9fff]/, code);
      t.match(text.en, /^[ -~]+$/, code);
    }
  }
});
