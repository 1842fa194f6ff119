import type { HostNetwork } from '@hufu/cli';
import { untilAllFinal } from '../bench-network.ts';
import { type LatencyResult, measureLatency } from '../latency.ts';
import { loadNdjson } from '../load-ndjson.ts';
import { type Bed, startBed } from './bed.ts';
import { bedPlan, type Experiment, type Outcome } from './experiment.ts';
import { median } from './statistics.ts';

const DEFAULT_ROUNDS = 3;
const DEFAULT_MINUTES = 1;
/** In all bulk loads of one state together, for each minute asked for. */
const RECORDS_PER_MINUTE = 90_000;
const STREAMS = 4;
const LINES_PER_BODY = 2_000;
const SAMPLES_PER_MINUTE = 100;

interface State {
  readonly finalizedPerSecond: readonly number[];
  readonly latency: LatencyResult;
}

/** Throughput and latency of a network with all its nodes, and then with one of them killed. */
export const oneDown: Experiment = {
  title: 'One node down',
  run: async (directory, options, say) => {
    const bed = await startBed(bedPlan(directory, options));
    try {
      const rounds = options.rounds ?? DEFAULT_ROUNDS;
      const minutes = options.minutes ?? DEFAULT_MINUTES;
      const rates = await throughput(bed, rounds, minutes);
      const halfLoad = options.recordsPerSecond ?? Math.round(median(rates) / 2);
      say(`all up: ${rates.map(Math.round).join(', ')} records/s`);
      const allUp: State = { finalizedPerSecond: rates, latency: await latencyAt(bed, halfLoad, minutes) };
      await killLast(bed.network);
      const fewerRates = await throughput(bed, rounds, minutes);
      say(`one down: ${fewerRates.map(Math.round).join(', ')} records/s`);
      const oneKilled: State = {
        finalizedPerSecond: fewerRates,
        latency: await latencyAt(bed, halfLoad, minutes),
      };
      await restartLast(bed.network);
      await bed.audit();
      return outcome(allUp, oneKilled, halfLoad, options.hosts);
    } finally {
      await bed.close();
    }
  },
};

async function throughput({ url, apiKey }: Bed, rounds: number, minutes: number): Promise<number[]> {
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const records = Math.round((RECORDS_PER_MINUTE * minutes) / rounds);
    const startedMs = performance.now();
    const load = { url, apiKey, streams: STREAMS, linesPerBody: LINES_PER_BODY, records };
    const { accepted } = await loadNdjson(load);
    await untilAllFinal(url, apiKey);
    rates.push((accepted * 1000) / (performance.now() - startedMs));
  }
  return rates;
}

async function latencyAt(bed: Bed, recordsPerSecond: number, minutes: number): Promise<LatencyResult> {
  const load = bed.startLoad(recordsPerSecond);
  const { url, apiKey } = bed;
  try {
    return await measureLatency({ url, apiKey, samples: Math.round(SAMPLES_PER_MINUTE * minutes) });
  } finally {
    await load.stop();
  }
}

/** The last node: the gateway submits to the first one. */
async function killLast(network: HostNetwork): Promise<void> {
  await network.process(network.node(network.nodes.length - 1)).kill();
}

async function restartLast(network: HostNetwork): Promise<void> {
  await network.restart(network.node(network.nodes.length - 1));
}

function outcome(allUp: State, oneKilled: State, halfLoad: number, hosts: number): Outcome {
  const throughputRatio = median(oneKilled.finalizedPerSecond) / median(allUp.finalizedPerSecond);
  const p99Ratio = oneKilled.latency.p99 / allUp.latency.p99;
  const row = (name: string, { finalizedPerSecond, latency }: State): string => {
    const { p50, p99, max, samples } = latency;
    const times = [p50, p99, max].map((ms) => ms.toFixed(0)).join(' | ');
    return `| ${name} | ${median(finalizedPerSecond).toFixed(0)} | ${times} | ${samples} |`;
  };
  return {
    figures: { hosts, halfLoad, allUp, oneKilled, throughputRatio, p99Ratio },
    markdown: `${hosts} nodes, then one of them killed for good. Throughput: NDJSON, until the last record is final. Latency: one
record at a time from POST to verified finality, beside ${halfLoad} records/s. With one node down the throughput is
${(100 * throughputRatio).toFixed(0)}% (bar: 75% or more) and p99 ${p99Ratio.toFixed(2)} times (bar: 2 or less). All processes share one machine, so a node
that is down leaves its CPU to the others; on machines of their own it would not.

| | finalized records/s | p50, ms | p99, ms | max, ms | samples |
|---|---|---|---|---|---|
${row('all up', allUp)}
${row('one down', oneKilled)}
`,
  };
}
