import { ACTOR_NAMES, type ActorName } from './actors/index.ts';
import { CHANGES, type Change } from './governor.ts';
import type { NetworkWeather } from './network.ts';
import type { MachineWeather } from './node.ts';
import { Random } from './random.ts';

/** Something that happens at a moment of a run. `node` counts all nodes, validators of genesis first. */
export type Action =
  | { readonly type: 'cut'; readonly gateway: number; readonly count: number }
  | { readonly type: 'crash'; readonly nodes: readonly number[]; readonly downMs: number }
  | {
      readonly type: 'split';
      readonly groups: readonly number[];
      readonly silent: boolean;
      readonly ms: number;
    }
  | { readonly type: 'break'; readonly a: number; readonly b: number }
  | { readonly type: 'clock'; readonly node: number; readonly offsetMs: number }
  | { readonly type: 'clock-step'; readonly offsetMs: number; readonly ms: number }
  | { readonly type: 'lose-data'; readonly downMs: number }
  | { readonly type: 'govern'; readonly change: Change };

/** One run, all of which follows from its seed. */
export interface Scenario {
  readonly seed: number;
  readonly validators: number;
  /** Nodes that follow at first, and may join. */
  readonly spares: number;
  /** When they start for the first time: late ones find epochs that are over. */
  readonly sparesFromMs: number;
  readonly gateways: number;
  /** The node that may lose its data, or be dishonest: no quorum depends on it. */
  readonly doomed: number;
  /** What the doomed node does to its peers; null: all nodes are honest. */
  readonly actor: ActorName | null;
  /** The node whose clock may be set to another hour: of several, blocks would be of that hour. */
  readonly misled: number;
  readonly faultyMs: number;
  readonly network: NetworkWeather;
  /** By node. */
  readonly machines: readonly MachineWeather[];
  readonly clocksMs: readonly number[];
  readonly events: readonly { readonly atMs: number; readonly action: Action }[];
}

const HOUR_MS = 3_600_000;
/** From here on a quorum does without one. */
const SPARING_VALIDATORS = 4;
/** Well below what the chain allows, `maxClockSkewMs`, so that clocks alone do not stop it. */
const MAX_CLOCK_OFFSET_MS = 150;
const GATEWAYS = 2;
const SPARES = 2;
const MAX_RECORDS = 12;

/** Faults that a run may have; each run has some of them, so that they are seen alone and together. */
const FAULTS = ['crash', 'crash-all', 'split', 'break', 'clock', 'lose-data', 'slow', 'self-crash'] as const;
type Fault = (typeof FAULTS)[number];

/** Half of the runs have a dishonest node, a validator where a quorum does without one. */
export function scenarioOf(seed: number): Scenario {
  const honest = honestScenarioOf(seed);
  const random = new Random(seed).fork(1);
  if (random.chance(0.5)) return honest;
  const { validators, spares, events } = honest;
  return {
    ...honest,
    actor: random.pick(ACTOR_NAMES),
    doomed:
      validators < SPARING_VALIDATORS
        ? random.integer(validators, validators + spares - 1)
        : random.integer(0, validators - 1),
    // Who has lost its data signs nothing with the keys that it had.
    events: events.filter(({ action }) => action.type !== 'lose-data'),
  };
}

/** A run in which all nodes are honest. */
export function honestScenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const validators = random.pick([3, 4, 4, 4, 4, 5]);
  const nodes = validators + SPARES;
  const faults = new Set(FAULTS.filter(() => random.chance(0.45)));
  const faultyMs = random.integer(4_000, 16_000);
  const minDelayMs = random.integer(1, 15);
  const events = [
    ...loadOf(random, faultyMs),
    ...faultsOf(random, { faults, nodes, faultyMs }),
    ...changesOf(random, faultyMs),
  ];
  return {
    seed,
    validators,
    spares: SPARES,
    gateways: GATEWAYS,
    actor: null,
    doomed: random.integer(validators < SPARING_VALIDATORS ? validators : 0, nodes - 1),
    misled: random.integer(0, nodes - 1),
    faultyMs,
    network: {
      minDelayMs,
      maxDelayMs: minDelayMs + random.integer(0, 60),
      breakRate: faults.has('break') ? random.pick([0, 0.0003, 0.002]) : 0,
    },
    machines: machinesOf(random, nodes, faults),
    clocksMs: Array.from({ length: nodes }, () =>
      faults.has('clock') ? random.integer(-MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS) : 0,
    ),
    events: events.sort((a, b) => a.atMs - b.atMs),
    // Drawn last, so that seeds found before this was drawn are still the runs they were, but for it.
    sparesFromMs: random.chance(0.4) ? random.integer(Math.floor(faultyMs / 3), faultyMs) : 0,
  };
}

type Events = { readonly atMs: number; readonly action: Action }[];

function loadOf(random: Random, faultyMs: number): Events {
  const events: Events = [];
  for (let gateway = 0; gateway < GATEWAYS; gateway++) {
    const pauseMs = random.integer(40, 400);
    for (let atMs = 0; atMs < faultyMs; atMs += random.integer(1, 2 * pauseMs)) {
      events.push({ atMs, action: { type: 'cut', gateway, count: random.integer(1, MAX_RECORDS) } });
    }
  }
  return events;
}

function changesOf(random: Random, faultyMs: number): Events {
  const events: Events = [];
  const pauseMs = random.pick([500, 1_500, 4_000, 20_000]);
  for (let atMs = random.integer(0, pauseMs); atMs < faultyMs; atMs += random.integer(1, 2 * pauseMs)) {
    events.push({ atMs, action: { type: 'govern', change: random.pick(CHANGES) } });
  }
  return events;
}

function machinesOf(random: Random, nodes: number, faults: ReadonlySet<Fault>): MachineWeather[] {
  const slow = faults.has('slow') ? random.integer(0, nodes - 1) : -1;
  const maxSyncMs = random.integer(0, 12);
  const crashRate = faults.has('self-crash') ? random.pick([0.0001, 0.0005, 0.002]) : 0;
  return Array.from({ length: nodes }, (_, node) => {
    const times = node === slow ? random.integer(5, 20) : 1;
    return {
      maxReadMs: node === slow ? 10 : 1,
      maxSyncMs: maxSyncMs * times,
      maxTurnMs: node === slow ? 40 : 1,
      crashRate,
    };
  });
}

interface FaultyRun {
  readonly faults: ReadonlySet<Fault>;
  readonly nodes: number;
  readonly faultyMs: number;
}

function faultsOf(random: Random, { faults, nodes, faultyMs }: FaultyRun): Events {
  const events: Events = [];
  const pauseMs = random.pick([400, 1_500, 4_000]);
  const kinds = [...faults];
  if (kinds.length === 0) return events;
  for (let atMs = random.integer(0, pauseMs); atMs < faultyMs; atMs += random.integer(1, 2 * pauseMs)) {
    const action = actionOf(random, random.pick(kinds), nodes);
    if (action !== undefined) events.push({ atMs, action });
  }
  return events;
}

function actionOf(random: Random, fault: Fault, nodes: number): Action | undefined {
  const node = random.integer(0, nodes - 1);
  const all = Array.from({ length: nodes }, (_, i) => i);
  switch (fault) {
    case 'crash':
      return { type: 'crash', nodes: [node], downMs: random.integer(1, 6_000) };
    case 'crash-all':
      return { type: 'crash', nodes: all.filter(() => random.chance(0.8)), downMs: random.integer(1, 2_000) };
    case 'split':
      return {
        type: 'split',
        groups: all.map(() => random.integer(0, 1)),
        silent: random.chance(0.5),
        ms: random.integer(100, 4_000),
      };
    case 'break':
      return { type: 'break', a: node, b: random.integer(0, nodes - 1) };
    case 'clock':
      if (random.chance(0.3)) {
        const offsetMs = random.integer(-HOUR_MS, HOUR_MS);
        return { type: 'clock-step', offsetMs, ms: random.integer(1, 3_000) };
      }
      return { type: 'clock', node, offsetMs: random.integer(-MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS) };
    case 'lose-data':
      return { type: 'lose-data', downMs: random.integer(1, 4_000) };
    case 'slow':
    case 'self-crash':
      return undefined;
  }
}
