import type { Blocks, Finalization } from '@hufu/consensus';
import type { ExecutedBlock } from '../ledger/types.ts';
import { BARE_BLOCK_BYTES, MAX_BLOCKS, MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { finalization as finalizationCodec } from '../wire/vote-codecs.ts';
import { type Database, put, type Write } from './database.ts';
import { keys, ranges } from './keys.ts';
import { block as blockCodec, integer, type OutcomeRow, outcome as outcomeCodec } from './rows.ts';
import type { BlockRecord, BlockRow, BlocksLimit, CertifiedBlock } from './types.ts';

/** Bytes of blocks in one answer to a peer, unless the first certified block is further. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** The most that peers accept, less what the finalization takes: at most 100 shares of up to four signatures. */
const MAX_RUN_BYTES = MAX_MESSAGE_BYTES - 32 * 1024;
/** Encoded size of a reference, at most. */
const REF_BYTES = 48;

/** Finalized blocks and certificates by height, and where the log's entries are among them. */
export class BlockTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What a commit of this block writes. */
  writesFor(executed: ExecutedBlock): readonly Write[] {
    const { block, headerBytes, firstIndex, entryCount, applied, dropped } = executed;
    const { height } = block;
    const writes = [put(keys.block(height), blockCodec, { block, headerBytes, firstIndex, entryCount })];
    if (applied.length + dropped.length > 0) {
      writes.push(put(keys.outcome(height), outcomeCodec, { applied, dropped }));
    }
    if (entryCount > 0) writes.push(put(keys.firstIndex(firstIndex), integer, height));
    const gateways = new Set<number>();
    for (const { gateway, firstSerial } of applied) {
      if (gateway === null || gateways.has(gateway)) continue;
      gateways.add(gateway);
      writes.push(put(keys.firstSerial(gateway, firstSerial), integer, height));
    }
    return writes;
  }

  row(height: number): BlockRow | undefined {
    return this.#database.get(keys.block(height), blockCodec);
  }

  outcome(height: number): OutcomeRow {
    return this.#database.get(keys.outcome(height), outcomeCodec) ?? { applied: [], dropped: [] };
  }

  record(height: number): BlockRecord | undefined {
    const row = this.row(height);
    return row && { ...row, ...this.outcome(height) };
  }

  /** Newest first. */
  async below(before: number, limit: number): Promise<readonly BlockRow[]> {
    const range = ranges.blocks(Math.max(1, before - limit), Math.max(0, before - 1));
    const rows = await this.#database.list(range, blockCodec, { reverse: true });
    return rows.map(([, row]) => row);
  }

  finalizationAt(height: number): Finalization | undefined {
    return this.#database.get(keys.finalization(height), finalizationCodec);
  }

  async certifiedAt(height: number): Promise<CertifiedBlock | undefined> {
    const finalization = await this.#database.first(ranges.finalizationsFrom(height), finalizationCodec);
    const record = finalization && this.row(finalization.height);
    return record && { record, finalization };
  }

  /** Height of the block that holds the entry, whose index must be below the log's size. */
  async heightOfIndex(index: number): Promise<number | undefined> {
    return this.#database.last(ranges.firstIndexUpTo(index), integer);
  }

  /** Height of the block that holds the serial, when the serial was applied. */
  async heightOfSerial(gateway: number, serial: number): Promise<number | undefined> {
    return this.#database.last(ranges.firstSerialUpTo(gateway, serial), integer);
  }

  /**
   * Blocks from a height up that end at the last one, of `maxBlocks`, which has a finalization of its own; when
   * none of them has one, at the first beyond that does, if one message holds that many. `lastHeight`, which has one, is
   * not passed.
   */
  async finalized(
    fromHeight: number,
    { maxBlocks, lastHeight }: BlocksLimit & { readonly lastHeight: number },
  ): Promise<Blocks | undefined> {
    const window = ranges.finalizations(fromHeight, Math.min(fromHeight + maxBlocks - 1, lastHeight));
    const within = await this.#database.list(window, finalizationCodec);
    const certified = within.map(([, finalization]) => finalization);
    const first = certified[0] ?? (await this.certifiedAt(fromHeight))?.finalization;
    if (first === undefined || first.height - fromHeight >= MAX_BLOCKS) return undefined;
    const last = certified.at(-1) ?? first;
    const rows = await this.#database.list(ranges.blocks(fromHeight, last.height), blockCodec);
    const blocks = rows.map(([, row]) => row.block);
    let sizeBytes = 0;
    let end: Finalization | undefined;
    for (const block of blocks) {
      sizeBytes += BARE_BLOCK_BYTES + block.refs.length * REF_BYTES;
      if (sizeBytes > (end === undefined ? MAX_RUN_BYTES : MAX_ANSWER_BYTES)) break;
      end = [first, ...certified].find(({ height }) => height === block.height) ?? end;
    }
    if (end === undefined) return undefined;
    const { height: endHeight } = end;
    return { kind: 'blocks', blocks: blocks.filter(({ height }) => height <= endHeight), finalization: end };
  }
}
