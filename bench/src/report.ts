import type { LatencyResult } from './latency.ts';
import type { Results } from './run.ts';

/**
 * The results as Markdown. Headings follow JR/T 0193-2020 where it has one for the figure (交易吞吐率,
 * 账本增长速率); no conformity with it is claimed.
 */
export function report(results: Results): string {
  const { machine, plan, bare, single, bulk } = results;
  const rate = (values: readonly number[]): string => spread(values, 0);
  const ratio = single.map(({ perSecond }, round) => perSecond / (bare[round]?.perSecond ?? Number.NaN));
  const sum = (costs: Readonly<Record<string, number>>): number =>
    Object.values(costs).reduce((total, cost) => total + cost, 0);
  const nodes = Object.keys(results.usage.diskBytes).slice(0, -1);
  const diskPerNode = bulk.map(
    ({ cost }) => nodes.reduce((total, name) => total + (cost.diskBytes[name] ?? 0), 0) / nodes.length,
  );
  const gatewayDisk = bulk.map(({ cost }) => Object.values(cost.diskBytes).at(-1) ?? 0);
  return `# Benchmark

\`npm run bench\` at ${machine.commit}, ${machine.date}: four nodes, one gateway and the load generator, a process
each, on one machine (${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}). Figures are
median (minimum–maximum) of ${plan.rounds} rounds; rounds of all loads alternate.

## 交易吞吐率 Throughput

| load | accepted records/s | finalized records/s | refused | p50 / p99 of the answer, ms |
|---|---|---|---|---|
| bare Fastify POST, validated, nothing done | ${rate(bare.map((r) => r.perSecond))} | – | ${total(bare)} | ${answer(bare)} |
| \`POST /v1/evidence\`, ${plan.connections} connections, ${plan.seconds} s | ${rate(single.map((r) => r.perSecond))} | ${rate(single.map((r) => r.finalizedPerSecond))} | ${total(single)} | ${answer(single)} |
| NDJSON, ${plan.streams} streams of ${plan.linesPerBody} lines, ${plan.records} records | ${rate(bulk.map((r) => r.perSecond))} | ${rate(bulk.map((r) => r.finalizedPerSecond))} | ${bulk.reduce((n, r) => n + r.refused, 0)} | – |

Finalized: until the gateway itself has verified both suites' certificates and the inclusion of the last record.
A durable, signed, four-node POST runs at ${spread(ratio, 2)} of the bare one's rate.

## Latency from POST to final

One client, one record at a time, answered once the gateway has verified finality; ms.

| | samples | p50 | p90 | p99 | max |
|---|---|---|---|---|---|
| idle network | ${latency(results.latencyIdle)} |
| during NDJSON bulk load, one stream | ${latency(results.latencyUnderLoad)} |

## Cost per record

| load | CPU, all five processes, µs | ${Object.keys(results.usage.cpuSeconds).join(' | ')} |
|---|---|${Object.keys(results.usage.cpuSeconds)
    .map(() => '---|')
    .join('')}
| single POSTs | ${spread(
    single.map((r) => sum(r.cost.cpuMicroseconds)),
    0,
  )} | ${byProcess(single)} |
| NDJSON | ${spread(
    bulk.map((r) => sum(r.cost.cpuMicroseconds)),
    0,
  )} | ${byProcess(bulk)} |

## 账本增长速率 Ledger growth

Disk blocks allocated per record during the NDJSON loads: ${spread(diskPerNode, 0)} bytes a node,
${spread(gatewayDisk, 0)} bytes in the gateway's database (its write-ahead log included).

Resident memory at the end: ${Object.entries(results.usage.residentBytes)
    .map(([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MiB`)
    .join(', ')}.
`;
}

/** Median (minimum–maximum). */
function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const text = (value: number | undefined): string =>
    (value ?? Number.NaN).toLocaleString('en', { maximumFractionDigits: digits });
  return `${text(sorted[Math.floor(sorted.length / 2)])} (${text(sorted[0])}–${text(sorted.at(-1))})`;
}

function total(loads: readonly { readonly refused: number; readonly errors: number }[]): number {
  return loads.reduce((count, { refused, errors }) => count + refused + errors, 0);
}

function answer(
  loads: readonly { readonly latencyMs: { readonly p50: number; readonly p99: number } }[],
): string {
  return `${spread(
    loads.map(({ latencyMs }) => latencyMs.p50),
    0,
  )} / ${spread(
    loads.map(({ latencyMs }) => latencyMs.p99),
    0,
  )}`;
}

function latency({ samples, p50, p90, p99, max }: LatencyResult): string {
  return [samples, ...[p50, p90, p99, max].map((ms) => ms.toFixed(1))].join(' | ');
}

function byProcess(
  loads: readonly { readonly cost: { readonly cpuMicroseconds: Readonly<Record<string, number>> } }[],
): string {
  const names = Object.keys(loads[0]?.cost.cpuMicroseconds ?? {});
  return names
    .map((name) =>
      spread(
        loads.map(({ cost }) => cost.cpuMicroseconds[name] ?? Number.NaN),
        0,
      ),
    )
    .join(' | ');
}
