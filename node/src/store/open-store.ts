import { dirname, join } from 'node:path';
import { asEpoch, NO_BATCH_DIGEST, type OriginHead } from '@hufu/consensus';
import { equalBytes } from '@hufu/crypto';
import { parseGenesis } from '@hufu/proof';
import { gatewayStates, genesisState } from '../ledger/index.ts';
import type { LedgerState } from '../ledger/types.ts';
import { type BatchBodies, openBatchBodies } from './batch-bodies.ts';
import { BlockTable } from './block-table.ts';
import { Chain } from './chain.ts';
import type { ChainTip } from './chain-tip.ts';
import { DamageRecord } from './damage.ts';
import { Database, put } from './database.ts';
import { DigestIndex } from './digest-index/digest-index.ts';
import { EntryReader } from './entry-reader.ts';
import { EpochTable } from './epoch-table.ts';
import { type Files, machineFiles } from './files.ts';
import { restoreHistory } from './history.ts';
import { keys } from './keys.ts';
import { LogProofs } from './log-proofs.ts';
import { LogTiles } from './log-tiles.ts';
import { NodeStore } from './node-store.ts';
import { type LogPart, repairTiles } from './repair.ts';
import { replayDigests } from './replay.ts';
import {
  type HeadRow,
  type HistoryRow,
  head as headCodec,
  history as historyCodec,
  integer,
  type LogExtent,
  meta as metaCodec,
} from './rows.ts';
import { StoreError } from './store-error.ts';
import type { Store, StoreCondition } from './types.ts';
import { openWal, type WalResult } from './wal.ts';

/** Version of everything in a data directory. */
const FORMAT = 3;
/** What a database without blocks says of the write-ahead log. */
const NO_EXTENT: LogExtent = { first: 1, last: 0 };

export interface StoreOptions {
  /** Made when it is not there. One process at a time can have it open. */
  readonly directory: string;
  readonly genesisBytes: Uint8Array;
  /** What the directory is on; the machine's disk when absent. */
  readonly medium?: Medium;
}

/** Where a store's files and its database are. */
export interface Medium {
  readonly files: Files;
  openDatabase(directory: string): Promise<Database>;
}

const MACHINE: Medium = { files: machineFiles, openDatabase: (directory) => Database.open(directory) };

interface Closable {
  close(): Promise<void>;
}

/**
 * Opens a node's data directory, or makes one, and brings it to the last applied block: what a crash left
 * half-written is cut off, tiles that do not fit are computed again, and so are digests not yet indexed. Rejects
 * with a StoreError when it cannot be used.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const opened: Closable[] = [];
  try {
    return await openParts(options, opened);
  } catch (error) {
    for (const part of opened.toReversed()) await part.close();
    throw error;
  }
}

async function openParts(
  { directory, genesisBytes, medium = MACHINE }: StoreOptions,
  opened: Closable[],
): Promise<Store> {
  const { files } = medium;
  function keep<T extends Closable>(part: T): T {
    opened.push(part);
    return part;
  }
  const genesis = parseGenesis(genesisBytes);
  if (!genesis.ok) throw new StoreError('genesis-invalid', genesis.error.remark);
  const start = genesisState(genesis.value);
  await files.makeDirectory(directory);
  const databaseDirectory = join(directory, 'db');
  const database = keep(await medium.openDatabase(databaseDirectory));
  const hasRun = checkMeta(database, start);
  const head = database.get(keys.head(), headCodec);
  const log = await openWal({
    directory: join(directory, 'wal'),
    files,
    expected: head?.log,
    mustExist: hasRun,
  });
  const wal = log.ok ? keep(log.wal) : null;
  const damage = new DamageRecord();
  const bodies = await openBodies({ directory, files, database, damage }, head, hasRun);
  keep(bodies.bodies);
  // From here on all that must exist does: should it be missing next time, it was lost.
  if (!hasRun) {
    // The files in them are durable; the directories themselves are when their own is.
    await files.syncDirectory(directory);
    await files.syncDirectory(dirname(directory));
    await database.commit([put(keys.meta(), metaCodec, metaOf(start))]);
  }

  const blocks = new BlockTable(database);
  const epochs = new EpochTable(database, start);
  const tip = await restoreTip(start, head, database, epochs);
  const entries = new EntryReader(blocks, bodies.bodies);
  const tiles = keep(await LogTiles.open(join(directory, 'tiles'), start.suites, files));
  const missing = database.get(keys.history(), historyCodec);
  const past = missing && { missing, state: restoreHistory(missing, start, blocks, epochs) };
  const whole = past?.state ?? tip.state;
  const index = keep(await DigestIndex.open(join(directory, 'index'), whole.logSize, undefined, files));
  for (const part of partsOfLog(tip.state, head, past)) await repairTiles(part, entries, tiles);
  await replayDigests(whole, entries, index, whole.logSize);
  const extent = head?.log ?? NO_EXTENT;
  const proofs = new LogProofs(tiles, blocks, damage);
  const logParts = { blocks, epochs, bodies: bodies.bodies, entries, tiles, proofs, index };
  const finalization = blocks.finalizationAt(tip.state.tip.height) ?? null;
  const chain = new Chain(
    { genesisBytes, database, ...logParts, wal, extent },
    { ...tip, finalization },
    past,
  );
  return new NodeStore({
    condition: conditionOf(log, hasRun, bodies.tornBytes),
    wal,
    records: log.ok ? log.records : [],
    epochs,
    batches: bodies.bodies,
    chain,
    tiles,
    index,
    damage,
    database,
    files,
    databaseDirectory,
  });
}

function metaOf(state: LedgerState): { readonly format: number; readonly chainId: Uint8Array } {
  const [chainId] = state.chainId;
  if (chainId === undefined) throw new Error('a chain has at least one suite');
  return { format: FORMAT, chainId };
}

/** Whether the directory was in use before; throws when it was by another format or chain. */
function checkMeta(database: Database, start: LedgerState): boolean {
  const meta = database.get(keys.meta(), metaCodec);
  if (meta === undefined) return false;
  if (meta.format !== FORMAT) throw new StoreError('wrong-format', `${meta.format}, not ${FORMAT}`);
  if (!equalBytes(meta.chainId, metaOf(start).chainId)) {
    throw new StoreError('wrong-chain', 'the directory was made under another genesis file');
  }
  return true;
}

interface BodiesParts {
  /** Of the whole store. */
  readonly directory: string;
  readonly files: Files;
  readonly database: Database;
  readonly damage: DamageRecord;
}

async function openBodies(
  { directory, ...parts }: BodiesParts,
  head: HeadRow | undefined,
  mustExist: boolean,
): Promise<{ readonly bodies: BatchBodies; readonly tornBytes: number }> {
  const from = head?.batches;
  const opened = await openBatchBodies({ directory: join(directory, 'batches'), ...parts, from, mustExist });
  if (!opened.ok) throw new StoreError('batches-damaged', opened.findings.join('; '));
  return opened;
}

async function restoreTip(
  start: LedgerState,
  head: HeadRow | undefined,
  database: Database,
  epochs: EpochTable,
): Promise<{ readonly state: LedgerState; readonly origins: ChainTip['origins'] }> {
  if (head === undefined) {
    const none: OriginHead = { nextSeq: 0, lastDigest: NO_BATCH_DIGEST };
    return { state: start, origins: start.validators.validators.map(() => none) };
  }
  const { point, timeMs, frontiers, origins } = head;
  const newest = await epochs.newest();
  // After an epoch's last block the state is still that epoch's, and knows the next.
  const isAfterLast = (epochs.beginning(newest)?.firstHeight ?? 1) > point.height;
  const epoch = asEpoch(isAfterLast ? newest - 1 : newest);
  const { registry, validators, validatorSetDigest } = epochs.participants(epoch);
  const gateways = gatewayStates(registry.gateways, (index) => database.get(keys.gateway(index), integer));
  const state = {
    ...start,
    epoch,
    epochFirstHeight: epochs.beginning(epoch)?.firstHeight ?? 1,
    registry,
    validators,
    validatorSetDigest,
    next: isAfterLast ? epochs.participants(newest) : null,
    tip: { ...point, timeMs },
    logSize: frontiers[0]?.size ?? 0,
    frontiers,
    gateways,
  };
  return { state, origins };
}

/** The parts of the log whose entries are there: all of it, or what comes before and after a gap. */
function partsOfLog(
  state: LedgerState,
  head: HeadRow | undefined,
  past: { readonly missing: HistoryRow; readonly state: LedgerState } | undefined,
): readonly LogPart[] {
  const edges = state.suites.map(() => []);
  const tiledTo = head?.tiledTo ?? 0;
  if (past === undefined) return [{ from: 0, edges, state, tiledTo }];
  const { missing } = past;
  return [
    { from: 0, edges, state: past.state, tiledTo: missing.tiledTo },
    { from: missing.toSize, edges: missing.edges, state, tiledTo },
  ];
}

function conditionOf(log: WalResult, hasRun: boolean, tornBatchBytes: number): StoreCondition {
  if (!log.ok) return { kind: 'damaged', findings: log.findings };
  if (!hasRun && log.records.length === 0) return { kind: 'fresh' };
  return { kind: 'sound', tornBytes: log.tornBytes + tornBatchBytes };
}
