interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: actions run in the order of their moments; of equal ones, in the order they were scheduled. */
export class EventQueue {
  nowMs = 0;
  readonly #heap: Entry[] = [];
  #scheduled = 0;

  /** Runs `run` after `delayMs` (0 or more) of virtual time. */
  after(delayMs: number, run: () => void): void {
    const entry = { atMs: this.nowMs + delayMs, order: this.#scheduled++, run };
    let at = this.#heap.length;
    this.#heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = this.#at(up);
      if (precedes(above, entry)) break;
      this.#heap[at] = above;
      at = up;
    }
    this.#heap[at] = entry;
  }

  /** Runs everything up to `untilMs`, or until `stop` holds. */
  runUntil(untilMs: number, stop: () => boolean = () => false): void {
    while (this.#heap.length > 0 && this.#at(0).atMs <= untilMs && !stop()) {
      const { atMs, run } = this.#pop();
      this.nowMs = atMs;
      run();
    }
    if (!stop()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #pop(): Entry {
    const first = this.#at(0);
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && precedes(this.#at(child + 1), this.#at(child))) child++;
      const below = this.#at(child);
      if (precedes(last, below)) break;
      this.#heap[at] = below;
      at = child;
    }
    this.#heap[at] = last;
    return first;
  }

  #at(index: number): Entry {
    const entry = this.#heap[index];
    if (entry === undefined) throw new RangeError('the queue is empty');
    return entry;
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
