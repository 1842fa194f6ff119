import { asValidatorIndex, type Batch, type Recovery } from '@hufu/consensus';
import { enterEpoch } from '../ledger/index.ts';
import type { LoggedRecord } from '../wire/index.ts';
import type { BatchBodies } from './batch-bodies.ts';
import type { Chain } from './chain.ts';
import type { DamageRecord, PartCondition } from './damage.ts';
import type { Database } from './database.ts';
import type { DigestIndex } from './digest-index/digest-index.ts';
import type { EpochTable } from './epoch-table.ts';
import { directoryBytes, type Files } from './files.ts';
import type { LogTiles } from './log-tiles.ts';
import type { Store, StoreCondition, StoreSizes } from './types.ts';
import { NoWal, type Wal } from './wal.ts';

export interface NodeStoreParts {
  readonly condition: StoreCondition;
  /** Null when it is damaged. */
  readonly wal: Wal | null;
  /** What the log held when it was opened. */
  readonly records: readonly LoggedRecord[];
  readonly epochs: EpochTable;
  readonly batches: BatchBodies;
  readonly chain: Chain;
  readonly tiles: LogTiles;
  readonly index: DigestIndex;
  readonly damage: DamageRecord;
  readonly database: Database;
  readonly files: Files;
  readonly databaseDirectory: string;
}

/** The parts of a node's storage, opened together by `openStore`. */
export class NodeStore implements Store {
  readonly condition: StoreCondition;
  readonly log: Wal | NoWal;
  readonly batches: BatchBodies;
  readonly chain: Chain;
  readonly #parts: NodeStoreParts;

  constructor(parts: NodeStoreParts) {
    this.condition = parts.condition;
    this.log = parts.wal ?? new NoWal();
    this.batches = parts.batches;
    this.chain = parts.chain;
    this.#parts = parts;
  }

  get parts(): readonly PartCondition[] {
    return this.#parts.damage.parts;
  }

  async recovery(): Promise<Recovery> {
    const { epochs, records } = this.#parts;
    const { state, finalization, origins } = this.chain.tip;
    const { epoch } = enterEpoch(state);
    const since = epochs.beginning(epoch)?.batches;
    const batches: Omit<Batch, 'payload'>[] = [];
    for (const [origin, head] of origins.entries()) {
      batches.push(...(await this.batches.heldFrom(asValidatorIndex(origin), head, since)));
    }
    return {
      tip: { ...state.tip, endsEpoch: false, origins },
      // That of an epoch's last block was signed by others than those who go on from it.
      finalization: state.next === null ? finalization : null,
      log: records.flatMap((logged) => (logged.epoch === epoch ? [logged.record] : [])),
      batches,
    };
  }

  async sizes(): Promise<StoreSizes> {
    const { wal, batches, tiles, index, files, databaseDirectory } = this.#parts;
    return {
      logBytes: wal?.sizeBytes ?? 0,
      batchBytes: batches.sizeBytes,
      tileBytes: await tiles.sizeBytes(),
      indexBytes: index.sizeBytes,
      databaseBytes: await directoryBytes(files, databaseDirectory),
    };
  }

  async close(): Promise<void> {
    const { wal, batches, chain, tiles, index, database } = this.#parts;
    await chain.close();
    await index.close();
    await tiles.close();
    await batches.close();
    await wal?.close();
    // Last: its lock keeps another process out.
    await database.close();
  }
}
