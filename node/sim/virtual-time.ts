/** What may cancel an event that is still to come. */
export type Cancel = () => void;

interface Entry {
  readonly atMs: number;
  /** Of equal moments the earlier scheduled comes first. */
  readonly order: number;
  run: (() => void) | undefined;
}

/**
 * Virtual time for code that awaits. An event runs, then everything that its promises set off, then the next event:
 * nothing in a simulated node waits for anything but events, so `settle` leaves every promise either resolved or
 * waiting for one. The order of all that happens follows from the order of scheduling alone.
 */
export class VirtualTime {
  nowMs = 0;
  /** A binary heap. */
  readonly #entries: Entry[] = [];
  #scheduled = 0;

  /** Runs `run` after `delayMs`, an integer of 0 or more. */
  after(delayMs: number, run: () => void): Cancel {
    const entry: Entry = { atMs: this.nowMs + delayMs, order: this.#scheduled++, run };
    this.#add(entry);
    return () => {
      entry.run = undefined;
    };
  }

  /** Runs what is due up to `untilMs`, or until `stop` holds. */
  async runUntil(untilMs: number, stop: () => boolean = () => false): Promise<void> {
    await settle();
    for (;;) {
      const [next] = this.#entries;
      if (next === undefined || next.atMs > untilMs) break;
      this.#removeFirst();
      if (next.run === undefined) continue;
      this.nowMs = next.atMs;
      next.run();
      await settle();
      if (stop()) return;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #add(entry: Entry): void {
    const heap = this.#entries;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = heap[up];
      if (above === undefined || isBefore(above, entry)) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = entry;
  }

  #removeFirst(): void {
    const heap = this.#entries;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child++;
      const least = right !== undefined && isBefore(right, left) ? right : left;
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Resolves when no promise can go on by itself: Node runs all microtasks before the next immediate. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
