import type { Prng } from './prng.ts';

/** Views in which nothing is agreed on: one node is kept apart, and alone learns what is notarized, until the stall ends. */
export interface Stall {
  /** What becomes of the messages of these views, as in a scenario. */
  readonly rounds: readonly (readonly number[])[];
  /** The node. It crashes before the stall goes on for so long, virtual ms. */
  readonly keeper: number;
  readonly ms: number;
  /** How much longer all may take to recover afterwards, virtual ms. */
  readonly calmMs: number;
}

/** Now and then more views than proposals that came to nothing are remembered for. */
const LONG_VIEWS = 75;
const LONG_RATE = 0.5;
/** About how long a stalled view takes, when Δ and the back-off have grown as large as they can be, ms. */
const VIEW_MS = 12_000;
/** After a stall one view alone takes up to 24 Δ, and first as many may fail as leaders are faulty. */
const SLOWEST_VIEW_MS = 24_000;
/** Views that take less must not end the stall before its time. */
const SPARE_VIEWS = 60;

export function drawStall(prng: Prng, n: number, keeper: number): Stall {
  const together = Array.from({ length: n }, () => 0);
  const before = Array.from({ length: prng.integer(0, 12) }, () => together);
  const views = prng.chance(LONG_RATE) ? LONG_VIEWS : prng.integer(0, 6);
  const stalled = Array.from({ length: views + SPARE_VIEWS }, () => [keeper]);
  const calmMs = SLOWEST_VIEW_MS * (Math.floor((n - 1) / 3) + 1);
  return { rounds: [...before, ...stalled], keeper, ms: VIEW_MS * views, calmMs };
}
