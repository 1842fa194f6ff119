import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runChild } from './child.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const APT_TIMEOUT_MS = 10 * 60_000;
const START_TIMEOUT_MS = 60_000;

export type ChromiumResult =
  | { readonly ok: true; readonly path: string; readonly version: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Finds a Chromium that starts: the one named by HUFU_CHROMIUM, or one on the PATH; on a Debian system, as
 * root, installs it first when there is none. Otherwise says what to do.
 */
export async function ensureChromium(root: string): Promise<ChromiumResult> {
  let path = findChromium();
  let installOutput = '';
  if (path === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    installOutput = await aptInstall(root);
    path = findChromium();
  }
  if (path === undefined) {
    return {
      ok: false,
      problem: `${installOutput}No Chromium found. Install it (Debian: apt-get install chromium), or set HUFU_CHROMIUM to the path of a Chromium or Chrome.`,
    };
  }
  const { code, output } = await runChild([path, '--version'], { cwd: root, timeoutMs: START_TIMEOUT_MS });
  if (code !== 0) return { ok: false, problem: `${path} does not start: ${output}` };
  return { ok: true, path, version: output.trim() };
}

function findChromium(): string | undefined {
  const named = process.env.HUFU_CHROMIUM;
  if (named !== undefined && named !== '') return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

async function aptInstall(root: string): Promise<string> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { cwd: root, timeoutMs: APT_TIMEOUT_MS, env };
  const install: [string, ...string[]] = ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'];
  const update = await runChild(['apt-get', 'update'], options);
  if (update.code !== 0) return `apt-get update failed:\n${update.output}\n`;
  const result = await runChild(install, options);
  return result.code === 0 ? '' : `${install.join(' ')} failed:\n${result.output}\n`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
