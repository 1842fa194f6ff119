import { setTimeout as delay } from 'node:timers/promises';
import type { NodeClient } from '@hufu/api';
import type { HostNetwork } from '@hufu/cli';
import { startBed } from './bed.ts';
import { type Chart, lineChart } from './chart.ts';
import { bedPlan, type Experiment, type Options, type Outcome } from './experiment.ts';

const DEFAULT_MINUTES = 10;
const DEFAULT_RECORDS_PER_SECOND = 200;
const SAMPLE_MS = 100;
const MINUTE_MS = 60_000;
const TIMEOUT_MS = 10 * MINUTE_MS;
/** It has caught up when it lacks no more than this much of the load. */
const LAG_MS = 1_000;

interface Sample {
  /** Since the node woke. */
  readonly atMs: number;
  readonly live: number;
  readonly follower: number;
}

/** A node stops for minutes of load (SIGSTOP), wakes, and follows beside the load that goes on. */
export const catchUp: Experiment = {
  title: 'Catching up',
  run: async (directory, options, say) => {
    const recordsPerSecond = options.recordsPerSecond ?? DEFAULT_RECORDS_PER_SECOND;
    const minutes = options.minutes ?? DEFAULT_MINUTES;
    const bed = await startBed(bedPlan(directory, options));
    try {
      bed.startLoad(recordsPerSecond);
      const { network } = bed;
      const follower = network.node(options.hosts - 1);
      await delay(2 * LAG_MS);
      network.freeze(follower);
      say(`frozen for ${minutes} minutes`);
      await delay(minutes * MINUTE_MS);
      network.thaw(follower);
      const samples = await sampleUntilEqual(network, (recordsPerSecond * LAG_MS) / 1000);
      await bed.audit();
      return outcome(samples, minutes, recordsPerSecond, options);
    } finally {
      await bed.close();
    }
  },
};

async function sampleUntilEqual(network: HostNetwork, lagRecords: number): Promise<Sample[]> {
  const wokenMs = performance.now();
  const leader = network.node(0).client;
  const follower = network.node(network.nodes.length - 1).client;
  const samples: Sample[] = [];
  while (performance.now() - wokenMs < TIMEOUT_MS) {
    const [live, own] = await Promise.all([logSize(leader), logSize(follower)]);
    if (live !== undefined && own !== undefined) {
      samples.push({ atMs: performance.now() - wokenMs, live, follower: own });
      if (live - own <= lagRecords) return samples;
    }
    await delay(SAMPLE_MS);
  }
  throw new Error(`it has not caught up after ${TIMEOUT_MS} ms: ${JSON.stringify(samples.at(-1))}`);
}

async function logSize(node: NodeClient): Promise<number | undefined> {
  const status = await node.status();
  return status.ok ? status.value.logSize : undefined;
}

function outcome(
  samples: readonly Sample[],
  minutes: number,
  recordsPerSecond: number,
  { hosts }: Options,
): Outcome {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error('there is no sample');
  const seconds = last.atMs / 1000;
  const missed = first.live - first.follower;
  const catchUpRate = (last.follower - first.follower) / seconds;
  const liveRate = (last.live - first.live) / seconds;
  const chart: Chart = {
    title: `A node wakes after ${minutes} minutes`,
    x: 'seconds since it woke',
    y: 'entries in the log',
    series: [
      { name: 'a node that was up', points: samples.map(({ atMs, live }) => [atMs / 1000, live]) },
      {
        name: 'the node that wakes',
        points: samples.map(({ atMs, follower }) => [atMs / 1000, follower]),
      },
    ],
  };
  return {
    figures: { hosts, minutes, recordsPerSecond, missed, seconds, catchUpRate, liveRate, samples },
    files: { svg: lineChart(chart) },
    markdown: `One of ${hosts} nodes was stopped (SIGSTOP) for ${minutes} minutes of ${recordsPerSecond} records/s and then continued, without a
restart. It lacked ${missed} records and had caught up after ${seconds.toFixed(1)} s, executing every block itself: ${catchUpRate.toFixed(0)} records/s beside a
load that went on at ${liveRate.toFixed(0)} records/s, ${(catchUpRate / liveRate).toFixed(1)} times as fast (bar: 10 or more).

![Log sizes of both nodes over time](catch-up.svg)
`,
  };
}
