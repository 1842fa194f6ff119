import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { quote, shellScript } from '../../src/model/shell-script.ts';
import { type BundleVector, readVector } from './bundle-vectors.ts';

/** A name that would run commands if it were pasted unquoted. */
const CONTENT_NAME = `合同 '$(touch pwned)' "x".pdf`;
const BUNDLE_NAME = 'proof.hufu.json';

/** Writes a vector's files and runs the script made from it, as a reader would. */
function runScript(t: Test, vector: BundleVector, position = 0) {
  const directory = t.testdir({});
  writeFileSync(join(directory, CONTENT_NAME), vector.content);
  writeFileSync(join(directory, BUNDLE_NAME), vector.bundle);
  const script = shellScript(vector.bundle, position, { bundle: BUNDLE_NAME, content: CONTENT_NAME });
  if (!script.ok) throw new Error(script.error.code);
  const { status, stdout } = spawnSync('bash', ['-c', script.value], { cwd: directory, encoding: 'utf8' });
  return { status, lines: stdout.split('\n').filter((line) => /^(OK|FAIL)/.test(line)) };
}

t.test('bash and openssl alone verify what verify() passes', async (t) => {
  for (const name of [
    'one-record',
    'single-entry-log',
    'sm2-only',
    'two-epoch-changes',
    'last-block-of-an-epoch',
    'governance-action',
  ]) {
    const { status, lines } = runScript(t, readVector(`valid/${name}`));
    t.equal(status, 0, name);
    t.equal(lines.filter((line) => line.startsWith('FAIL')).length, 0, `${name}: no FAIL`);
    t.ok(lines.length > 8, `${name}: ${lines.length} checks`);
  }
});

t.test('and refuse what it fails, at the right check', async (t) => {
  const rows: [string, RegExp][] = [
    ['path-hash-altered', /the log root stands in the header \(sha256\)/],
    ['backdated', /it signs this header/],
    ['below-quorum', /validators signed/],
    ['sm2-empty-id', /finality-sm2-sm3-.*: the signature$/],
    ['content-of-other-record', /the file is the one recorded/],
    ['genesis-edited', /the header names this genesis/],
    ['epoch-step-below-quorum', /epoch 0, .*validators signed/],
    ['epoch-step-of-next-validators', /epoch-0-.*: the signature$/],
    ['next-validators-replaced', /epoch 0: the next validators stand in the header/],
    ['epoch-step-missing', /: the key stands in|: the signature$|validators signed/],
  ];
  for (const [name, expected] of rows) {
    const { status, lines } = runScript(t, readVector(`hostile/${name}`));
    t.equal(status, 1, name);
    t.ok(
      lines.some((line) => line.startsWith('FAIL') && expected.test(line)),
      `${name}: ${lines.filter((line) => line.startsWith('FAIL')).join('; ')}`,
    );
  }
});

t.test('threat: a file name cannot break out of its quotes', async (t) => {
  for (const name of ["a'b", "'; touch pwned; '", '$(touch pwned)', '`touch pwned`', 'a\nb', '\\', '-n']) {
    const { stdout } = spawnSync('bash', ['-c', `printf %s ${quote(name)}`], { encoding: 'utf8' });
    t.equal(stdout, name);
  }
});

t.test('what cannot be read gives no script', async (t) => {
  t.match(shellScript(new Uint8Array(10), 0, { bundle: 'x' }), {
    ok: false,
    error: { code: 'bundle-not-json' },
  });
  const { bundle } = readVector('valid/one-record');
  t.throws(() => shellScript(bundle, 1, { bundle: 'x' }), RangeError, 'a position that the bundle has not');
});
