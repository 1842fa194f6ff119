import { Violation } from '../sim/oracles/violation.ts';
import { inputOf } from './input/input.ts';
import type { Target } from './target.ts';

/** Far above what the largest input takes; what takes longer can stop a node. */
const MAX_CPU_MS = 1_000;
/** Where the input begins in a larger array: a decoder that forgets the offset of its view reads something else. */
const OFFSET_BYTES = 5;

export interface Judged {
  readonly accepted: boolean;
  readonly durationMs: number;
}

/** What one execution showed that must never be. */
export interface Finding {
  readonly decoder: string;
  readonly seed: number;
  readonly execution: number;
  readonly input: Uint8Array;
  /** The stack of what was thrown. */
  readonly what: string;
}

/**
 * Executes a target once. Throws what the target throws, and a Violation when it changes its input or takes too long:
 * not by the clock alone, since the machine may have been busy.
 */
export function judge(target: Target, input: Uint8Array, maxCpuMs = MAX_CPU_MS): Judged {
  const around = new Uint8Array(input.length + 2 * OFFSET_BYTES).fill(0xa5);
  const view = around.subarray(OFFSET_BYTES, OFFSET_BYTES + input.length);
  view.set(input);
  const startedMs = performance.now();
  const accepted = target.accepts(view);
  const durationMs = performance.now() - startedMs;
  if (Buffer.compare(view, input) !== 0) throw new Violation('input', 'was changed');
  if (durationMs > maxCpuMs) {
    const before = process.cpuUsage();
    target.accepts(view);
    const { user, system } = process.cpuUsage(before);
    const cpuMs = (user + system) / 1_000;
    if (cpuMs > maxCpuMs) throw new Violation('time', `${cpuMs.toFixed(0)} ms of CPU`);
  }
  return { accepted, durationMs };
}

/** Executions of one target in a row. */
export interface Series {
  readonly decoder: string;
  readonly seed: number;
  readonly first: number;
  readonly executions: number;
}

export interface Tally {
  readonly executions: number;
  readonly accepted: number;
  readonly slowestMs: number;
  readonly totalMs: number;
  /** The first; what follows it is not executed. */
  readonly finding: Finding | null;
}

export const NOTHING: Tally = { executions: 0, accepted: 0, slowestMs: 0, totalMs: 0, finding: null };

export function sum(a: Tally, b: Tally): Tally {
  return {
    executions: a.executions + b.executions,
    accepted: a.accepted + b.accepted,
    slowestMs: Math.max(a.slowestMs, b.slowestMs),
    totalMs: a.totalMs + b.totalMs,
    finding: a.finding ?? b.finding,
  };
}

/** Executes a series up to its end or its first finding. */
export function runSeries(target: Target, { seed, first, executions }: Series, maxCpuMs?: number): Tally {
  const startedMs = performance.now();
  let accepted = 0;
  let slowestMs = 0;
  let finding: Finding | null = null;
  let execution = first;
  while (execution < first + executions && finding === null) {
    const input = inputOf(target, seed, execution);
    try {
      const judged = judge(target, input, maxCpuMs);
      if (judged.accepted) accepted++;
      slowestMs = Math.max(slowestMs, judged.durationMs);
    } catch (error) {
      finding = { decoder: target.name, seed, execution, input, what: causeOf(error) };
    }
    execution++;
  }
  const totalMs = performance.now() - startedMs;
  return { executions: execution - first, accepted, slowestMs, totalMs, finding };
}

export function causeOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
