import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * Polls until `probe` gives a value other than undefined and returns it. Throws after `timeoutMs`, naming what
 * was waited for: a test never waits for an amount of time, only for a fact.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(POLL_MS);
  }
}
