import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall, canAptInstall } from './apt.ts';
import { runChild } from './child.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
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
  if (path === undefined && canAptInstall()) {
    installOutput = await aptInstall(root, ['chromium']);
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
