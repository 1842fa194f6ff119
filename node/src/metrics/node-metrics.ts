import type { Report } from '@hufu/consensus';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { enterEpoch } from '../ledger/index.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { PeerTransport } from '../p2p/peer-transport.ts';
import type { ChainStore, Store } from '../store/types.ts';

/** What the gauges read when they are scraped. */
export interface MetricSources {
  readonly store: Store;
  readonly transport: Pick<PeerTransport, 'counters' | 'queuedBytes' | 'isConnected'>;
  /** Bytes of submissions waiting to be packed. */
  readonly ingressBytes: () => number;
  readonly wallMs: () => number;
  readonly deltaMs: () => number;
}

/** Seconds from a block's own time to its being durable here. */
const LATENCY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SYNC_BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

/** Prometheus metrics of one node: counters that events raise, gauges read from the parts when scraped. */
export class NodeMetrics {
  readonly registry = new Registry();
  readonly #finalizedBlocks: Counter;
  readonly #finalizedEntries: Counter;
  readonly #droppedSubmissions: Counter<'reason'>;
  readonly #finalizationSeconds: Histogram;
  readonly #persistSeconds: Histogram;
  readonly #turnEvents: Histogram;
  readonly #view: Gauge;
  readonly #viewTimeouts: Counter;
  readonly #reports: Counter<'type'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#finalizedBlocks = new Counter({
      name: 'hufu_finalized_blocks_total',
      help: 'Blocks finalized and durable since the start',
      registers,
    });
    this.#finalizedEntries = new Counter({
      name: 'hufu_finalized_entries_total',
      help: 'Log entries finalized and durable since the start',
      registers,
    });
    this.#droppedSubmissions = new Counter({
      name: 'hufu_dropped_submissions_total',
      help: 'Submissions in finalized blocks that did not apply, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.#finalizationSeconds = new Histogram({
      name: 'hufu_finalization_seconds',
      help: "From a block's time to its being final and durable here",
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#persistSeconds = new Histogram({
      name: 'hufu_turn_persist_seconds',
      help: 'What a turn of the host waits for the disk, syncs included',
      buckets: SYNC_BUCKETS,
      registers,
    });
    this.#turnEvents = new Histogram({
      name: 'hufu_turn_events',
      help: 'Events taken by one turn of the host',
      buckets: [1, 2, 5, 10, 20, 50, 100, 1000],
      registers,
    });
    this.#view = new Gauge({ name: 'hufu_view', help: 'View of the voting protocol', registers });
    this.#viewTimeouts = new Counter({
      name: 'hufu_view_timeouts_total',
      help: 'Views this node gave up waiting in',
      registers,
    });
    this.#reports = new Counter({
      name: 'hufu_reports_total',
      help: 'Facts the consensus core reported, by type',
      labelNames: ['type'],
      registers,
    });
  }

  /** Adds the gauges, once the parts they read are there. */
  watch({ store, transport, ingressBytes, wallMs, deltaMs }: MetricSources): void {
    const { chain } = store;
    const { counters } = transport;
    this.#gauge('hufu_height', 'Height of the last applied block', () => chain.state.tip.height);
    this.#gauge('hufu_missing_blocks', 'Blocks of the past that are yet to be fetched', () =>
      missingBlocks(chain),
    );
    this.#gauge('hufu_log_entries', 'Entries in the log', () => chain.state.logSize);
    this.#gauge(
      'hufu_block_age_seconds',
      'Age of the last applied block',
      () => Math.max(0, wallMs() - chain.state.tip.timeMs) / 1000,
    );
    this.#gauge(
      'hufu_delta_seconds',
      'Δ: the assumed delay of messages, as measured',
      () => deltaMs() / 1000,
    );
    this.#gauge('hufu_epoch', 'Epoch of the next block', () => enterEpoch(chain.state).epoch);
    this.#gauge(
      'hufu_connected_peers',
      'Validators connected to this node',
      () =>
        enterEpoch(chain.state).registry.validators.filter(({ peerId }) => transport.isConnected(peerId))
          .length,
    );
    this.#gauge('hufu_send_queue_bytes', 'Bytes waiting for slow peers', () => transport.queuedBytes);
    this.#gauge('hufu_ingress_bytes', 'Bytes of submissions waiting to be packed', ingressBytes);
    this.#counter(
      'hufu_refused_connections_total',
      'Connections refused since the start',
      () => counters.refusedConnections,
    );
    this.#counter(
      'hufu_malformed_frames_total',
      'Frames from peers that did not decode, or came on the other stream',
      () => counters.malformedFrames,
    );
    this.#counter(
      'hufu_dropped_frames_total',
      'Frames not queued for peers that were too slow',
      () => counters.droppedFrames,
    );
    this.#counter('hufu_failed_dials_total', 'Dials that gave no connection', () => counters.failedDials);
    const disk = new Gauge({
      name: 'hufu_disk_bytes',
      help: 'Bytes on disk by part',
      labelNames: ['part'],
      registers: [this.registry],
      collect: async () => {
        for (const [part, bytes] of Object.entries(await store.sizes())) {
          disk.set({ part: part.replace(/Bytes$/, '') }, bytes);
        }
      },
    });
  }

  onReport(report: Report): void {
    this.#reports.inc({ type: report.type });
    if (report.type === 'view-entered') this.#view.set(report.view);
    if (report.type === 'view-nullified') this.#viewTimeouts.inc();
  }

  onApplied(blocks: readonly ExecutedBlock[], nowMs: number): void {
    for (const { block, entryCount, dropped } of blocks) {
      this.#finalizedBlocks.inc();
      this.#finalizedEntries.inc(entryCount);
      this.#finalizationSeconds.observe(Math.max(0, nowMs - block.timeMs) / 1000);
      for (const { reason, submissions } of dropped) this.#droppedSubmissions.inc({ reason }, submissions);
    }
  }

  onTurn(facts: { readonly events: number; readonly persistMs: number }): void {
    this.#turnEvents.observe(facts.events);
    this.#persistSeconds.observe(facts.persistMs / 1000);
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read()),
    });
  }

  /** A counter that is kept elsewhere and read when scraped. */
  #counter(name: string, help: string, read: () => number): void {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [this.registry],
      collect: () => {
        counter.reset();
        counter.inc(read());
      },
    });
  }
}

/** Those that a snapshot left out and that are not there yet. */
function missingBlocks({ history }: ChainStore): number {
  return history === null ? 0 : history.toHeight - history.state.tip.height;
}
