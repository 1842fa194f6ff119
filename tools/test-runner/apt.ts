import { existsSync } from 'node:fs';
import { runChild } from './child.ts';

const TIMEOUT_MS = 10 * 60_000;

/** On a Debian system, as root, the tests install what they need themselves. */
export function canAptInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Installs Debian packages. Returns what failed, or an empty text. */
export async function aptInstall(root: string, packages: readonly string[]): Promise<string> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { cwd: root, timeoutMs: TIMEOUT_MS, env };
  const install: [string, ...string[]] = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  const update = await runChild(['apt-get', 'update'], options);
  if (update.code !== 0) return `apt-get update failed:\n${update.output}\n`;
  const result = await runChild(install, options);
  return result.code === 0 ? '' : `${install.join(' ')} failed:\n${result.output}\n`;
}
