import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Runs tasks in the order in which they come, so many at a time, and gives the event loop a turn after each slice of them.
 * What many requests begin in one moment would else stop every other request until all of it is done; and the
 * database's lock wakes all who wait for it whenever it is given back.
 */
export class Slices {
  readonly #size: number;
  readonly #tasks: (() => Promise<void>)[] = [];
  #running = false;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves or rejects as the task does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#tasks.length > 0) {
      await Promise.all(this.#tasks.splice(0, this.#size).map((task) => task()));
      await nextTurn();
    }
    this.#running = false;
  }
}
