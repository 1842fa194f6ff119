import { type ChildProcess, fork } from 'node:child_process';
import type { ActorName } from './actors/index.ts';
import { run } from './run.ts';
import { type FaultName, type Scenario, scenario } from './scenario.ts';
import { twinsScenario } from './twins.ts';

/** Scenarios that differ in their seed only. */
export interface Family {
  readonly kind: 'faults' | 'twins';
  readonly n: number;
  /** Null: what each seed gives. */
  readonly faults: readonly FaultName[] | null;
  readonly actor: ActorName | null;
}

/** Some seeds of a family in a row. A worker process is given a small one at a time. */
export interface Series {
  readonly family: Family;
  readonly firstSeed: number;
  readonly runs: number;
}

export interface Tally {
  readonly runs: number;
  readonly cpuMs: number;
  readonly virtualMs: number;
  readonly views: number;
  /** The command of each, and what it shows. */
  readonly violations: readonly string[];
}

export function scenarioOf({ kind, n, faults, actor }: Family, seed: number): Scenario {
  return kind === 'twins' ? twinsScenario(seed, n) : scenario(seed, n, faults, actor);
}

/** The command that repeats one run. */
function commandOf({ kind, n, faults, actor }: Family, seed: number): string {
  const options = [`--seed ${seed} --n ${n}`];
  if (kind === 'twins') options.push('--twins');
  if (faults !== null) options.push(`--faults ${faults.join()}`);
  if (actor !== null) options.push(`--actor ${actor}`);
  return `npm run sim -- ${options.join(' ')}`;
}

export function runSeries({ family, firstSeed, runs }: Series): Tally {
  let tally: Tally = NOTHING;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const made = scenarioOf(family, seed);
    const before = process.cpuUsage();
    const { violation, virtualMs, views } = run(made);
    const { user, system } = process.cpuUsage(before);
    const cpuMs = (user + system) / 1_000;
    const what = `${commandOf(family, seed)}   # ${made.name}: ${violation?.message}`;
    tally = sum(tally, { runs: 1, cpuMs, virtualMs, views, violations: violation === null ? [] : [what] });
  }
  return tally;
}

const NOTHING: Tally = { runs: 0, cpuMs: 0, virtualMs: 0, views: 0, violations: [] };

function sum(a: Tally, b: Tally): Tally {
  return {
    runs: a.runs + b.runs,
    cpuMs: a.cpuMs + b.cpuMs,
    virtualMs: a.virtualMs + b.virtualMs,
    views: a.views + b.views,
    violations: [...a.violations, ...b.violations],
  };
}

const PORTION_RUNS = 20;
const PROGRESS_MS = 10_000;
/** A run makes little that lives: young objects get room to die, and one thread is enough to collect them. */
const WORKER_OPTIONS = ['--max-semi-space-size=64', '--single-threaded-gc'];

/**
 * Runs all `series` on `jobs` worker processes, the same ones throughout: a process is three times faster once it is warm.
 * Prints each violation as it is found, tells progress on stderr, and gives each series that is done to `done`, in order.
 */
export async function campaign(
  series: readonly Series[],
  jobs: number,
  done: (series: Series, tally: Tally) => void,
): Promise<void> {
  const progress = new Progress(series, done);
  const portions = series.flatMap(portionsOf);
  const waiting = portions.values();
  await Promise.all(Array.from({ length: Math.min(jobs, portions.length) }, () => work(waiting, progress)));
}

interface Portion {
  readonly of: Series;
  readonly portion: Series;
}

function portionsOf(of: Series): readonly Portion[] {
  const { family, firstSeed, runs } = of;
  return Array.from({ length: Math.ceil(runs / PORTION_RUNS) }, (_, index) => {
    const at = index * PORTION_RUNS;
    return { of, portion: { family, firstSeed: firstSeed + at, runs: Math.min(PORTION_RUNS, runs - at) } };
  });
}

class Progress {
  readonly #tallies: Map<Series, Tally>;
  readonly #done: (series: Series, tally: Tally) => void;
  #toldMs = performance.now();

  constructor(series: readonly Series[], done: (series: Series, tally: Tally) => void) {
    this.#tallies = new Map(series.map((each) => [each, NOTHING]));
    this.#done = done;
  }

  take(series: Series, more: Tally): void {
    for (const what of more.violations) console.log(what);
    const tally = sum(this.#tallies.get(series) ?? NOTHING, more);
    this.#tallies.set(series, tally);
    if (tally.runs === series.runs) this.#done(series, tally);
    const nowMs = performance.now();
    if (nowMs < this.#toldMs + PROGRESS_MS) return;
    this.#toldMs = nowMs;
    const { kind, n } = series.family;
    console.error(`${kind}, n = ${n}: ${tally.runs} of ${series.runs}`);
  }
}

/** One worker process, portion after portion. */
async function work(waiting: Iterable<Portion>, progress: Progress): Promise<void> {
  const worker = fork(new URL('worker.ts', import.meta.url), { execArgv: WORKER_OPTIONS });
  try {
    for (const { of, portion } of waiting) progress.take(of, await ask(worker, portion));
  } finally {
    worker.disconnect();
  }
}

function ask(worker: ChildProcess, portion: Series): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a worker ended with ${code}`));
    worker.once('exit', ended);
    worker.once('message', (tally: Tally) => {
      worker.off('exit', ended);
      resolve(tally);
    });
    worker.send(portion);
  });
}
