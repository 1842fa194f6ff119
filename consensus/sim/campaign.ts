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

/** Some seeds of a family: what one worker process is given at a time. */
export interface Portion {
  readonly family: Family;
  readonly firstSeed: number;
  readonly runs: number;
}

export interface Tally {
  readonly runs: number;
  readonly virtualMs: number;
  readonly views: number;
  readonly height: number;
  readonly violations: readonly { readonly seed: number; readonly what: string }[];
}

export function scenarioOf({ kind, n, faults, actor }: Family, seed: number): Scenario {
  return kind === 'twins' ? twinsScenario(seed, n) : scenario(seed, n, faults, actor);
}

export function runPortion({ family, firstSeed, runs }: Portion): Tally {
  let tally: Tally = NOTHING;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const made = scenarioOf(family, seed);
    const { violation, virtualMs, views, height } = run(made);
    const violations = violation === null ? [] : [{ seed, what: `${made.name}: ${violation.message}` }];
    tally = sum(tally, { runs: 1, virtualMs, views, height, violations });
  }
  return tally;
}

const NOTHING: Tally = { runs: 0, virtualMs: 0, views: 0, height: 0, violations: [] };

function sum(a: Tally, b: Tally): Tally {
  return {
    runs: a.runs + b.runs,
    virtualMs: a.virtualMs + b.virtualMs,
    views: a.views + b.views,
    height: a.height + b.height,
    violations: [...a.violations, ...b.violations],
  };
}

const PORTION_RUNS = 20;
const PROGRESS_MS = 10_000;

/** Runs seeds of a family on `jobs` worker processes; tells progress on stderr. */
export async function campaign(
  family: Family,
  firstSeed: number,
  runs: number,
  jobs: number,
): Promise<Tally> {
  const portions: Portion[] = [];
  for (let at = 0; at < runs; at += PORTION_RUNS) {
    portions.push({ family, firstSeed: firstSeed + at, runs: Math.min(PORTION_RUNS, runs - at) });
  }
  const startedMs = performance.now();
  let toldMs = startedMs;
  let total = NOTHING;
  const take = (tally: Tally): void => {
    for (const { what } of tally.violations) console.log(what);
    total = sum(total, tally);
    const nowMs = performance.now();
    if (nowMs < toldMs + PROGRESS_MS) return;
    toldMs = nowMs;
    const perSecond = (total.runs / ((nowMs - startedMs) / 1_000)).toFixed(1);
    console.error(`${family.kind}, n = ${family.n}: ${total.runs} of ${runs}, ${perSecond}/s`);
  };
  const waiting = portions.values();
  await Promise.all(Array.from({ length: Math.min(jobs, portions.length) }, () => work(waiting, take)));
  return total;
}

/** One worker process, portion after portion. */
async function work(waiting: Iterable<Portion>, take: (tally: Tally) => void): Promise<void> {
  const worker = fork(new URL('worker.ts', import.meta.url));
  try {
    for (const portion of waiting) take(await ask(worker, portion));
  } finally {
    worker.disconnect();
  }
}

function ask(worker: ChildProcess, portion: Portion): Promise<Tally> {
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
