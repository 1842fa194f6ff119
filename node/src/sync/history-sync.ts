import {
  type Batch,
  type BatchRef,
  type Blocks,
  batchDigest,
  type Epoch,
  type StoredBlock,
} from '@hufu/consensus';
import { equalBytes, hashOf } from '@hufu/crypto';
import { equalDigests } from '@hufu/proof';
import { enterEpoch } from '../ledger/index.ts';
import type { ExecutedBlock, LedgerState, PreparedBatch } from '../ledger/types.ts';
import type { PeerId } from '../p2p/peer-transport.ts';
import type { Clock } from '../replica/environment.ts';
import type { PacedLedger } from '../replica/paced-ledger.ts';
import { ProtocolSignatures } from '../replica/signatures.ts';
import type { HistoryStore, Store } from '../store/types.ts';
import { isCertified } from './certified.ts';
import type { Questions } from './questions.ts';

/** Batches asked for at once; a peer serves no more of them at a time. */
const BATCHES_AT_ONCE = 16;
/** Between two rounds of questions that nobody answered, ms. */
const PAUSE_MS = 1_000;

export interface HistorySyncParts {
  readonly store: Pick<Store, 'chain' | 'batches'>;
  readonly questions: Questions;
  readonly clock: Clock;
  readonly ledger: PacedLedger;
  /** Connected, whoever they are: what they send is checked. */
  readonly peers: () => readonly PeerId[];
  /** Some of the past is there that was not. */
  readonly onHistory: () => void;
}

/**
 * Fetches the past that a snapshot left out, from its beginning on, beside everything else the node does: certified
 * ranges of blocks from one peer after the other, their batches from all at once. Every block is executed like any
 * other; what does not give the headers that were certified is thrown away and asked of another peer.
 */
export class HistorySync {
  readonly #parts: HistorySyncParts;
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;
  /** Peers take turns. */
  #turn = 0;
  /** Ranges that a peer did not give, or gave wrong. */
  readonly #failures = new Map<PeerId, number>();

  constructor(parts: HistorySyncParts) {
    this.#parts = parts;
  }

  /** Begins, or goes on; does nothing when the history is complete. Rejects when the disk fails. */
  async run(): Promise<void> {
    this.#running ??= this.#fetchAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running?.catch(() => {});
  }

  async #fetchAll(): Promise<void> {
    while (!this.#stopped) {
      const { history } = this.#parts.store.chain;
      if (history === null) return;
      if (!(await this.#fetchRange(history)) && !this.#stopped) await this.#pause();
    }
  }

  /** Whether the history has grown by a range of blocks. */
  async #fetchRange(history: HistoryStore): Promise<boolean> {
    const state = enterEpoch(history.state);
    const { epoch } = state;
    for (const peer of this.#peersInTurn()) {
      const fromHeight = state.tip.height + 1;
      const blocks = await this.#parts.questions.ask(
        peer,
        { epoch, message: { kind: 'fetch-blocks', fromHeight } },
        'blocks',
        (answer) => answer.blocks[0]?.height === fromHeight,
      );
      const executed = blocks && (await this.#executed(history.state, blocks));
      if (this.#stopped) return false;
      if (blocks === undefined || executed === undefined) {
        this.#failures.set(peer, (this.#failures.get(peer) ?? 0) + 1);
        continue;
      }
      await history.apply(executed, blocks.finalization);
      await this.#indexRest();
      this.#parts.onHistory();
      return true;
    }
    return false;
  }

  /** What had to wait for the past to be complete; it may be a long log, and a node that stops does not wait for it. */
  async #indexRest(): Promise<void> {
    let hasMore = true;
    while (hasMore && !this.#stopped) hasMore = await this.#parts.store.chain.indexMore();
  }

  /**
   * The blocks executed one after the other, each when its batches are there; undefined when they are not what the epoch's
   * validators certified. Threat: only the last of them is certified before all are executed, and one validator can sign
   * all the batches of a forged one. So nothing is fetched far ahead, only what validators of the epoch signed is stored,
   * and of it no more than a block may hold.
   */
  async #executed(before: LedgerState, run: Blocks): Promise<readonly ExecutedBlock[] | undefined> {
    const epochState = enterEpoch(before);
    if (!isRange(run, epochState)) return undefined;
    const { epoch, registry } = epochState;
    const { maxBatchBytes } = registry.parameters;
    const of = { epoch, maxBatchBytes, protocol: new ProtocolSignatures(epochState, null, []) };
    const executed: ExecutedBlock[] = [];
    let state = before;
    for (const [i, block] of run.blocks.entries()) {
      if (!(await this.#fetchBatches(of, run.blocks.slice(i)))) return undefined;
      const batches: PreparedBatch[] = [];
      for (const ref of block.refs) batches.push(await this.#prepare(state, ref));
      const applied = await this.#parts.ledger.apply(state, { input: block, batches });
      if (!applied.ok || !equalDigests(applied.value.block.digests, block.digests)) return undefined;
      executed.push(applied.value);
      state = applied.value.state;
      // The node has other things to do as well.
      await new Promise<void>((resolve) => {
        this.#parts.clock.soon(resolve);
      });
    }
    return executed;
  }

  /** Whether all batches of the first block are held now; some of those after it are fetched with them. */
  async #fetchBatches(of: EpochOfRange, [first, ...others]: readonly StoredBlock[]): Promise<boolean> {
    const { batches } = this.#parts.store;
    const lacks = (ref: BatchRef): boolean => !batches.has(ref);
    while (first?.refs.some(lacks)) {
      const missing = [first, ...others.slice(0, BATCHES_AT_ONCE)].flatMap(({ refs }) => refs.filter(lacks));
      const wanted = missing.slice(0, BATCHES_AT_ONCE);
      const found = await Promise.all(wanted.map((ref) => this.#fetchBatch(of, ref)));
      const got = found.filter((batch) => batch !== undefined);
      await batches.put(got);
      if (got.length !== wanted.length) return false;
    }
    return true;
  }

  async #fetchBatch(
    { protocol, epoch, maxBatchBytes }: EpochOfRange,
    ref: BatchRef,
  ): Promise<Batch | undefined> {
    const [suite] = this.#parts.store.chain.state.suites;
    if (suite === undefined) throw new Error('a chain has at least one suite');
    for (const peer of this.#peersInTurn()) {
      const batch = await this.#parts.questions.ask(
        peer,
        { epoch, message: { kind: 'fetch-batch', ref } },
        'batch',
        (answer) => equalBytes(answer.digest, ref.digest),
      );
      const isGenuine =
        batch !== undefined &&
        batch.origin === ref.origin &&
        batch.seq === ref.seq &&
        batch.payload.length <= maxBatchBytes &&
        equalBytes(batchDigest(hashOf(suite), batch), ref.digest) &&
        protocol.check(batch, []);
      if (isGenuine) return batch;
    }
    return undefined;
  }

  async #prepare(state: LedgerState, ref: BatchRef): Promise<PreparedBatch> {
    const batch = await this.#parts.store.batches.get(ref);
    if (batch === undefined) throw new Error(`batch ${ref.origin}/${ref.seq} was stored and is missing`);
    return this.#parts.ledger.prepare(batch.payload, state);
  }

  /** Threat: a liar that is asked first in every round costs all the waiting. Who failed most often comes last. */
  #peersInTurn(): readonly PeerId[] {
    const peers = this.#parts.peers();
    this.#turn += 1;
    const inTurn = peers.map((peer, i) => peers[(i + this.#turn) % peers.length] ?? peer);
    const failures = (peer: PeerId): number => this.#failures.get(peer) ?? 0;
    return inTurn.sort((a, b) => failures(a) - failures(b));
  }

  #pause(): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const cancel = clock.schedule(clock.nowMs() + PAUSE_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** The epoch of a range of blocks, as far as its batches depend on it. */
interface EpochOfRange {
  readonly epoch: Epoch;
  readonly maxBatchBytes: number;
  readonly protocol: ProtocolSignatures;
}

/** Whether these blocks, once executed, go on from the state and end in what its validators made final. */
function isRange({ blocks, finalization }: Blocks, state: LedgerState): boolean {
  const last = blocks.at(-1);
  const { maxBlockBatches } = state.registry.parameters;
  return (
    last !== undefined &&
    blocks.every(({ refs }) => refs.length <= maxBlockBatches) &&
    last.height === finalization.height &&
    equalDigests(last.digests, finalization.digests) &&
    isCertified(finalization, state)
  );
}
