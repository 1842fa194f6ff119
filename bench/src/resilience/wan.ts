import { type LatencyResult, measureLatency } from '../latency.ts';
import { startBed } from './bed.ts';
import { BlockArrivals, finalizationMs } from './block-arrivals.ts';
import { bedPlan, type Experiment } from './experiment.ts';
import { quantile } from './statistics.ts';

const DEFAULT_MINUTES = 2;
const SAMPLES_PER_MINUTE = 60;
const DEFAULT_RECORDS_PER_SECOND = 100;
/** One way: a round trip of 100 ms. */
const DELAY_MS = 50;
const LOSS = 0.01;

interface Figures {
  /** From POST to verified finality at the gateway. */
  readonly records: LatencyResult;
  /** From a block's proposal to its being final, at every node. */
  readonly blocksMs: { readonly count: number; readonly p50: number; readonly p99: number };
  readonly lostFrames: number;
}

/** How soon records are final over a wide-area network that loses frames. */
export const wan: Experiment = {
  title: 'Wide-area network',
  run: async (directory, options, say) => {
    const recordsPerSecond = options.recordsPerSecond ?? DEFAULT_RECORDS_PER_SECOND;
    const bed = await startBed(bedPlan(directory, options));
    const { network, url, apiKey } = bed;
    try {
      await network.wan.set({ delayMs: DELAY_MS, loss: LOSS });
      bed.startLoad(recordsPerSecond);
      const listeners = network.nodes.map(({ client }) => new BlockArrivals(client));
      const samples = Math.round(SAMPLES_PER_MINUTE * (options.minutes ?? DEFAULT_MINUTES));
      say(`${samples} records, one after the other`);
      const records = await measureLatency({ url, apiKey, samples });
      await Promise.all(listeners.map((listener) => listener.stop()));
      const { lost } = await network.wan.set({});
      await bed.audit();
      const blocks = finalizationMs(listeners.flatMap(({ arrivals }) => arrivals));
      const blocksMs = { count: blocks.length, p50: quantile(blocks, 0.5), p99: quantile(blocks, 0.99) };
      const figures: Figures = { records, blocksMs, lostFrames: lost };
      const { p50, p99 } = records;
      return {
        figures: { hosts: options.hosts, recordsPerSecond, delayMs: DELAY_MS, loss: LOSS, ...figures },
        markdown: `${options.hosts} nodes, ${2 * DELAY_MS} ms round trips, ${100 * LOSS}% of frames lost (${lost} in all), beside ${recordsPerSecond} records/s. The bar is a
median below 600 ms.

| from … to | count | median, ms | p99, ms |
|---|---|---|---|
| POST … finality verified by the gateway | ${records.samples} | ${p50.toFixed(0)} | ${p99.toFixed(0)} |
| proposal … final and durable, at every node | ${blocksMs.count} | ${blocksMs.p50.toFixed(0)} | ${blocksMs.p99.toFixed(0)} |
`,
      };
    } finally {
      await bed.close();
    }
  },
};
