import { asEpoch, type Epoch } from '@hufu/consensus';
import { assertNever } from '@hufu/crypto';
import { encodeValidatorSet } from '@hufu/proof';
import { chunkFrom, stateLeaves } from '../ledger/index.ts';
import type { PeerId } from '../p2p/peer-transport.ts';
import { StoreError } from '../store/store-error.ts';
import type { ChainStore, EpochBeginning } from '../store/types.ts';
import { type EpochEnd, MAX_EPOCH_ENDS, type SyncMessage } from '../wire/index.ts';
import { InFlight } from './in-flight.ts';

/** Bytes of ends of epochs in one answer, about; at least one is sent. */
const MAX_ENDS_BYTES = 512 * 1024;
/** Read for one peer at a time. */
const MAX_BEING_SERVED = 4;

/** A snapshot as it is served: read once, then cut into chunks. */
interface Prepared {
  readonly epoch: Epoch;
  readonly leaves: readonly Uint8Array[];
  readonly edges: EpochBeginning['edges'];
}

/** Tells peers how epochs ended, and the state that each began with. */
export class SnapshotServer {
  readonly #chain: ChainStore;
  readonly #asking = new InFlight(MAX_BEING_SERVED);
  /** The one asked for last. */
  #prepared: Promise<Prepared | undefined> = Promise.resolve(undefined);

  constructor(chain: ChainStore) {
    this.#chain = chain;
  }

  /** Replies to a question; not at all to what is none, or when there is nothing. Rejects when the disk fails. */
  serve(to: PeerId, question: SyncMessage, reply: (answer: SyncMessage) => void): Promise<void> {
    return this.#asking.run(to, async () => {
      const answer = await this.#answer(question);
      if (answer !== undefined) reply(answer);
    });
  }

  async #answer(question: SyncMessage): Promise<SyncMessage | undefined> {
    switch (question.kind) {
      case 'fetch-epochs':
        return { kind: 'epochs', from: question.from, ends: await this.#endsFrom(question.from) };
      case 'fetch-snapshot': {
        const prepared = await this.#prepare(question.epoch);
        if (prepared === undefined) return undefined;
        const { epoch, leaves, edges } = prepared;
        return { kind: 'snapshot', epoch, leafCount: leaves.length, edges };
      }
      case 'fetch-state-chunk': {
        const prepared = await this.#prepare(question.epoch);
        const chunk = prepared && chunkFrom(prepared.leaves, this.#chain.state.suites, question.first);
        return chunk && { kind: 'state-chunk', epoch: question.epoch, ...chunk };
      }
      case 'epochs':
      case 'snapshot':
      case 'state-chunk':
        return undefined;
      default:
        return assertNever(question);
    }
  }

  async #endsFrom(from: Epoch): Promise<readonly EpochEnd[]> {
    const ends: EpochEnd[] = [];
    let sizeBytes = 0;
    for (let epoch: number = from; ends.length < MAX_EPOCH_ENDS && sizeBytes < MAX_ENDS_BYTES; epoch++) {
      const end = (await this.#chain.epoch(epoch))?.end;
      const next = end && (await this.#chain.epoch(epoch + 1));
      if (!end || !next) break;
      const validatorSet = encodeValidatorSet(next.validators);
      ends.push({ headerBytes: end.headerBytes, finalization: end.finalization, validatorSet });
      sizeBytes += end.headerBytes.length + 2 * validatorSet.length;
    }
    return ends;
  }

  async #prepare(epoch: Epoch): Promise<Prepared | undefined> {
    const known = await this.#prepared;
    if (known?.epoch === epoch) return known;
    const read = this.#read(epoch);
    // One failure is enough for whoever asked.
    this.#prepared = read.catch(() => undefined);
    return read;
  }

  async #read(epoch: number): Promise<Prepared | undefined> {
    const beginning = await this.#beginning(epoch);
    if (beginning === undefined) return undefined;
    const { contents, edges } = beginning;
    const leaves = stateLeaves({ ...contents, suites: this.#chain.state.suites });
    return { epoch: asEpoch(epoch), leaves, edges };
  }

  /** A node whose trees are damaged goes on, and `/healthz` names the remedy: its peers ask another. */
  async #beginning(epoch: number): Promise<EpochBeginning | undefined> {
    try {
      return await this.#chain.beginning(epoch);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'tiles-damaged') return undefined;
      throw error;
    }
  }
}
