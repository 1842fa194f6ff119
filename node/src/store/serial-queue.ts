/** Runs tasks one after the other. A task that fails is its caller's to handle; those after it run all the same. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Waits for all that were given so far. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
