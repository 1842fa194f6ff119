import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface HufuResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const TIMEOUT_MS = 120_000;
/** What a test does not set must not come from the machine it runs on. */
const NEUTRAL_ENV = { LC_ALL: 'C', HUFU_GATEWAY: '', HUFU_API_KEY: '' };

/** Runs the real command in a process of its own, to its end. */
export function runHufu(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<HufuResult> {
  const env = { ...process.env, ...NEUTRAL_ENV, ...options.env };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, ...args],
      { cwd: options.cwd, env, timeout: TIMEOUT_MS, maxBuffer: 1 << 26 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
