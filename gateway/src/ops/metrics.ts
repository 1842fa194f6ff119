import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the gateway counts. All names begin with hufu_gateway_. */
export interface Metrics {
  readonly registry: Registry;
  readonly recorded: Counter;
  readonly commitRecords: Histogram;
  readonly commitSeconds: Histogram;
  readonly requests: Counter<'route' | 'status'>;
  readonly finalized: Counter;
  readonly finalitySeconds: Histogram;
  readonly distrusted: Counter<'node'>;
}

/** Values that are read when metrics are asked for. */
export interface Gauges {
  readonly queuedRecords: () => number;
  readonly unfinalizedRecords: () => number;
  readonly nextSerial: () => number;
  readonly nodeInUse: () => boolean;
  readonly waitingRequests: () => number;
  readonly openStreams: () => number;
}

export function registerGauges({ registry }: Metrics, gauges: Gauges): void {
  gauge(registry, 'queued_records', 'Records of posts that are not answered yet', gauges.queuedRecords);
  gauge(registry, 'unfinalized_records', 'Durable records that are not final', gauges.unfinalizedRecords);
  gauge(registry, 'next_serial', 'Serial of the next record', gauges.nextSerial);
  gauge(registry, 'node_in_use', '1 while a node is being worked with', () => (gauges.nodeInUse() ? 1 : 0));
  gauge(registry, 'waiting_requests', 'Requests that wait for finality', gauges.waitingRequests);
  gauge(registry, 'open_streams', 'NDJSON streams under way', gauges.openStreams);
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    recorded: new Counter({ name: 'hufu_gateway_recorded_total', help: 'Records made durable', registers }),
    commitRecords: new Histogram({
      name: 'hufu_gateway_commit_records',
      help: 'Records per transaction',
      buckets: [1, 4, 16, 64, 256, 1024, 4096],
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'hufu_gateway_commit_seconds',
      help: 'Duration of a transaction',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1],
      registers,
    }),
    requests: new Counter({
      name: 'hufu_gateway_requests_total',
      help: 'Answered requests',
      labelNames: ['route', 'status'],
      registers,
    }),
    finalized: new Counter({ name: 'hufu_gateway_finalized_total', help: 'Records made final', registers }),
    finalitySeconds: new Histogram({
      name: 'hufu_gateway_finality_seconds',
      help: 'From the cutting of a submission to its verified finality',
      buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60],
      registers,
    }),
    distrusted: new Counter({
      name: 'hufu_gateway_distrusted_total',
      help: 'Nodes caught telling something that does not verify',
      labelNames: ['node'],
      registers,
    }),
  };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `hufu_gateway_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
