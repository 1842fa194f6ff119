/** Virtual time: actions run in the order of their moments; of equal ones, in the order they were scheduled. */
export class EventQueue {
  nowMs = 0;
  /** The actions of each moment, in order. */
  readonly #actions = new Map<number, (() => void)[]>();
  /** A heap of the moments that have actions. */
  readonly #moments: number[] = [];
  /** Actions of the earliest moment that have run. */
  #ran = 0;

  /** Runs `run` after `delayMs` (an integer, 0 or more) of virtual time. */
  after(delayMs: number, run: () => void): void {
    const atMs = this.nowMs + delayMs;
    const actions = this.#actions.get(atMs);
    if (actions !== undefined) {
      actions.push(run);
      return;
    }
    this.#actions.set(atMs, [run]);
    this.#addMoment(atMs);
  }

  /** Runs everything up to `untilMs`, or until `stop` holds. */
  runUntil(untilMs: number, stop: () => boolean = () => false): void {
    for (;;) {
      const [atMs] = this.#moments;
      if (atMs === undefined || atMs > untilMs) break;
      const actions = this.#actions.get(atMs) ?? [];
      this.nowMs = atMs;
      // Actions may schedule more for the same moment.
      while (this.#ran < actions.length) {
        if (stop()) return;
        actions[this.#ran++]?.();
      }
      this.#ran = 0;
      this.#actions.delete(atMs);
      this.#removeFirstMoment();
    }
    if (!stop()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #addMoment(atMs: number): void {
    const heap = this.#moments;
    let at = heap.length;
    heap.push(atMs);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = this.#momentAt(up);
      if (above <= atMs) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = atMs;
  }

  #removeFirstMoment(): void {
    const heap = this.#moments;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#momentAt(child + 1) < this.#momentAt(child)) child++;
      const below = this.#momentAt(child);
      if (last <= below) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }

  #momentAt(index: number): number {
    const moment = this.#moments[index];
    if (moment === undefined) throw new RangeError('no such moment');
    return moment;
  }
}
