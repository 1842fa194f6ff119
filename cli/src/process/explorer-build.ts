import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';

const LAST_OUTPUT_CHARACTERS = 2_000;

/**
 * Builds the web application that every node serves, when its sources are here and newer than the last build.
 * The explorer's own script decides that; nothing of it is loaded into this process.
 */
export async function buildExplorer(repository: string, terminal: Terminal): Promise<void> {
  const script = join(repository, 'explorer', 'tools', 'build-if-needed.ts');
  if (!existsSync(script)) return;
  terminal.note(terminal.say({ zh: '检查浏览器页面…', en: 'Building the explorer if needed …' }));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = `${output}${chunk}`.slice(-LAST_OUTPUT_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', resolve);
  });
  if (code !== 0) throw new CliError('process-died', `${script}: exit code ${code}\n${output}`);
}
