import { ACTOR_NAMES, type ActorName } from './actors/index.ts';
import type { HostFaults } from './host.ts';
import type { NetworkFaults } from './network.ts';
import { Prng } from './prng.ts';

/** What may go wrong in a run. Every kind but the actors stops at the end of the run's first phase. */
export const FAULT_NAMES = [
  'crash',
  'crash-all',
  'crash-at-effect',
  'amnesia',
  'loss',
  'partition',
  'slow',
  'skew',
  'actor',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export interface Scenario {
  readonly seed: number;
  readonly n: number;
  readonly faults: ReadonlySet<FaultName>;
  /** The faulty validators, at most f. */
  readonly actors: ReadonlyMap<number, ActorName>;
  /**
   * How long faults go on, and how long the chain then has to finish everything, virtual ms. Less than a heartbeat:
   * what is pending must not need one.
   */
  readonly faultyMs: number;
  readonly calmMs: number;
  /** Fixes the network and the hosts for the whole run; null: what seed and faults give. */
  readonly weather: { readonly network: NetworkFaults; readonly host: HostFaults } | null;
}

/** All faults that a seed gives, or only those named. */
export function scenario(
  seed: number,
  n: number,
  only: readonly FaultName[] | null = null,
  actor: ActorName | null = null,
): Scenario {
  const prng = new Prng(seed ^ 0x5eed);
  const faults = new Set(only ?? FAULT_NAMES.filter(() => prng.chance(0.5)));
  const mostFaulty = Math.floor((n - 1) / 3);
  const actors = new Map<number, ActorName>();
  if (faults.has('actor')) {
    const count = prng.integer(Math.min(1, mostFaulty), mostFaulty);
    while (actors.size < count) actors.set(prng.integer(0, n - 1), actor ?? prng.pick(ACTOR_NAMES));
  }
  return { seed, n, faults, actors, faultyMs: prng.integer(1_000, 6_000), calmMs: 40_000, weather: null };
}

export const CALM_NETWORK: NetworkFaults = {
  minDelayMs: 1,
  maxDelayMs: 10,
  lossRate: 0,
  duplicateRate: 0,
  reorder: false,
};

export const CALM_HOST: HostFaults = {
  maxSyncMs: 1,
  maxVerifyMs: 1,
  maxExecuteMs: 1,
  maxApplyMs: 2,
  crashRate: 0,
};

/** The network of the faulty phase. */
export function networkFaults(faults: ReadonlySet<FaultName>, prng: Prng): NetworkFaults {
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

/** The hosts of the faulty phase. */
export function hostFaults(faults: ReadonlySet<FaultName>, prng: Prng): HostFaults {
  const slow = faults.has('slow');
  return {
    maxSyncMs: slow ? prng.integer(1, 80) : 2,
    maxVerifyMs: slow ? prng.integer(1, 40) : 2,
    maxExecuteMs: slow ? prng.integer(1, 60) : 2,
    maxApplyMs: slow ? prng.integer(1, 200) : 5,
    crashRate: faults.has('crash-at-effect') ? prng.pick([0.0002, 0.001, 0.005]) : 0,
  };
}
