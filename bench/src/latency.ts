import { performance } from 'node:perf_hooks';
import { digestSource } from './digests.ts';

export interface LatencyResult {
  readonly samples: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * From POST to final, in ms: one client posts single records with `Prefer: wait`, one after the other, and is
 * answered 201 with the bundle once the gateway has verified the certificates. Ends after `samples` or when
 * `until` settles.
 */
export async function measureLatency(target: {
  readonly url: string;
  readonly apiKey: string;
  readonly samples: number;
  readonly until?: Promise<unknown>;
}): Promise<LatencyResult> {
  const next = digestSource();
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  // Whoever made it learns of its failure.
  target.until?.then(stop, stop);
  const times: number[] = [];
  while (times.length < target.samples && !stopped) {
    const start = performance.now();
    const response = await fetch(`${target.url}/v1/evidence`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${target.apiKey}`,
        prefer: 'wait=30',
      },
      body: JSON.stringify({ digests: { sha256: next() } }),
    });
    await response.arrayBuffer();
    if (response.status !== 201) throw new Error(`not final within the wait: answered ${response.status}`);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  return { samples: times.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
