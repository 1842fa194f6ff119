import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { networkLayout } from '../../src/network/layout.ts';
import { runHufu } from '../run-hufu.ts';

t.test('a node whose data directory cannot be used says so with a remedy, not with a stack', async (t) => {
  const cwd = t.testdir({});
  await runHufu(['testnet', '--nodes', '1', '--out', 'net', '--port-base', '45000'], { cwd });
  const { directory, configPath } = networkLayout(join(cwd, 'net')).node('broker');
  // A database directory that holds tables' names and no CURRENT: what a careless copy leaves.
  mkdirSync(join(directory, 'data', 'db'), { recursive: true });
  writeFileSync(join(directory, 'data', 'db', '000005.ldb'), 'not a table');
  const { code, stderr } = await runHufu(['node', 'start', '--config', configPath], { cwd });
  t.equal(code, 1);
  t.match(stderr, /\[data-unusable\]/);
  t.match(stderr, /→ Delete all of it but wal and instance/);
  t.notMatch(stderr, /\n\s+at /);
});

t.test('a node that meets a full disk when it starts says so, not that its data is damaged', async (t) => {
  const cwd = t.testdir({});
  await runHufu(['testnet', '--nodes', '1', '--out', 'net', '--port-base', '45000'], { cwd });
  const { directory, configPath } = networkLayout(join(cwd, 'net')).node('broker');
  const database = join(directory, 'data', 'db');
  mkdirSync(database, { recursive: true });
  // What a new database writes first.
  symlinkSync('/dev/full', join(database, 'MANIFEST-000001'));
  const { code, stderr } = await runHufu(['node', 'start', '--config', configPath], { cwd });
  t.equal(code, 1);
  t.match(stderr, /\[disk-full\]/);
  t.match(stderr, /→ Free some space/);
  t.notMatch(stderr, /delete|\n\s+at /);
});
