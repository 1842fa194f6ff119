import { join } from 'node:path';
import t from 'tap';
import { runHufu } from './run-hufu.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

t.test('mistakes in the command line end with 2 and say so on standard error only', async (t) => {
  const rows = [
    ['unknown'],
    ['verify'],
    ['verify', 'a', 'b', 'c'],
    ['verify', 'a', '--unknown'],
    ['verify', 'a', '--trust', 'sha256:00'],
    ['verify', 'a', '--trust', 'a'.repeat(64)],
    ['testnet', '--nodes', '0', '--out', 'x'],
    ['testnet', '--nodes', '4'],
    ['anchor'],
    ['node', 'start'],
    ['node', 'start', '--config', 'missing.toml'],
    ['node', 'keys', '--out', 'x'],
    ['node', 'keys', '--out', 'x', '--member', 'A'],
    ['node', 'keys', '--out', 'x', '--member', 'a', '--roles', 'none'],
    ['governance', 'show', 'x'],
    ['governance', 'submit', 'x', '--node', 'y'],
  ];
  const cwd = t.testdir({});
  await Promise.all(
    rows.map(async (args) => {
      const { code, stdout, stderr } = await runHufu(args, { cwd });
      t.equal(code, 2, args.join(' '));
      t.equal(stdout, '', `${args.join(' ')}: nothing on standard output`);
      t.not(stderr, '', `${args.join(' ')}: something on standard error`);
    }),
  );
});

t.test('a path where nothing can be created is told as such', async (t) => {
  const cwd = t.testdir({ file: '' });
  await Promise.all(
    ['/proc/x', '/proc/x/y', '/dev/null/x', 'file', join('file', 'x')].map(async (out) => {
      const { code, stderr } = await runHufu(['testnet', '--nodes', '1', '--out', out], { cwd });
      t.equal(code, 2, out);
      t.match(stderr, /\[path-unusable\]/, out);
    }),
  );
});

t.test('help lists every command and ends with 0', async (t) => {
  const { code, stdout } = await runHufu(['--help']);
  t.equal(code, 0);
  for (const name of [
    'dev',
    'testnet',
    'node',
    'gateway',
    'anchor',
    'proof',
    'verify',
    'status',
    'governance',
    'api-key',
  ]) {
    t.match(stdout, new RegExp(`^  ${name}`, 'm'));
  }
  t.match((await runHufu(['--help'], { env: { LC_ALL: 'zh_CN.UTF-8' } })).stdout, /离线核验证明包/);
});

t.test('what is missing is not found (4), what is unreachable is the network (5)', async (t) => {
  const cwd = t.testdir({ 'a.txt': 'a', key: 'k' });
  const missing = await runHufu(['verify', 'none.hufu.json'], { cwd });
  t.equal(missing.code, 4);
  t.match(missing.stderr, /\[file-not-found\]/);
  const noNetwork = await runHufu(['anchor', 'a.txt'], { cwd });
  t.equal(noNetwork.code, 4);
  t.match(noNetwork.stderr, /\[no-network\]/);
  // Port 9 (discard) of loopback: nothing listens there, so the connection is refused.
  const gateway = ['--gateway', 'http://127.0.0.1:9', '--api-key-file', 'key'];
  const unreachable = await runHufu(['anchor', 'a.txt', ...gateway], { cwd });
  t.equal(unreachable.code, 5);
  t.match(unreachable.stderr, /\[unreachable\]/);
  const noKey = await runHufu(['anchor', 'a.txt', '--gateway', 'http://127.0.0.1:9'], { cwd });
  t.equal(noKey.code, 6);
});

t.test('with --json an error is one JSON document on standard error, in the chosen language', async (t) => {
  const cwd = t.testdir({});
  const { stderr } = await runHufu(['--json', '--lang', 'zh', 'verify', 'none.hufu.json'], { cwd });
  const { error } = JSON.parse(stderr);
  t.equal(error.code, 'file-not-found');
  t.equal(error.detail, 'none.hufu.json');
  t.match(error.title, /文件/);
});

t.test('testnet tells how to start what it made, as text and as JSON, and never overwrites', async (t) => {
  const cwd = t.testdir({});
  const json = await runHufu(['testnet', '--nodes', '4', '--out', 'a', '--json'], { cwd });
  t.equal(json.code, 0, json.stderr);
  const made = JSON.parse(json.stdout);
  t.equal(made.genesis, join(cwd, 'a', 'genesis.json'));
  t.equal(made.nodes.length, 4);
  const text = await runHufu(['testnet', '--nodes', '1', '--out', 'b'], { cwd });
  t.match(text.stdout, /hufu node start --config .*broker.*\nhufu gateway start --config/);
  const again = await runHufu(['testnet', '--nodes', '4', '--out', 'a'], { cwd });
  t.equal(again.code, 2);
  t.match(again.stderr, /\[directory-not-empty\]/);
});
