import { spawn } from 'node:child_process';

export interface ChildResult {
  /** Exit code; null when a signal ended the process, the time limit's included. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** Standard output and error as they came, interleaved. */
  readonly output: string;
  readonly durationMs: number;
}

/**
 * Runs a command to its end and collects what it prints. The child leads its own process group, and the
 * whole group is killed at the time limit, so that a hanging test leaves no processes behind.
 */
export function runChild(
  command: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly timeoutMs: number; readonly env?: NodeJS.ProcessEnv },
): Promise<ChildResult> {
  const [program, ...args] = command;
  const startedMs = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, options.timeoutMs);
  const onExit = (): void => killGroup(child.pid);
  process.once('exit', onExit);
  return new Promise((resolve) => {
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      process.off('exit', onExit);
      const output = Buffer.concat(chunks).toString('utf8');
      resolve({ code, timedOut, output, durationMs: performance.now() - startedMs });
    };
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      finish(127);
    });
    child.once('close', finish);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has already ended.
  }
}
