import { type Core, REAL_CORE } from './host.ts';
import type { Mishap } from './mishaps.ts';
import { checkLiveness } from './oracles/liveness.ts';
import { Violation } from './oracles/violation.ts';
import type { Scenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

export interface Outcome {
  /** What was violated; null when nothing was. */
  readonly violation: Error | null;
  readonly trace: string;
  readonly height: number;
  readonly views: number;
  readonly accepted: number;
  readonly crashes: number;
  readonly sent: number;
  /** By node: writes and sends. */
  readonly effects: readonly number[];
  /** By node: which of its effects were writes. */
  readonly writes: readonly (readonly number[])[];
  /** Virtual ms that the run took, and the calm phase to finish everything. */
  readonly virtualMs: number;
  readonly recoveryMs: number;
  /** Messages sent in the last, idle second. */
  readonly idleSent: number;
  /** What went wrong where, whether it was listed or drawn. */
  readonly mishaps: readonly Mishap[];
}

/** The calm phase is at least this long: what was under way when faults ended has arrived, ms. */
const SETTLING_MS = 500;
/** More than enough views for the chain to finish, besides one for each batch that waits: what takes more goes nowhere. */
const EXTRA_VIEWS = 100;
/** When all is final, nothing moves any more: looked at after a pause, ms. */
const PAUSE_MS = 10_000;
const IDLE_MS = 1_000;

/** Runs one scenario to its end, or to the first violation. The same scenario always gives the same outcome. */
export function run(
  scenario: Scenario,
  core: Core = REAL_CORE,
  print: ((line: string) => void) | null = null,
): Outcome {
  const simulation = new Simulation(scenario, core, print);
  let violation: Error | null = null;
  let calm = { recoveryMs: 0, idleSent: 0 };
  try {
    faultyPhase(simulation);
    calm = calmPhase(simulation);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    violation = error;
  }
  const { hosts } = simulation;
  return {
    violation,
    trace: simulation.trace.hash,
    height: simulation.chain.height,
    views: highestView(simulation),
    accepted: simulation.accepted,
    crashes: hosts.reduce((sum, { crashes }) => sum + crashes, 0),
    sent: simulation.network.sent,
    effects: hosts.map(({ effects }) => effects),
    writes: hosts.map(({ writes }) => writes),
    virtualMs: simulation.queue.nowMs,
    mishaps: simulation.mishaps.happened,
    ...calm,
  };
}

/** Safety under faults. */
function faultyPhase(simulation: Simulation): void {
  const { scenario, queue } = simulation;
  // Scheduled first: at their moment they come before everything else.
  for (const { atMs, action } of scenario.events) {
    if (atMs < scenario.faultyMs) queue.after(atMs, () => simulation.perform(action));
  }
  for (const host of simulation.hosts) host.start();
  queue.runUntil(scenario.faultyMs);
}

/** Liveness after faults stop: everything accepted becomes final on every honest node, then all is quiet. */
function calmPhase(simulation: Simulation): { readonly recoveryMs: number; readonly idleSent: number } {
  const { scenario, queue, network, hosts } = simulation;
  simulation.perform({ type: 'weather', weather: scenario.calmWeather });
  network.heal();
  for (const host of hosts) simulation.start(host);
  const honest = hosts.filter(({ index }) => simulation.isHonest(index));
  const startMs = queue.nowMs;
  // A chain that only drains what it has may hide that it cannot go on: one more from everybody.
  for (const { node } of honest) simulation.perform({ type: 'submit', node });
  // What a slow host began under faults is not calm yet: a view may end without a block because of it.
  queue.runUntil(Math.max(startMs, ...honest.map(({ busyUntilMs }) => busyUntilMs)));
  // Nodes of an epoch that is over are in no view.
  const startView = Math.max(highestView(simulation), simulation.chain.blocks.at(-1)?.view ?? 0);
  queue.runUntil(startMs + SETTLING_MS);
  const lastView = startView + EXTRA_VIEWS + simulation.missing().size;
  const isLost = (): boolean => honest.some(({ state }) => state !== null && state.view > lastView);
  queue.runUntil(startMs + scenario.calmMs, () => simulation.isFinished(honest) || isLost());
  if (!simulation.isFinished(honest)) throw new Violation('liveness', simulation.standstill(honest));
  const recoveryMs = queue.nowMs - startMs;
  checkLiveness(simulation.chain.blocks, scenario.n, startView);
  // Faulty nodes may talk as long as they like; after an epoch's end the next one would begin.
  if (honest.length < hosts.length || simulation.epochIsOver) return { recoveryMs, idleSent: 0 };
  queue.runUntil(queue.nowMs + PAUSE_MS);
  const sentBefore = network.sent;
  queue.runUntil(queue.nowMs + IDLE_MS);
  return { recoveryMs, idleSent: network.sent - sentBefore };
}

function highestView({ hosts }: Simulation): number {
  return Math.max(0, ...hosts.map(({ state }) => state?.view ?? 0));
}
