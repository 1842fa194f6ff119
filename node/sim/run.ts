import { checkRecords } from './oracles/records.ts';
import { Violation } from './oracles/violation.ts';
import type { Scenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

export interface Outcome {
  readonly seed: number;
  /** What was violated; undefined when nothing was. */
  readonly violation: Error | undefined;
  readonly trace: string;
  readonly virtualMs: number;
  /** From the end of the faults until everything was final everywhere. */
  readonly recoveryMs: number;
  readonly height: number;
  readonly epoch: number;
  readonly records: number;
  readonly crashes: number;
  /** How often a node began from a snapshot. */
  readonly snapshots: number;
  /** How often an honest node accused the dishonest one. */
  readonly accusations: number;
  readonly messages: number;
  readonly signatures: number;
}

/** Longer than any silent connection, heartbeat or gateway's patience: what is not over by then goes nowhere. */
const MAX_RECOVERY_MS = 120_000;
const MAX_CHECK_MS = 60_000;
/** When all is final, what was under way arrives within a pause; then nobody speaks of what is over. */
const PAUSE_MS = 2_000;
const IDLE_MS = 1_000;

/** Runs one scenario to its end, or to the first violation. The same scenario always gives the same outcome. */
export async function run(
  scenario: Scenario,
  print: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const simulation = new Simulation(scenario, print);
  const { time, nodes, gateways } = simulation;
  for (const { atMs, action } of scenario.events) time.after(atMs, () => simulation.perform(action));
  for (const node of nodes.slice(0, scenario.validators)) node.start();
  for (const spare of nodes.slice(scenario.validators)) {
    time.after(scenario.sparesFromMs, () => spare.start());
  }
  await time.runUntil(scenario.faultyMs, () => simulation.violation !== undefined);
  const violated = simulation.violation;
  const recoveryMs = violated === undefined ? await recover(simulation) : 0;
  if (simulation.violation === undefined) await check(simulation);
  // Who is dishonest may ask for what is over, and is answered.
  if (simulation.violation === undefined && scenario.actor === null) await rest(simulation);
  return {
    seed: scenario.seed,
    violation: simulation.violation,
    trace: simulation.trace.hash,
    virtualMs: time.nowMs,
    recoveryMs,
    height: simulation.chain.height,
    epoch: simulation.chain.epoch,
    records: gateways.reduce((sum, { records }) => sum + records.length, 0),
    crashes: nodes.reduce((sum, { crashes }) => sum + crashes, 0),
    snapshots: simulation.snapshots,
    accusations: simulation.accusations,
    messages: simulation.network.messages,
    signatures: simulation.signed.count,
  };
}

/** Faults are over: everything cut becomes final, and every honest node comes to hold it, observers too. */
async function recover(simulation: Simulation): Promise<number> {
  const { time, nodes, gateways, governor, network } = simulation;
  const startMs = time.nowMs;
  network.weather = { ...network.weather, breakRate: 0 };
  network.heal();
  for (const [i, node] of nodes.entries()) {
    node.clockOffsetMs = simulation.scenario.clocksMs[i] ?? 0;
    node.weather = { maxReadMs: 1, maxSyncMs: 5, maxTurnMs: 1, crashRate: 0 };
    node.start();
  }
  // A chain that only drains what it has may hide that it cannot go on.
  for (const gateway of gateways) gateway.cut(1);
  const isOver = (): boolean =>
    governor.isIdle && gateways.every(({ isDone }) => isDone) && isEverywhere(simulation);
  await time.runUntil(startMs + MAX_RECOVERY_MS, () => simulation.violation !== undefined || isOver());
  if (simulation.violation === undefined && !isOver()) {
    simulation.violation = new Violation('liveness', standstill(simulation));
  }
  return time.nowMs - startMs;
}

/** Every honest node has every record, those of the past too, and is in the newest epoch. */
function isEverywhere({ honest, chain, gateways }: Simulation): boolean {
  const [first] = honest;
  const logSize = first?.life?.state?.logSize;
  return honest.every(({ life }) => {
    if (life?.store?.chain.history !== null) return false;
    const { state } = life;
    // A dishonest node may have told a gateway what honest ones have yet to hear.
    const holdsAll = gateways.every(({ records }, i) => state?.gateways[i]?.nextSerial === records.length);
    return holdsAll && state?.logSize === logSize && state?.epoch === chain.epoch;
  });
}

function standstill({ nodes, gateways, governor, chain }: Simulation): string {
  const places = nodes.map(({ name, life }) => {
    const { tip, epoch, logSize } = life?.state ?? {};
    const history = life?.store?.chain.history;
    const past = history ? ` past ${history.state.tip.height} of ${history.toHeight}` : '';
    return `${name} ${life?.place?.kind} epoch ${epoch} height ${tip?.height} log ${logSize}${past}`;
  });
  const waiting = gateways.map(({ finalBelow, records }) => `${finalBelow} of ${records.length}`);
  const change = governor.isIdle ? '' : ', a change is on its way';
  return `chain ${chain.height} in epoch ${chain.epoch}; ${places.join('; ')}; final ${waiting.join(', ')}${change}`;
}

async function check(simulation: Simulation): Promise<void> {
  const { time, honest, gateways, genesisBytes } = simulation;
  const records = gateways.map((gateway) => gateway.records);
  let left = honest.length;
  for (const { name, life } of honest) {
    if (life?.store === undefined) throw new Error(`${name} is down`);
    checkRecords(name, life.store, genesisBytes, records).then(
      () => left--,
      (error: unknown) => {
        simulation.violation ??= error instanceof Error ? error : new Error(String(error));
      },
    );
  }
  await time.runUntil(time.nowMs + MAX_CHECK_MS, () => left === 0 || simulation.violation !== undefined);
  if (left > 0) simulation.violation ??= new Violation('records', 'a node does not answer');
}

/** Nodes that share the newest epoch have nothing to say of those before. */
async function rest(simulation: Simulation): Promise<void> {
  const { time } = simulation;
  await time.runUntil(time.nowMs + PAUSE_MS);
  const before = simulation.outdated;
  await time.runUntil(time.nowMs + IDLE_MS);
  const count = simulation.outdated - before;
  if (count > 0) simulation.violation ??= new Violation('quiet', `${count} messages of epochs that are over`);
}
