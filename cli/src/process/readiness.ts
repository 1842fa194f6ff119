import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import { describeExit, type ManagedProcess } from './managed-process.ts';

const POLL_MS = 50;
const REQUEST_TIMEOUT_MS = 2_000;
const LOG_TAIL_BYTES = 2_000;

/**
 * Waits until `url` (a /readyz) answers 200. Throws `process-died` with the end of the log when the process ends
 * first, and `not-ready` with the last answer after `timeoutMs`.
 */
export async function waitUntilReady(child: ManagedProcess, url: string, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe(url);
    if (answer === 'ready') return;
    const exit = child.exit();
    if (exit !== undefined) {
      const tail = logTail(child.logPath);
      throw new CliError('process-died', `${child.name}: ${describeExit(exit)} (${child.logPath})\n${tail}`);
    }
    if (performance.now() > deadlineMs) {
      throw new CliError('not-ready', `${child.name}: ${url}: ${answer} (${child.logPath})`);
    }
    await delay(POLL_MS);
  }
}

/** 'ready', or why not. */
async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const body = await response.text();
    return response.ok ? 'ready' : `${response.status} ${body}`;
  } catch (error) {
    return error instanceof Error ? String(error.cause ?? error.message) : String(error);
  }
}

function logTail(path: string): string {
  const file = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(file).size;
    const tail = Buffer.alloc(Math.min(sizeBytes, LOG_TAIL_BYTES));
    readSync(file, tail, 0, tail.length, sizeBytes - tail.length);
    return tail.toString('utf8');
  } finally {
    closeSync(file);
  }
}
