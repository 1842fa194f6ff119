import { performance } from 'node:perf_hooks';
import { startBare } from './bare.ts';
import { startBenchNetwork } from './bench-network.ts';
import { type LatencyResult, measureLatency } from './latency.ts';
import { type BulkResult, loadNdjson } from './load-ndjson.ts';
import { loadSingle, type SingleResult } from './load-single.ts';
import { type Machine, machine } from './machine.ts';
import { perRecord, type Usage, usage } from './usage.ts';

export interface Plan {
  /** Records in the bulk load. */
  readonly records: number;
  /** Length of each single-POST load. */
  readonly seconds: number;
  readonly connections: number;
  readonly streams: number;
  readonly linesPerBody: number;
  readonly latencySamples: number;
  /** Times each load is run; the report gives every one. */
  readonly rounds: number;
}

interface Finalized {
  /** From the load's first request until the gateway had verified the finality of its last record. */
  readonly finalizedPerSecond: number;
  readonly cost: ReturnType<typeof perRecord>;
}

export interface Results {
  readonly machine: Machine;
  readonly plan: Plan;
  readonly bare: readonly SingleResult[];
  readonly single: readonly (SingleResult & Finalized)[];
  readonly bulk: readonly (BulkResult & Finalized)[];
  readonly latencyIdle: LatencyResult;
  readonly latencyUnderLoad: LatencyResult;
  readonly usage: Usage;
}

/**
 * Runs every load against one network on this machine. Rounds of the yardstick and of the loads alternate, so
 * that a machine whose speed drifts drifts for all of them.
 */
export async function run(plan: Plan, say: (text: string) => void): Promise<Results> {
  say('starting four nodes and a gateway');
  const target = await startBenchNetwork();
  const { url, apiKey } = target;
  const read = (): Usage => usage(target.network, target.processes);
  /** Runs one load and measures until everything it posted is final. */
  const measured = async <T extends { readonly accepted: number }>(load: () => Promise<T>) => {
    const before = read();
    const start = performance.now();
    const result = await load();
    await target.untilAllFinal();
    const seconds = (performance.now() - start) / 1000;
    const cost = perRecord(before, read(), result.accepted);
    return { ...result, finalizedPerSecond: result.accepted / seconds, cost };
  };
  const { connections, seconds, streams, linesPerBody, records } = plan;
  try {
    say('latency on an idle network');
    const latencyIdle = await measureLatency({ url, apiKey, samples: plan.latencySamples });
    const bare: Results['bare'][number][] = [];
    const single: Results['single'][number][] = [];
    const bulk: Results['bulk'][number][] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      say(`round ${round} of ${plan.rounds}: bare Fastify POST`);
      bare.push(await withBare((bareUrl) => loadSingle({ url: bareUrl, apiKey, connections, seconds })));
      say(`round ${round} of ${plan.rounds}: single POSTs`);
      single.push(await measured(() => loadSingle({ url, apiKey, connections, seconds })));
      say(`round ${round} of ${plan.rounds}: ${records} records as NDJSON`);
      bulk.push(await measured(() => loadNdjson({ url, apiKey, streams, linesPerBody, records })));
    }
    say('latency under bulk load');
    const load = loadNdjson({ url, apiKey, streams: 1, linesPerBody, records });
    const latencyUnderLoad = await measureLatency({
      url,
      apiKey,
      samples: plan.latencySamples,
      until: load,
    });
    await load;
    await target.untilAllFinal();
    const result = { bare, single, bulk, latencyIdle, latencyUnderLoad, usage: read() };
    return { machine: machine(), plan, ...result };
  } finally {
    await target.stop();
  }
}

async function withBare<T>(use: (url: string) => Promise<T>): Promise<T> {
  const bare = await startBare();
  try {
    return await use(bare.url);
  } finally {
    await bare.stop();
  }
}
