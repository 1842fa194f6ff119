import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** How a process ended: an exit code or a signal, never both. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One `hufu` command running in a process of its own. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** Settles when the process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<Exit>;
  /** How it ended; undefined while it runs. */
  exit(): Exit | undefined;
  /** Asks it to drain (SIGTERM) and kills it when it has not ended after `graceMs`. */
  stop(graceMs: number): Promise<Exit>;
  /** Ends it at once, as a power cut would (SIGKILL). */
  kill(): Promise<Exit>;
}

/** Where a command is run instead of right here: what stands before it, and environment variables of its own. */
export interface Launch {
  /** A program that executes the rest of its arguments in its place, such as `nsenter`, keeping its process id. */
  readonly prefix: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const HERE: Launch = { prefix: [], env: {} };

/**
 * Starts `hufu ARGS…` with output appended to `logPath`. The child is in its own process group, so that Ctrl-C
 * reaches only us and the order of stopping is ours; it ends by itself when the channel to us breaks
 * (see `untilStopped`), so that nothing outlives a killed parent.
 */
export function startProcess(
  name: string,
  args: readonly string[],
  logPath: string,
  { prefix, env }: Launch = HERE,
): ManagedProcess {
  const log = openSync(logPath, 'a');
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...args];
  const [program = process.execPath, ...rest] = [...prefix, ...command];
  const child = spawn(program, rest, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      exit = { code, signal };
      resolve(exit);
    };
    child.once('exit', finish);
    child.once('error', () => finish(127, null));
  });
  const signal = (name: NodeJS.Signals): void => {
    if (exit === undefined) child.kill(name);
  };
  return {
    name,
    pid: child.pid ?? -1,
    logPath,
    exited,
    exit: () => exit,
    kill: () => {
      signal('SIGKILL');
      return exited;
    },
    stop: async (graceMs) => {
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** For people: `exit code 1` or `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}
