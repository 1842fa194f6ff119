import { type ChildProcess, fork } from 'node:child_process';
import { NOTHING, type Series, sum, type Tally } from './execution.ts';

const PORTION_EXECUTIONS = 1_000;
/** A portion takes seconds. What takes longer never ends. */
const MAX_PORTION_MS = 20 * 60_000;
const PROGRESS_MS = 10_000;

/**
 * Executes all `series`, each of another decoder, on `jobs` worker processes, a portion at a time. A decoder with a
 * finding is executed no further. Tells progress on stderr. The tallies by decoder.
 */
export async function campaign(series: readonly Series[], jobs: number): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map(series.map(({ decoder }) => [decoder, NOTHING]));
  const planned = series.reduce((count, { executions }) => count + executions, 0);
  let toldMs = performance.now();
  const take = ({ decoder }: Series, more: Tally): void => {
    tallies.set(decoder, sum(tallies.get(decoder) ?? NOTHING, more));
    const nowMs = performance.now();
    if (nowMs < toldMs + PROGRESS_MS) return;
    toldMs = nowMs;
    const done = [...tallies.values()].reduce((count, { executions }) => count + executions, 0);
    console.error(`${done} of ${planned}, now ${decoder}`);
  };
  const isOver = ({ decoder }: Series): boolean => (tallies.get(decoder)?.finding ?? null) !== null;
  const waiting = portionsOf(series, isOver);
  await Promise.all(Array.from({ length: jobs }, () => work(waiting, take)));
  return tallies;
}

function* portionsOf(series: readonly Series[], isOver: (of: Series) => boolean): Generator<Series> {
  for (const of of series) {
    for (let done = 0; done < of.executions && !isOver(of); done += PORTION_EXECUTIONS) {
      const executions = Math.min(PORTION_EXECUTIONS, of.executions - done);
      yield { ...of, first: of.first + done, executions };
    }
  }
}

/** One worker process, portion after portion. */
async function work(waiting: Iterable<Series>, take: (portion: Series, tally: Tally) => void): Promise<void> {
  const worker = fork(new URL('worker.ts', import.meta.url), { serialization: 'advanced' });
  try {
    for (const portion of waiting) take(portion, await ask(worker, portion));
  } finally {
    if (worker.connected) worker.disconnect();
  }
}

function ask(worker: ChildProcess, portion: Series): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const { decoder, seed, first, executions } = portion;
    const overdue = setTimeout(() => worker.kill('SIGKILL'), MAX_PORTION_MS);
    const ended = (): void => {
      clearTimeout(overdue);
      const last = first + executions - 1;
      reject(new Error(`${decoder}, seed ${seed}, executions ${first} … ${last}: the worker died of one`));
    };
    worker.once('exit', ended);
    worker.once('message', (tally: Tally) => {
      clearTimeout(overdue);
      worker.off('exit', ended);
      resolve(tally);
    });
    worker.send(portion);
  });
}
