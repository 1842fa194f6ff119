import type { Submission } from '@hufu/proof';

/** Requests that may wait at once. Each keeps a few KB, and all of them may be woken by one block. */
export const MAX_WAITING = 2_000;

/** One request's wait. */
export interface Wait {
  /** Whether the record was announced; false after the timeout, when the request left or the gateway stops. */
  readonly announced: Promise<boolean>;
  /** Ends the wait and gives its place to another. */
  leave(): void;
}

/** Lets requests wait until their record is final. */
export class Finality {
  readonly #waiting = new Map<number, Set<(announced: boolean) => void>>();
  #places = 0;
  #closed = false;

  /** Requests that wait or have not left yet. */
  get waiting(): number {
    return this.#places;
  }

  /** Wakes those who wait for records of this submission. */
  announce({ firstSerial, records }: Submission): void {
    if (this.#waiting.size === 0) return;
    for (let serial = firstSerial; serial < firstSerial + records.length; serial++) {
      for (const end of this.#waiting.get(serial) ?? []) end(true);
    }
  }

  /** Waits for the record, at most `timeoutMs`; undefined when MAX_WAITING wait already, or after `close`. */
  wait(serial: number, timeoutMs: number): Wait | undefined {
    if (this.#closed || this.#places >= MAX_WAITING) return undefined;
    this.#places += 1;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const ends = this.#waiting.get(serial) ?? new Set();
    this.#waiting.set(serial, ends);
    const end = (announced: boolean): void => {
      if (!ends.delete(end)) return;
      if (ends.size === 0) this.#waiting.delete(serial);
      clearTimeout(timer);
      resolve(announced);
    };
    const timer = setTimeout(end, timeoutMs, false);
    ends.add(end);
    let left = false;
    const leave = (): void => {
      end(false);
      if (!left) this.#places -= 1;
      left = true;
    };
    return { announced: promise, leave };
  }

  /** Nothing waits any longer. */
  close(): void {
    this.#closed = true;
    for (const ends of this.#waiting.values()) for (const end of ends) end(false);
  }
}
