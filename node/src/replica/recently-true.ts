/** Keys of what was found true; of two generations the older is dropped when the younger is full. */
export class RecentlyTrue {
  readonly #capacity: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** Remembers at least the last `capacity` keys, at most twice as many. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }
}
