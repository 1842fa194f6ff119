import type { IdempotencyKeys } from './idempotency.ts';

const INTERVAL_MS = 3_600_000;

export interface PruningOptions {
  readonly onFailure: (error: unknown) => void;
  readonly intervalMs?: number;
}

/** Forgets old Idempotency-Keys, now and every hour. A failure is told; what is left is forgotten the next time. */
export class Pruning {
  readonly #keys: IdempotencyKeys;
  readonly #options: PruningOptions;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void>;

  constructor(keys: IdempotencyKeys, options: PruningOptions) {
    this.#keys = keys;
    this.#options = options;
    this.#round = this.#prune();
    this.#timer = setInterval(() => this.#begin(), options.intervalMs ?? INTERVAL_MS);
  }

  /** Resolves when nothing is deleted any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#round;
  }

  /** A round that takes longer than the interval is not joined by another. */
  #begin(): void {
    this.#round = this.#round.then(() => this.#prune());
  }

  async #prune(): Promise<void> {
    try {
      await this.#keys.prune(Date.now(), this.#stop.signal);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }
}
