import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_BUNDLE_BYTES } from '@hufu/proof';
import t from 'tap';
import { runHufu } from '../run-hufu.ts';

/** The documented example: a file, its bundle, and the genesis of the network that recorded it. */
const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'testdata', 'example');
const CONTENT = join(EXAMPLE, 'content.txt');
const BUNDLE = join(EXAMPLE, 'content.txt.hufu.json');
const GENESIS = join(EXAMPLE, 'genesis.json');

t.test('the exit code is the conclusion, and the last line says it', async (t) => {
  const rows: [string[], number, RegExp][] = [
    [[BUNDLE, CONTENT, '--genesis', GENESIS], 0, /\nPASSED\n$/],
    [[BUNDLE, GENESIS, '--genesis', GENESIS], 1, /\nFAILED\n$/],
    [[BUNDLE, CONTENT], 3, /\nCANNOT TELL\n$/],
    [[BUNDLE, CONTENT, '--genesis', GENESIS, '--lang', 'zh'], 0, /\n核验通过\n$/],
  ];
  for (const [args, code, last] of rows) {
    const result = await runHufu(['verify', ...args]);
    t.equal(result.code, code, args.join(' '));
    t.match(result.stdout, last);
    t.equal(result.stderr, '', 'nothing on standard error');
  }
});

t.test('--json is the report, and nothing else', async (t) => {
  const { stdout, code } = await runHufu(['verify', BUNDLE, CONTENT, '--genesis', GENESIS, '--json']);
  t.equal(code, 0);
  const report = JSON.parse(stdout);
  t.equal(report.format, 'hufu-verification-report/1');
  t.equal(report.conclusion, 'passed');
});

t.test('hostile files: garbage, an empty file, one beyond the limit', async (t) => {
  const directory = t.testdir({ empty: '', garbage: '\u0000{"format":', array: '[]' });
  writeFileSync(join(directory, 'huge'), new Uint8Array(MAX_BUNDLE_BYTES + 1).fill(0x20));
  writeFileSync(join(directory, 'padded'), `${readFileSync(BUNDLE, 'utf8')}\n`);
  for (const name of ['empty', 'garbage', 'array', 'huge', 'padded']) {
    const { code } = await runHufu(['verify', join(directory, name), CONTENT, '--genesis', GENESIS]);
    t.equal(code, 1, name);
  }
});

t.test('--openssl writes three files a signature and one script, and says where', async (t) => {
  const out = join(t.testdir({}), 'openssl');
  const { code, stderr } = await runHufu(['verify', BUNDLE, '--genesis', GENESIS, '--openssl', out]);
  t.equal(code, 0);
  t.equal(stderr, `${join(out, 'commands.sh')}\n`);
  const script = readFileSync(join(out, 'commands.sh'), 'utf8');
  const commands = script.split('\n').filter((line) => line.startsWith('openssl '));
  t.ok(commands.length >= 6, 'a quorum of three, under two suites');
  t.equal(readdirSync(out).length, 3 * commands.length + 1);
  const broken = join(t.testdir({ bad: 'not a bundle' }), 'bad');
  t.equal((await runHufu(['verify', broken, '--openssl', join(out, 'none')])).code, 1);
  t.notOk(existsSync(join(out, 'none')), 'what cannot be read has no signatures to show');
});

t.test('trust is named by one of the two options, never both', async (t) => {
  const trust = `sha256:${'0'.repeat(64)}`;
  const both = await runHufu(['verify', BUNDLE, '--genesis', GENESIS, '--trust', trust]);
  t.equal(both.code, 2);
  t.match(both.stderr, /\[usage\]/);
  const noGenesis = await runHufu(['verify', BUNDLE, '--genesis', join(EXAMPLE, 'none.json')]);
  t.equal(noGenesis.code, 4);
});
