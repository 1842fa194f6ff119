import type { Submission } from '@hufu/proof';

/** Lets requests wait until their record is final. */
export class Finality {
  readonly #waiting = new Map<number, Set<() => void>>();

  /** Wakes those who wait for records of this submission. */
  announce({ firstSerial, records }: Submission): void {
    if (this.#waiting.size === 0) return;
    for (let serial = firstSerial; serial < firstSerial + records.length; serial++) {
      for (const wake of this.#waiting.get(serial) ?? []) wake();
    }
  }

  /** Resolves when the record is announced, or after `timeoutMs`, or when the signal is aborted. */
  wait(serial: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wakes = this.#waiting.get(serial) ?? new Set();
      this.#waiting.set(serial, wakes);
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        wakes.delete(done);
        if (wakes.size === 0) this.#waiting.delete(serial);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      wakes.add(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}
