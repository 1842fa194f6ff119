import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '..', '..');

/** The repository's commands, each with an option that its help tells of and a value that it must refuse. */
const COMMANDS: readonly (readonly [script: string, ...wrong: readonly string[]])[] = [
  ['bench', '--seconds', 'soon'],
  ['resilience', 'wan', '--minutes', '-5'],
  ['sim', '--part', '3/2'],
  ['sim:node', '--runs', '1e3'],
  ['fuzz', '--decoder', 'nothing'],
  ['model', '--module', 'nothing'],
];

function run(script: string, ...words: readonly string[]) {
  return spawnSync('npm', ['run', '--silent', script, '--', ...words], { cwd: ROOT, encoding: 'utf8' });
}

for (const [script, ...wrong] of COMMANDS) {
  t.test(`npm run ${script} explains itself, and refuses in a sentence what it does not know`, async (t) => {
    const option = wrong.find((word) => word.startsWith('--')) ?? '';
    const help = run(script, '--help');
    t.equal(help.status, 0);
    t.match(help.stdout, `npm run ${script} -- [options]`);
    t.match(help.stdout, option);
    for (const words of [wrong, ['--nonsense']]) {
      const { status, stdout, stderr } = run(script, ...words);
      t.equal(status, 1);
      t.equal(stdout, '');
      t.match(stderr, /^error: .*\n(\n?See --help\.\n)$/);
    }
  });
}
