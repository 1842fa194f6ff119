import type { ActorName } from './actors/index.ts';
import type { Core } from './host.ts';
import type { Mishap } from './mishaps.ts';
import { Violation } from './oracles/violation.ts';
import { type Outcome, run } from './run.ts';
import { CALM, type Scenario, type Timed } from './scenario.ts';

/** Something in a scenario that can be left out. */
type Piece =
  | { readonly type: 'event'; readonly event: Timed }
  | { readonly type: 'mishap'; readonly mishap: Mishap }
  | { readonly type: 'actor'; readonly node: number; readonly name: ActorName }
  | { readonly type: 'clock'; readonly node: number; readonly ms: number }
  | { readonly type: 'round'; readonly index: number; readonly groups: readonly number[] };

export interface Shrunk {
  readonly scenario: Scenario;
  /** Pieces before and after, and the runs it took. */
  readonly before: number;
  readonly after: number;
  readonly runs: number;
}

const MAX_RUNS = 3_000;

/** The same run with its drawn mishaps as a list. */
export function listed(scenario: Scenario, { mishaps }: Outcome): Scenario {
  return { ...scenario, mishaps };
}

/**
 * A smaller scenario that violates the same oracle: leaves out pieces, halves first, then quarters, down to single ones
 * (delta debugging, Zeller and Hildebrandt 2002, by complements only). Null when the scenario violates nothing.
 */
export function shrink(scenario: Scenario, core: Core): Shrunk | null {
  const outcome = run(scenario, core);
  if (outcome.violation === null) return null;
  const oracle = oracleOf(outcome.violation);
  let runs = 0;
  const fails = (candidate: Scenario): boolean => {
    runs++;
    const { violation } = run(candidate, core);
    return violation !== null && oracleOf(violation) === oracle;
  };
  const whole = listed(scenario, outcome);
  const pieces = piecesOf(whole);
  let base = whole;
  const calmer = {
    ...base,
    weather: { ...CALM, network: { ...CALM.network, reorder: base.weather.network.reorder } },
  };
  if (fails(calmer)) base = calmer;
  let left = pieces;
  for (let size = Math.ceil(left.length / 2); size >= 1 && runs < MAX_RUNS; ) {
    const fewer = withoutSome(left, size, (some) => runs < MAX_RUNS && fails(assemble(base, some)));
    if (fewer.length === left.length && size === 1) break;
    if (fewer.length === left.length || size > 1) size = Math.ceil(size / 2);
    left = fewer;
  }
  base = {
    ...base,
    faultyMs: shortest(base.faultyMs, (faultyMs) => fails(assemble({ ...base, faultyMs }, left))),
  };
  return { scenario: assemble(base, left), before: pieces.length, after: left.length, runs };
}

/** Leaves out, one after the other, every run of `size` pieces without which the scenario still fails. */
function withoutSome(
  pieces: readonly Piece[],
  size: number,
  fails: (some: readonly Piece[]) => boolean,
): readonly Piece[] {
  let left = pieces;
  for (let at = 0; at < left.length; ) {
    const some = [...left.slice(0, at), ...left.slice(at + size)];
    if (fails(some)) left = some;
    else at += size;
  }
  return left;
}

/** The shortest time, by halves, that still fails. */
function shortest(timeMs: number, fails: (timeMs: number) => boolean): number {
  let shortestMs = timeMs;
  while (shortestMs > 1 && fails(Math.floor(shortestMs / 2))) shortestMs = Math.floor(shortestMs / 2);
  return shortestMs;
}

function oracleOf(error: Error): string {
  return error instanceof Violation ? error.oracle : error.message;
}

function piecesOf({ events, mishaps, actors, clocksMs, rounds }: Scenario): readonly Piece[] {
  return [
    ...[...actors].map(([node, name]): Piece => ({ type: 'actor', node, name })),
    ...rounds.map((groups, index): Piece => ({ type: 'round', index, groups })),
    ...clocksMs.flatMap((ms, node): readonly Piece[] => (ms === 0 ? [] : [{ type: 'clock', node, ms }])),
    ...events.map((event): Piece => ({ type: 'event', event })),
    ...(mishaps ?? []).map((mishap): Piece => ({ type: 'mishap', mishap })),
  ];
}

function assemble(base: Scenario, pieces: readonly Piece[]): Scenario {
  const events: Timed[] = [];
  const mishaps: Mishap[] = [];
  const actors = new Map<number, ActorName>();
  const clocksMs = base.clocksMs.map(() => 0);
  const together = Array.from({ length: base.n + base.twins.length }, () => 0);
  const rounds = base.rounds.map((): readonly number[] => together);
  for (const piece of pieces) {
    switch (piece.type) {
      case 'event':
        events.push(piece.event);
        break;
      case 'mishap':
        mishaps.push(piece.mishap);
        break;
      case 'actor':
        actors.set(piece.node, piece.name);
        break;
      case 'clock':
        clocksMs[piece.node] = piece.ms;
        break;
      case 'round':
        rounds[piece.index] = piece.groups;
        break;
    }
  }
  return { ...base, events, mishaps, actors, clocksMs, rounds };
}
