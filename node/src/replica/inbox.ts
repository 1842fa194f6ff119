import type { Event } from '@hufu/consensus';
import type { Session } from './session.ts';

/** Bytes of messages waiting for a turn, above which batches and blocks are held back. */
const HIGH_BYTES = 64 * 1024 * 1024;

type WithoutTime<T> = T extends unknown ? Omit<T, 'nowMs'> : never;
/** An event of the core, which gets its time when its turn comes. */
export type Input = WithoutTime<Event>;

/** What waits for a turn, and the session that it is for: after a change of epochs it is for nobody. */
export interface Queued {
  readonly session: Session;
  readonly input: Input;
}

/** What waits for the next turn. Full of messages, it asks that peers hold back what is large. */
export class Inbox {
  readonly #pauseBulk: (paused: boolean) => void;
  #queue: Queued[] = [];
  #waitingBytes = 0;
  #isPaused = false;

  constructor(pauseBulk: (paused: boolean) => void) {
    this.#pauseBulk = pauseBulk;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  push(queued: Queued): void {
    this.#queue.push(queued);
  }

  /** A message of this size is about to be pushed. */
  noteBytes(sizeBytes: number): void {
    this.#waitingBytes += sizeBytes;
    if (this.#isPaused || this.#waitingBytes <= HIGH_BYTES) return;
    this.#isPaused = true;
    this.#pauseBulk(true);
  }

  /** Everything, oldest first: the turn begins. */
  takeAll(): readonly Queued[] {
    const queued = this.#queue;
    this.#queue = [];
    this.#waitingBytes = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#pauseBulk(false);
    }
    return queued;
  }
}
