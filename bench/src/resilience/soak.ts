import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom, type SteadyLoad } from '@hufu/cli';
import { startBed } from './bed.ts';
import { lineChart } from './chart.ts';
import { bedPlan, type Experiment, type Outcome } from './experiment.ts';
import { ResourceSampler, type Sample } from './resource-sampler.ts';
import { nextFault, suffer } from './soak-faults.ts';
import { median } from './statistics.ts';

const DEFAULT_MINUTES = 120;
const DEFAULT_RECORDS_PER_SECOND = 500;
const MINUTE_MS = 60_000;
/** Between faults, so that a node which fell behind is back before the next one falls. */
const CALM_MS = 15_000;
/** Memory and descriptors of the first and the last part of the run are compared. */
const PART = 0.25;

/** Hours of load with random faults, each followed by the audit of everything that was promised. */
export const soak: Experiment = {
  title: 'Soak',
  run: async (directory, options, say) => {
    const minutes = options.minutes ?? DEFAULT_MINUTES;
    const recordsPerSecond = options.recordsPerSecond ?? DEFAULT_RECORDS_PER_SECOND;
    const bed = await startBed(bedPlan(directory, options));
    const sampler = new ResourceSampler(bed.network);
    const random = randomFrom(options.seed);
    const faults: string[] = [];
    try {
      const load = bed.startLoad(recordsPerSecond);
      const endMs = performance.now() + minutes * MINUTE_MS;
      while (performance.now() < endMs) {
        const fault = nextFault(bed.network, random);
        faults.push(fault.name);
        say(`${faults.length}: ${fault.name}`);
        await suffer(bed.network, fault, random);
        await delay(CALM_MS);
        await bed.audit();
      }
      await load.stop();
      await bed.audit();
      const plan = { hosts: options.hosts, minutes, recordsPerSecond, seed: options.seed };
      return outcome(plan, faults, load, sampler.samples);
    } finally {
      await sampler.stop();
      await bed.close();
    }
  },
};

interface Plan {
  readonly hosts: number;
  readonly minutes: number;
  readonly recordsPerSecond: number;
  readonly seed: number;
}

function outcome(
  plan: Plan,
  faults: readonly string[],
  load: SteadyLoad,
  samples: readonly Sample[],
): Outcome {
  const { hosts, minutes, recordsPerSecond, seed } = plan;
  const names = Object.keys(samples[0]?.processes ?? {});
  const rows = names.map((name) => {
    const change = (of: 'residentMiB' | 'descriptors'): string => {
      const [first, last] = ends(samples, name, of);
      return `${first.toFixed(0)} → ${last.toFixed(0)}`;
    };
    return `| ${name} | ${change('residentMiB')} | ${change('descriptors')} |`;
  });
  const kinds = Object.entries(Object.groupBy(faults, (fault) => fault.split(' ')[0] ?? ''));
  const counts = kinds.map(([kind, of]) => `${of?.length} × ${kind}`).join(', ');
  const { acceptedCount, refusedPosts } = load;
  return {
    figures: { ...plan, faults, acceptedCount, refusedPosts, samples },
    files: {
      'memory.svg': chartOf('Resident memory', 'MiB', names, samples, 'residentMiB'),
      'descriptors.svg': chartOf('Open descriptors', 'descriptors', names, samples, 'descriptors'),
    },
    markdown: `${hosts} nodes, ${minutes} minutes of ${recordsPerSecond} records/s, ${faults.length} faults from seed ${seed}: ${counts}. After each fault all
records answered 202 so far were found on the ledger, each once and under its number, serials were contiguous, and no
node had ever told two headers for one height. ${acceptedCount} records were accepted; ${refusedPosts} posts failed and promised nothing.

Medians of the first and the last quarter of the run; the first node and the gateway are never restarted.

| process | resident memory, MiB | open descriptors |
|---|---|---|
${rows.join('\n')}

![Resident memory over time](soak.memory.svg)

![Open descriptors over time](soak.descriptors.svg)
`,
  };
}

function chartOf(
  title: string,
  unit: string,
  names: readonly string[],
  samples: readonly Sample[],
  of: 'residentMiB' | 'descriptors',
): string {
  const series = names.map((name) => ({
    name,
    points: samples.flatMap(({ atSeconds, processes }) => {
      const value = processes[name]?.[of];
      return value === undefined ? [] : [[atSeconds / 60, value] as const];
    }),
  }));
  return lineChart({ title, x: 'minutes', y: unit, series });
}

function ends(
  samples: readonly Sample[],
  name: string,
  of: 'residentMiB' | 'descriptors',
): [first: number, last: number] {
  const values = samples.flatMap(({ processes }) => processes[name]?.[of] ?? []);
  const part = Math.ceil(values.length * PART);
  return [median(values.slice(0, part)), median(values.slice(-part))];
}
