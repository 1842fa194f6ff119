/** So many places, each held by one at a time: a bound on what goes on at once. */
export class Places {
  readonly #count: number;
  #taken = 0;

  constructor(count: number) {
    this.#count = count;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; undefined when there is none. What it returns gives the place back, at its first call. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#count) return undefined;
    this.#taken += 1;
    let held = true;
    return () => {
      if (held) this.#taken -= 1;
      held = false;
    };
  }
}
