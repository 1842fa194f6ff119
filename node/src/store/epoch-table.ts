import { asEpoch, type Epoch, type Finalization } from '@hufu/consensus';
import { hashOf } from '@hufu/crypto';
import {
  type CertifiedContext,
  certificatesFromFinalization,
  decodeHeader,
  type EpochStep,
  encodeGovernanceDocument,
  encodeValidatorSet,
  GOVERNANCE_FORMAT,
  headerDigests,
  parseGovernanceDocument,
  type Registry,
  registryValidatorSet,
  validatorSetDigests,
} from '@hufu/proof';
import { enterEpoch, gatewayStates, type StateContents } from '../ledger/index.ts';
import type { ExecutedBlock, LedgerState, NextEpoch } from '../ledger/types.ts';
import { type Database, put, type Write } from './database.ts';
import { keys, ranges } from './keys.ts';
import { type EpochRow, epoch as epochCodec, epochEnd as epochEndCodec } from './rows.ts';
import type { LogPosition } from './segment-scan.ts';
import type { EpochRecord, SnapshotEpoch } from './types.ts';

/** Where an epoch began. */
export interface Beginning {
  readonly firstHeight: number;
  /** Its batches are in the batch files from here on; undefined: from the first. */
  readonly batches: LogPosition | undefined;
}

/**
 * Every epoch that has begun: where, by which governance document, and how it ended. Epoch 0 is the genesis's and has no row
 * of a beginning. Rows are written with the block that ends the epoch before, or all together with a snapshot.
 */
export class EpochTable {
  readonly #database: Database;
  readonly #start: LedgerState;
  /** What was read once; it never changes. */
  readonly #beginnings = new Map<number, Beginning>();
  readonly #participants = new Map<number, NextEpoch>();
  /** By the epoch that ended, from 0 without a gap. */
  readonly #steps: EpochStep[] = [];

  /** `start` is the state at genesis. */
  constructor(database: Database, start: LedgerState) {
    const { registry, validators, validatorSetDigest } = start;
    this.#database = database;
    this.#start = start;
    this.#beginnings.set(0, { firstHeight: 1, batches: undefined });
    this.#participants.set(0, { registry, validators, validatorSetDigest });
  }

  /** What the commit of an epoch's last block writes; `batches` is where those of the next epoch will be. */
  writesFor(last: ExecutedBlock, finalization: Finalization, batches: LogPosition): readonly Write[] {
    const { state, headerBytes } = last;
    if (state.next === null) return [];
    const { epoch, gateways, registry } = enterEpoch(state);
    const end = { epoch: state.epoch, headerBytes, finalization };
    return this.#writes({ epoch, registry, gateways }, { firstHeight: state.tip.height + 1, end }, batches);
  }

  /** What the commit of a snapshot writes of the epochs that it brought. */
  writesForSnapshot(epochs: readonly SnapshotEpoch[], batches: LogPosition): readonly Write[] {
    return epochs.flatMap(({ contents, end }) => {
      const firstHeight = end.height + 1;
      return this.#writes(contents, { firstHeight, end: { ...end, epoch: contents.epoch - 1 } }, batches);
    });
  }

  /** The epoch that goes on, or is to begin with the next block. */
  async newest(): Promise<Epoch> {
    const newest = await this.#database.lastKey(ranges.epochs());
    return asEpoch(newest === undefined ? 0 : keys.epochOf(newest));
  }

  /** Who takes part in an epoch that has begun. */
  participants(epoch: number): NextEpoch {
    const known = this.#participants.get(epoch);
    if (known !== undefined) return known;
    const read = this.#read(epoch);
    this.#participants.set(epoch, read);
    return read;
  }

  /** Where an epoch began; undefined when it has not. */
  beginning(epoch: number): Beginning | undefined {
    const known = this.#beginnings.get(epoch);
    if (known !== undefined) return known;
    const row = this.#database.get(keys.epoch(epoch), epochCodec);
    if (row === undefined) return undefined;
    const { firstHeight, batches } = row;
    this.#beginnings.set(epoch, { firstHeight, batches });
    return { firstHeight, batches };
  }

  /** Height of an epoch's last block; null while it goes on. */
  lastHeight(epoch: number): number | null {
    const next = this.beginning(epoch + 1);
    return next === undefined ? null : next.firstHeight - 1;
  }

  /** The epoch of a stored block. */
  epochOf(headerBytes: Uint8Array): Epoch {
    const header = decodeHeader(headerBytes);
    if (!header.ok) throw new Error(`stored header: ${header.error.remark}`);
    return header.value.epoch;
  }

  /** What an epoch's certificates are verified against. */
  context(epoch: number): CertifiedContext {
    return { chainId: this.#start.chainId, validators: this.participants(epoch).validators };
  }

  /** The epoch as it is kept; undefined when it has not begun. */
  record(epoch: number): EpochRecord | undefined {
    const beginning = this.beginning(epoch);
    if (beginning === undefined) return undefined;
    return {
      epoch: asEpoch(epoch),
      firstHeight: beginning.firstHeight,
      ...this.participants(epoch),
      end: this.#end(epoch),
    };
  }

  /** The state's contents when an epoch began: what its state root commits to. Undefined for epoch 0 and the future. */
  contents(epoch: number): StateContents | undefined {
    const row = this.#database.get(keys.epoch(epoch), epochCodec);
    if (row === undefined) return undefined;
    const { registry } = this.participants(epoch);
    return {
      epoch: asEpoch(epoch),
      registry,
      gateways: gatewayStates(registry.gateways, (index) => row.serials[index]),
    };
  }

  /** How the epochs before `epoch` ended, for a bundle. */
  stepsTo(epoch: number): readonly EpochStep[] {
    while (this.#steps.length < epoch) this.#steps.push(this.#step(this.#steps.length));
    return this.#steps.slice(0, epoch);
  }

  #writes(
    contents: StateContents,
    { firstHeight, end }: { readonly firstHeight: number; readonly end: EpochEndOf },
    batches: LogPosition,
  ): readonly Write[] {
    const { epoch, registry, gateways } = contents;
    const { suites, chainId } = this.#start;
    const document = encodeGovernanceDocument({
      format: GOVERNANCE_FORMAT,
      chainId: Object.fromEntries(suites.map((suite, i) => [hashOf(suite), chainId[i]])),
      // A document says in which epoch it was approved.
      epoch: asEpoch(epoch - 1),
      ...registry,
    });
    const serials = gateways.map(({ nextSerial }) => nextSerial);
    const row: EpochRow = { firstHeight, document, batches, serials };
    return [put(keys.epoch(epoch), epochCodec, row), put(keys.epochEnd(end.epoch), epochEndCodec, end)];
  }

  #step(ended: number): EpochStep {
    const end = this.#end(ended);
    if (end === null) throw new Error(`epoch ${ended} goes on`);
    return {
      header: end.headerBytes,
      certificates: certificatesFromFinalization(end.finalization, this.context(ended)),
      validatorSet: encodeValidatorSet(this.participants(ended + 1).validators),
    };
  }

  /** An epoch's last block, which is always certified itself. */
  #end(epoch: number): EpochRecord['end'] {
    const row = this.#database.get(keys.epochEnd(epoch), epochEndCodec);
    if (row === undefined) return null;
    const { headerBytes, finalization } = row;
    const digests = headerDigests(this.#start.suites, headerBytes);
    return { height: finalization.height, digests, headerBytes, finalization };
  }

  #read(epoch: number): NextEpoch {
    const row = this.#database.get(keys.epoch(epoch), epochCodec);
    if (row === undefined) throw new Error(`epoch ${epoch} has not begun`);
    const document = parseGovernanceDocument(row.document);
    if (!document.ok) throw new Error(`stored registry of epoch ${epoch}: ${document.error.remark}`);
    const { members, validators, gateways, parameters } = document.value;
    const registry: Registry = { members, validators, gateways, parameters };
    const set = registryValidatorSet(epoch, this.#start.suites, registry);
    return { registry, validators: set, validatorSetDigest: validatorSetDigests(set) };
  }
}

interface EpochEndOf {
  readonly epoch: number;
  readonly headerBytes: Uint8Array;
  readonly finalization: Finalization;
}
