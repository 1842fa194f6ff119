import { Prng } from './prng.ts';
import { CALM, CALM_MS, type Scenario, type Timed } from './scenario.ts';

/** Twins cases are made for these sizes: f = 1 and f = 2. */
export const TWINS_N: readonly number[] = [4, 7];

const MAX_ROUNDS = 10;
/** How often the leader of the next view is drawn; otherwise it is whose turn it is. */
const DRAWN_LEADERS = 0.3;
/** Time for a view in which nobody hears the leader, ms, with the back-off of those before. */
const ROUND_MS = 150;
const MAX_GROUPS = 3;
const SUBMISSIONS = 12;

/**
 * A Twins case (Bano et al., arXiv 2004.10617): up to f validators run twice, each twin with a disk of its own, and in
 * every view the nodes are split into groups, drawn anew, in which the messages of that view stay. A twin is an honest
 * program with a faulty environment: together two of them equivocate, vote twice, forget and contradict themselves.
 * The leader is drawn too: the protocol's leaders take turns, so a leader is the number of views that are skipped
 * before it, and in those nobody hears the proposal. Then all are connected, and the chain must go on.
 */
export function twinsScenario(seed: number, n: number): Scenario {
  const prng = new Prng(seed ^ 0x7_7115);
  const faulty = Math.floor((n - 1) / 3);
  const twins = new Set<number>();
  const count = prng.integer(1, faulty);
  while (twins.size < count) twins.add(prng.integer(0, n - 1));
  const validators = [...Array.from({ length: n }, (_, index) => index), ...twins];
  const drawn = Array.from({ length: prng.integer(3, MAX_ROUNDS) }, () => [
    ...drawSkipped(prng, n),
    drawGroups(prng, validators, n - faulty),
  ]);
  const rounds = drawn.flat();
  const faultyMs = ROUND_MS * rounds.length;
  return {
    name: `Twins seed ${seed}, n = ${n}: twins of ${[...twins].join(', ')}, ${drawn.length} rounds`,
    seed,
    n,
    actors: new Map(),
    twins: [...twins],
    twinsHalt: prng.chance(0.1),
    rounds,
    lastHeight: prng.chance(0.2) ? prng.integer(1, 8) : null,
    clocksMs: [],
    limits: { maxBlockBatches: 4, maxPendingBatchesPerOrigin: 8, maxFetchBlocks: 4 },
    faultyMs,
    weather: CALM,
    events: drawSubmissions(prng, validators.length, faultyMs),
    mishaps: null,
    calmMs: CALM_MS,
    calmWeather: CALM,
  };
}

/** The views before the one that the drawn validator leads: as many as there are turns until its own. */
function drawSkipped(prng: Prng, n: number): readonly (readonly number[])[] {
  return Array.from({ length: prng.chance(DRAWN_LEADERS) ? prng.integer(0, n - 1) : 0 }, () => []);
}

/** The groups of one view. A view that no group can end would hold all later ones up: mostly, one group has a quorum. */
function drawGroups(prng: Prng, validators: readonly number[], quorum: number): readonly number[] {
  const mayStick = prng.chance(0.05);
  for (;;) {
    const most = prng.integer(1, MAX_GROUPS);
    const groups = validators.map(() => prng.integer(0, prng.chance(0.6) ? 0 : most - 1));
    const sizes = Array.from(
      { length: most },
      (_, group) => new Set(validators.filter((_, node) => groups[node] === group)).size,
    );
    if (mayStick || Math.max(...sizes) >= quorum) return groups;
  }
}

function drawSubmissions(prng: Prng, nodes: number, faultyMs: number): readonly Timed[] {
  return Array.from({ length: SUBMISSIONS }, () => prng.integer(0, faultyMs))
    .sort((a, b) => a - b)
    .map((atMs) => ({ atMs, action: { type: 'submit', node: prng.integer(0, nodes - 1) } }));
}
