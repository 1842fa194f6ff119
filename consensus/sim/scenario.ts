import { ACTOR_NAMES, type ActorName } from './actors/index.ts';
import type { HostFaults, Weather } from './host.ts';
import type { Mishap } from './mishaps.ts';
import type { NetworkFaults } from './network.ts';
import { Prng } from './prng.ts';
import { drawStall, type Stall } from './stall.ts';

/** What may go wrong in a run. Every kind but actors, clocks and an epoch's end stops with the run's first phase. */
export const FAULT_NAMES = [
  'crash',
  'crash-all',
  'crash-at-effect',
  'amnesia',
  'loss',
  'partition',
  'slow',
  'slow-node',
  'skew',
  'clock',
  'epoch',
  'actor',
  'stall',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Something that is done to a run at a moment. */
export type Action =
  /** `start` and `crash` do nothing to a node that is up, or down, already. `forget`: it crashes and loses its log. */
  | { readonly type: 'submit' | 'crash' | 'start' | 'forget'; readonly node: number }
  | { readonly type: 'split'; readonly groups: readonly number[]; readonly noticed: boolean }
  | { readonly type: 'weather'; readonly weather: Weather };
export interface Timed {
  readonly atMs: number;
  readonly action: Action;
}

/** Everything that makes up a run; the same scenario always gives the same run. */
export interface Scenario {
  /** What it is, for people. */
  readonly name: string;
  /** Of delays, of actors' choices, and of mishaps that are drawn. */
  readonly seed: number;
  readonly n: number;
  /** The faulty validators: at most f, with those that forget or have a bad clock. */
  readonly actors: ReadonlyMap<number, ActorName>;
  /** Faulty validators whose keys two nodes use each: the second nodes have the numbers from n, in this order. */
  readonly twins: readonly number[];
  /** Twins stop when they see their key used elsewhere, as honest nodes do, instead of going on. */
  readonly twinsHalt: boolean;
  /**
   * By view − 1: the group of each node, in which messages of that view stay. None: nobody hears its leader's proposal. A single
   * number: nobody hears that node, and it alone hears who notarizes, and nothing else.
   */
  readonly rounds: readonly (readonly number[])[];
  /** The height whose block ends the epoch; null: the epoch goes on. */
  readonly lastHeight: number | null;
  /** By node: how far its clock is off, ms. */
  readonly clocksMs: readonly number[];
  readonly limits: {
    readonly maxBlockBatches: number;
    readonly maxPendingBatchesPerOrigin: number;
    readonly maxFetchBlocks: number;
  };
  /** Safety under faults: how long, virtual ms. What is done in it, in order. */
  readonly faultyMs: number;
  readonly weather: Weather;
  readonly events: readonly Timed[];
  /** Null: as the weather's rates and the seed give. */
  readonly mishaps: readonly Mishap[] | null;
  /** How long the chain then has to finish everything. Less than a heartbeat: what is pending must not need one. */
  readonly calmMs: number;
  readonly calmWeather: Weather;
}

const CALM_HOST: HostFaults = {
  maxSyncMs: 1,
  maxVerifyMs: 1,
  maxExecuteMs: 1,
  maxApplyMs: 2,
  crashRate: 0,
};
export const CALM: Weather = {
  network: { minDelayMs: 1, maxDelayMs: 10, lossRate: 0, duplicateRate: 0, reorder: false },
  host: CALM_HOST,
  slowNode: null,
};
export const CALM_MS = 40_000;
/** How often a seed gives each of the faults. */
const FAULT_RATE = 0.5;
const STALL_RATE = 0.12;

/** All faults that a seed gives, or only those named. */
export function scenario(
  seed: number,
  n: number,
  only: readonly FaultName[] | null = null,
  actor: ActorName | null = null,
): Scenario {
  const prng = new Prng(seed ^ 0x5eed);
  const faults = new Set(
    only ?? FAULT_NAMES.filter((name) => prng.chance(name === 'stall' ? STALL_RATE : FAULT_RATE)),
  );
  const mostFaulty = Math.floor((n - 1) / 3);
  const actors = faults.has('actor') ? drawActors(prng, n, mostFaulty, actor) : new Map<number, ActorName>();
  const faultyMs = prng.integer(500, 3_000);
  const unreliable = new Unreliable(prng, n, mostFaulty, new Set(actors.keys()));
  const clocksMs = Array.from({ length: n }, () =>
    // Two honest clocks further apart than the allowed skew would be a fault of their own.
    faults.has('skew') ? prng.integer(-240, 240) : 0,
  );
  const wrong = faults.has('clock') ? unreliable.add() : null;
  if (wrong !== null) clocksMs[wrong] = prng.pick([-3_600_000, 3_600_000]);
  // While it lasts its keeper is down: one of the f.
  const keeper = faults.has('stall') ? unreliable.add() : null;
  const stall = keeper === null ? null : drawStall(prng, n, keeper);
  const about = [...faults, ...[...actors].map(([node, name]) => `${node} ${name}`)];
  return {
    name: `seed ${seed}, n = ${n}: ${about.join(', ')}`,
    seed,
    n,
    actors,
    twins: [],
    twinsHalt: false,
    rounds: stall?.rounds ?? [],
    lastHeight: faults.has('epoch') ? prng.integer(1, 20) : null,
    clocksMs,
    limits: {
      maxBlockBatches: prng.integer(1, 8),
      maxPendingBatchesPerOrigin: prng.integer(3, 32),
      maxFetchBlocks: prng.integer(1, 8),
    },
    faultyMs: faultyMs + (stall?.ms ?? 0),
    weather: drawWeather(faults, prng, n),
    events: [
      ...drawEvents(faults, prng, n, faultyMs, unreliable),
      ...(stall === null ? [] : goOn(stall, faultyMs)),
    ],
    mishaps: null,
    calmMs: CALM_MS + (stall?.calmMs ?? 0),
    calmWeather: CALM,
  };
}

/** A stall is long: other faults end before it does. */
function goOn({ keeper }: Stall, atMs: number): readonly Timed[] {
  return [
    { atMs, action: { type: 'weather', weather: CALM } },
    { atMs, action: { type: 'crash', node: keeper } },
  ];
}

function drawActors(
  prng: Prng,
  n: number,
  mostFaulty: number,
  actor: ActorName | null,
): ReadonlyMap<number, ActorName> {
  const actors = new Map<number, ActorName>();
  const count = prng.integer(Math.min(1, mostFaulty), mostFaulty);
  while (actors.size < count) actors.set(prng.integer(0, n - 1), actor ?? prng.pick(ACTOR_NAMES));
  return actors;
}

/** The nodes that are faulty in some way: never more than f. */
class Unreliable {
  readonly #prng: Prng;
  readonly #n: number;
  readonly #most: number;
  readonly #nodes: Set<number>;

  constructor(prng: Prng, n: number, most: number, nodes: Set<number>) {
    this.#prng = prng;
    this.#n = n;
    this.#most = most;
    this.#nodes = nodes;
  }

  /** One more; null when there are f already, or the one drawn is among them. */
  add(): number | null {
    const node = this.#prng.integer(0, this.#n - 1);
    if (this.#nodes.size >= this.#most || this.#nodes.has(node)) return null;
    this.#nodes.add(node);
    return node;
  }
}

/** What happens when: submissions, crashes and restarts, splits, changing weather. In order of time. */
function drawEvents(
  faults: ReadonlySet<FaultName>,
  prng: Prng,
  n: number,
  faultyMs: number,
  unreliable: Unreliable,
): readonly Timed[] {
  const events: Timed[] = [];
  const at = (atMs: number, action: Action): void => {
    events.push({ atMs, action });
  };
  const down = (atMs: number, type: 'crash' | 'forget', node: number): void => {
    at(atMs, { type, node });
    at(atMs + prng.integer(10, 800), { type: 'start', node });
  };
  for (let atMs = 0; atMs < faultyMs; atMs += prng.integer(1, 150)) {
    at(atMs, { type: 'submit', node: prng.integer(0, n - 1) });
  }
  for (let atMs = prng.integer(1, 300); atMs < faultyMs; atMs += prng.integer(20, 400)) {
    if (faults.has('crash') && prng.chance(0.3)) down(atMs, 'crash', prng.integer(0, n - 1));
    if (faults.has('crash-all') && prng.chance(0.05)) {
      for (let node = 0; node < n; node++) down(atMs, 'crash', node);
    }
    if (faults.has('amnesia') && prng.chance(0.1)) {
      const node = unreliable.add();
      if (node !== null) down(atMs, 'forget', node);
    }
    if (faults.has('partition') && prng.chance(0.3)) {
      const groups = Array.from({ length: n }, () => prng.integer(0, 1));
      const noticed = prng.chance(0.5);
      at(atMs, { type: 'split', groups, noticed });
      at(atMs + prng.integer(50, 1_500), { type: 'split', groups: groups.map(() => 0), noticed });
    }
    if (prng.chance(0.1)) at(atMs, { type: 'weather', weather: drawWeather(faults, prng, n) });
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

function drawWeather(faults: ReadonlySet<FaultName>, prng: Prng, n: number): Weather {
  return {
    network: drawNetwork(faults, prng),
    host: drawHost(faults, prng),
    slowNode: faults.has('slow-node') ? prng.integer(0, n - 1) : null,
  };
}

function drawNetwork(faults: ReadonlySet<FaultName>, prng: Prng): NetworkFaults {
  const slow = faults.has('slow');
  const lossy = faults.has('loss');
  return {
    minDelayMs: slow ? prng.integer(1, 60) : 1,
    maxDelayMs: slow ? prng.integer(60, 400) : prng.integer(2, 30),
    lossRate: lossy ? prng.pick([0.01, 0.05, 0.2, 0.4]) : 0,
    duplicateRate: lossy ? prng.pick([0, 0.05, 0.3]) : 0,
    reorder: lossy && prng.chance(0.5),
  };
}

function drawHost(faults: ReadonlySet<FaultName>, prng: Prng): HostFaults {
  const slow = faults.has('slow');
  return {
    maxSyncMs: slow ? prng.integer(1, 80) : 2,
    maxVerifyMs: slow ? prng.integer(1, 40) : 2,
    maxExecuteMs: slow ? prng.integer(1, 60) : 2,
    maxApplyMs: slow ? prng.integer(1, 200) : 5,
    crashRate: faults.has('crash-at-effect') ? prng.pick([0.0002, 0.001, 0.005]) : 0,
  };
}
