import type { BedPlan } from './bed.ts';

/** What a command line may change; every experiment reads what concerns it. */
export interface Options {
  readonly hosts: number;
  readonly minutes: number | undefined;
  readonly rounds: number | undefined;
  readonly recordsPerSecond: number | undefined;
  readonly seed: number;
}

export interface Outcome {
  /** One sentence or table for people, below the heading. */
  readonly markdown: string;
  /** Every figure, for programs. */
  readonly figures: unknown;
  /** Further files by their extension, such as `svg`. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Experiment {
  readonly title: string;
  /** In a world of its own; `directory` is the world's. */
  run(directory: string, options: Options, say: (text: string) => void): Promise<Outcome>;
}

export function bedPlan(directory: string, { hosts, seed }: Options): BedPlan {
  return { directory, hosts, seed };
}
