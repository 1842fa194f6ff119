import type { LedgerState } from '../ledger/types.ts';
import type { EntryReader } from './entry-reader.ts';
import type { LogEdge } from './log-edge.ts';
import type { LogTiles } from './log-tiles.ts';
import { replayTiles } from './replay.ts';
import { StoreError } from './store-error.ts';

/** A part of the log whose entries are all there. */
export interface LogPart {
  /** Where it begins, and the log's right edge there. */
  readonly from: number;
  readonly edges: readonly LogEdge[];
  /** The state after its last entry. */
  readonly state: LedgerState;
  /** The tiles of the entries below are durable. */
  readonly tiledTo: number;
}

/** Completes the tiles, or makes all of them again when what should be durable is not what was finalized. */
export async function repairTiles(part: LogPart, entries: EntryReader, tiles: LogTiles): Promise<void> {
  const { from, edges, state, tiledTo } = part;
  const isContinued = await replayTiles(state, entries, tiles, Math.max(from, tiledTo)).then(
    () => tiles.matches(state.frontiers),
    // Files that are too short cannot be continued.
    () => false,
  );
  if (isContinued) return;
  await tiles.writeEdges(from, edges);
  await replayTiles(state, entries, tiles, from);
  if (await tiles.matches(state.frontiers)) return;
  throw new StoreError('chain-damaged', 'the blocks do not give the roots that were finalized');
}
