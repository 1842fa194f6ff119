import { faults } from '@hufu/consensus';

/** What a leader's block said of its clock is worth this long, ms: two heartbeats. */
const WORTH_MS = 60_000;

interface Sign {
  /** Its clock against this node's, ms. */
  readonly aheadMs: number;
  readonly atMs: number;
}

/** Tells from leaders' blocks whether this node's own clock is wrong: when more disagree with it than can be faulty. */
export class ClockWatch {
  readonly #nowMs: () => number;
  readonly #signs = new Map<number, Sign>();

  /** `nowMs` runs steadily, whatever the clock that is watched does. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A block of `leader` was off by more than is allowed. */
  note(leader: number, aheadMs: number): void {
    this.#signs.set(leader, { aheadMs, atMs: this.#nowMs() });
  }

  /** How far those who agree that this clock is wrong are ahead of it (negative: behind), ms; null while too few of `n` do. */
  othersAheadMs(n: number): number | null {
    const newest = [...this.#signs.values()].filter(({ atMs }) => this.#nowMs() - atMs < WORTH_MS);
    const ahead = newest.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b);
    for (const side of [ahead.filter((ms) => ms > 0), ahead.filter((ms) => ms < 0)]) {
      if (side.length > faults(n)) return side[side.length >> 1] ?? null;
    }
    return null;
  }
}
