import { setTimeout as delay } from 'node:timers/promises';
import type { HostedNode, HostNetwork } from '@hufu/cli';
import { startBed } from './bed.ts';
import { BlockArrivals, finalizationMs, longestGapMs } from './block-arrivals.ts';
import { bedPlan, type Experiment, type Outcome } from './experiment.ts';
import { median } from './statistics.ts';

const DEFAULT_ROUNDS = 10;
const DEFAULT_RECORDS_PER_SECOND = 200;
const BEFORE_MS = 5_000;
const AFTER_MS = 5_000;
/** docs/spec/consensus.md: Δ is three times the median of the last 11 latencies; 30 ms … 2 s; backed off 1.5 times. */
const MEASURED = 11;
const DELTAS = 3;
const MIN_DELTA_MS = 30;
const BACKOFF = 1.5;
/** A block is notarized after two of the three message delays in which it becomes final. */
const NOTARIZED_SHARE = 2 / 3;

interface Round {
  readonly leader: string;
  /** From the last block that was final before the kill to the first one after it. */
  readonly gapMs: number;
  /** Estimated from finalization before the kill: nodes do not tell their Δ. */
  readonly deltaMs: number;
}

/** How long finality pauses when the leader is killed under load. */
export const leaderKill: Experiment = {
  title: 'Leader killed under load',
  run: async (directory, options, say) => {
    const recordsPerSecond = options.recordsPerSecond ?? DEFAULT_RECORDS_PER_SECOND;
    const bed = await startBed(bedPlan(directory, options));
    try {
      bed.startLoad(recordsPerSecond);
      const rounds: Round[] = [];
      for (let round = 1; round <= (options.rounds ?? DEFAULT_ROUNDS); round += 1) {
        rounds.push(await killOnce(bed.network));
        say(`round ${round}: ${JSON.stringify(rounds.at(-1))}`);
        await bed.audit();
      }
      return outcome(rounds, recordsPerSecond, options.hosts);
    } finally {
      await bed.close();
    }
  },
};

async function killOnce(network: HostNetwork): Promise<Round> {
  const all = network.nodes.map((node) => ({ node, arrivals: new BlockArrivals(node.client) }));
  await delay(BEFORE_MS);
  const leader = await currentLeader(network);
  const killedAtMs = Date.now();
  await network.process(leader).kill();
  await delay(AFTER_MS);
  await Promise.all(all.map(({ arrivals }) => arrivals.stop()));
  const witness = all.find(({ node }) => node !== leader)?.arrivals.arrivals ?? [];
  const before = witness.filter(({ finalAtMs }) => finalAtMs <= killedAtMs);
  const after = witness.slice(Math.max(0, before.length - 1));
  const notarizedMs = median(finalizationMs(before.slice(-MEASURED))) * NOTARIZED_SHARE;
  await network.restart(leader);
  return {
    leader: leader.name,
    gapMs: longestGapMs(after.slice(0, 1 + MEASURED)),
    deltaMs: Math.max(MIN_DELTA_MS, DELTAS * notarizedMs),
  };
}

/** Whose turn it is by what the others say; asked just before it is killed. */
async function currentLeader({ nodes }: HostNetwork): Promise<HostedNode> {
  const status = await nodes[0]?.client.status();
  const leader = status?.ok ? nodes[status.value.view % nodes.length] : undefined;
  if (leader === undefined) throw new Error('the first node does not answer');
  return leader;
}

function outcome(rounds: readonly Round[], recordsPerSecond: number, hosts: number): Outcome {
  const rows = rounds.map(({ leader, gapMs, deltaMs }) => {
    const bar = (3 + BACKOFF) * deltaMs;
    return `| ${leader} | ${deltaMs.toFixed(0)} | ${gapMs.toFixed(0)} | ${bar.toFixed(0)} | ${(gapMs / deltaMs).toFixed(1)} |`;
  });
  const gaps = rounds.map(({ gapMs }) => gapMs);
  return {
    figures: { hosts, recordsPerSecond, rounds },
    markdown: `${hosts} nodes under ${recordsPerSecond} records/s; the node whose turn it is gets SIGKILL. The gap is the longest
time between two blocks' finality around the kill, as another node announces them: median ${median(gaps).toFixed(0)} ms, longest
${Math.max(...gaps).toFixed(0)} ms. Δ is estimated from the last ${MEASURED} blocks before the kill. The bar is 3Δ plus one step of back-off, 1.5Δ.

| killed | Δ, ms | gap, ms | bar, ms | gap / Δ |
|---|---|---|---|---|
${rows.join('\n')}
`,
  };
}
