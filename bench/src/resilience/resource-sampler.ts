import { setTimeout as delay } from 'node:timers/promises';
import type { HostNetwork } from '@hufu/cli';
import { openDescriptors, residentBytes } from '../processes.ts';

const PERIOD_MS = 5_000;

export interface Sample {
  readonly atSeconds: number;
  /** By name; a process that does not run is absent. */
  readonly processes: Readonly<
    Record<string, { readonly residentMiB: number; readonly descriptors: number }>
  >;
}

/** Reads memory and descriptors of every process of a network every few seconds, until stopped. */
export class ResourceSampler {
  readonly samples: Sample[] = [];
  readonly #network: HostNetwork;
  readonly #startedMs = performance.now();
  readonly #end = new AbortController();
  readonly #sampling: Promise<void>;

  constructor(network: HostNetwork) {
    this.#network = network;
    this.#sampling = this.#run();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#sampling;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.samples.push(this.#sample());
      await delay(PERIOD_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #sample(): Sample {
    const processes = this.#network.processes.processes().flatMap(({ name, pid }) => {
      try {
        const residentMiB = residentBytes(pid) / 2 ** 20;
        return [[name, { residentMiB, descriptors: openDescriptors(pid) }] as const];
      } catch {
        // It has just ended: /proc has no such process any more.
        return [];
      }
    });
    const atSeconds = (performance.now() - this.#startedMs) / 1000;
    return { atSeconds, processes: Object.fromEntries(processes) };
  }
}
