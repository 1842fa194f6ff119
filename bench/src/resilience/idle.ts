import { setTimeout as delay } from 'node:timers/promises';
import { usage } from '../usage.ts';
import { type Bed, startBed } from './bed.ts';
import { bedPlan, type Experiment } from './experiment.ts';

const DEFAULT_MINUTES = 60;
const MINUTE_MS = 60_000;
const WARM_UP_RECORDS_PER_SECOND = 100;
const WARM_UP_MS = 5_000;

interface Reading {
  readonly height: number;
  readonly diskBytes: Readonly<Record<string, number>>;
  readonly cpuSeconds: Readonly<Record<string, number>>;
}

/** What a network costs when nobody uses it. */
export const idle: Experiment = {
  title: 'Idle',
  run: async (directory, options, say) => {
    const minutes = options.minutes ?? DEFAULT_MINUTES;
    const bed = await startBed(bedPlan(directory, options));
    try {
      const load = bed.startLoad(WARM_UP_RECORDS_PER_SECOND);
      await delay(WARM_UP_MS);
      await load.stop();
      await bed.audit();
      const before = await read(bed);
      say(`nothing is posted for ${minutes} minutes`);
      await delay(minutes * MINUTE_MS);
      const after = await read(bed);
      await bed.audit();
      const { heartbeatMs } = bed.network.description.genesis.parameters;
      const blocks = after.height - before.height;
      const rows = Object.keys(after.diskBytes).map((name) => {
        const disk = (after.diskBytes[name] ?? 0) - (before.diskBytes[name] ?? 0);
        const cpu = (after.cpuSeconds[name] ?? 0) - (before.cpuSeconds[name] ?? 0);
        return `| ${name} | ${(disk / 1024).toFixed(0)} | ${((100 * cpu) / (minutes * 60)).toFixed(2)} |`;
      });
      const heartbeats = (minutes * MINUTE_MS) / heartbeatMs;
      return {
        figures: { hosts: options.hosts, minutes, heartbeatMs, blocks, before, after },
        markdown: `${options.hosts} nodes and nothing posted for ${minutes} minutes: ${blocks} blocks, all of them heartbeats; one every ${heartbeatMs / 1000} s makes at most
${Math.ceil(heartbeats)}.

| process | disk growth, KiB | CPU, % of a core |
|---|---|---|
${rows.join('\n')}
`,
      };
    } finally {
      await bed.close();
    }
  },
};

async function read({ network }: Bed): Promise<Reading> {
  const status = await network.node(0).client.status();
  if (!status.ok) throw new Error('the first node does not answer');
  return { height: status.value.height, ...usage(network.description, network.processes) };
}
