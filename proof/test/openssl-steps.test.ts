import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicKeyToPem, utf8, verify as verifySignature } from '@hufu/crypto';
import t from 'tap';
import { encodeBundle } from '../src/bundle.ts';
import { type OpensslStep, opensslSteps } from '../src/openssl-steps.ts';
import { must } from './must.ts';
import { testCase } from './network/test-bundle.ts';
import { epochsCase } from './network/test-epochs.ts';

const CASE = testCase();

function stepsOf(bundle: Uint8Array): readonly OpensslStep[] {
  const steps = opensslSteps(bundle);
  if (!steps.ok) throw new Error(steps.error.remark);
  return steps.value;
}

t.test('one step for each signature, with everything to check it', async (t) => {
  const steps = stepsOf(encodeBundle(CASE.bundle));
  t.strictSame(
    steps.map((step) => step.name),
    [
      'finality-ed25519-sha256-0-broker',
      'finality-ed25519-sha256-1-exchange-infra',
      'finality-ed25519-sha256-3-notary',
      'finality-sm2-sm3-0-broker',
      'finality-sm2-sm3-1-exchange-infra',
      'finality-sm2-sm3-3-notary',
    ],
  );
  t.ok(steps.every((step) => verifySignature(step.suite, step.publicKey, step.signBytes, step.signature)));
});

t.test('the signatures of the epoch chain come first, each with the key of its epoch', async (t) => {
  const steps = stepsOf(encodeBundle(epochsCase().bundle));
  const names = steps.filter(({ suite }) => suite === 'sm2-sm3').map(({ name }) => name);
  t.strictSame(names, [
    'epoch-0-sm2-sm3-0-broker',
    'epoch-0-sm2-sm3-1-exchange-infra',
    'epoch-0-sm2-sm3-3-notary',
    'epoch-1-sm2-sm3-0-broker',
    'epoch-1-sm2-sm3-1-exchange-infra',
    'epoch-1-sm2-sm3-2-ca',
    'epoch-1-sm2-sm3-4-broker-2',
    'finality-sm2-sm3-0-broker',
    'finality-sm2-sm3-1-exchange-infra',
    'finality-sm2-sm3-3-broker-2',
  ]);
  t.ok(steps.every((step) => verifySignature(step.suite, step.publicKey, step.signBytes, step.signature)));
});

t.test('stock openssl accepts every signature, and refuses one over other bytes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-openssl-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const run = (step: OpensslStep, signBytes: Uint8Array): number | null => {
    writeFileSync(join(folder, `${step.name}.bin`), signBytes);
    writeFileSync(join(folder, `${step.name}.sig`), step.signature);
    writeFileSync(join(folder, `${step.name}.pem`), publicKeyToPem(step.suite, step.publicKey));
    const [command = '', ...args] = step.command.split(' ');
    return spawnSync(command, args, { cwd: folder }).status;
  };
  for (const step of stepsOf(encodeBundle(CASE.bundle))) {
    t.equal(run(step, step.signBytes), 0, step.name);
    t.not(run(step, step.signBytes.with(20, must(step.signBytes[20]) ^ 1)), 0, `${step.name}, altered`);
  }
});

t.test('a wrong signature comes out too; a bundle that cannot be read does not', async (t) => {
  const certificates = CASE.bundle.certificates.map((c) => ({ ...c, signatures: c.signatures.toReversed() }));
  t.equal(stepsOf(encodeBundle({ ...CASE.bundle, certificates })).length, 6);
  t.match(opensslSteps(utf8('{}')), { ok: false, error: { code: 'bundle-malformed' } });
  const genesis = utf8('{}');
  t.match(opensslSteps(encodeBundle({ ...CASE.bundle, genesis })), {
    ok: false,
    error: { code: 'genesis-malformed' },
  });
  const strange = CASE.bundle.certificates.map((c) => ({ ...c, bitmap: Uint8Array.of(0xff) }));
  t.strictSame(stepsOf(encodeBundle({ ...CASE.bundle, certificates: strange })), []);
});
