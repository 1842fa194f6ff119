import type { Files } from '../files.ts';
import { compareEntries, copyEntry, ENTRY_BYTES, wordsOf } from './entry.ts';
import { type SortedRun, writeRun } from './sorted-run.ts';

/** Entries merged between two returns to the event loop: about a millisecond's work. */
const SLICE_ENTRIES = 16_384;
const BLOCKS_PER_READ = 16;
const PREFIX_BYTES = 6;

/** A place in a run. `prefix` is the first 48 bits of the entry there; above all others once the run is over. */
interface Cursor {
  readonly run: SortedRun;
  entries: Buffer;
  words: Uint32Array;
  offset: number;
  nextBlock: number;
  prefix: number;
}

const OVER = 2 ** 48;
const NONE = Buffer.alloc(0);

/**
 * Merges adjacent runs, oldest first, into one that covers them all; they themselves stay as they are. Undefined
 * when `isCancelled` said so on the way.
 */
export async function mergeRuns(
  files: Files,
  directory: string,
  runs: readonly SortedRun[],
  isCancelled: () => boolean,
): Promise<SortedRun | undefined> {
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('no runs to merge');
  const cursors: Cursor[] = [];
  for (const run of runs) {
    const cursor = { run, entries: NONE, words: wordsOf(NONE), offset: 0, nextBlock: 0, prefix: OVER };
    await refill(cursor);
    cursors.push(cursor);
  }
  const slice = Buffer.allocUnsafe(SLICE_ENTRIES * ENTRY_BYTES);
  return writeRun(files, directory, { from: first.from, to: last.to }, async (writer) => {
    while (!isCancelled()) {
      const filled = mergeSlice(cursors, slice);
      if (filled === 0) return true;
      await writer.append(slice.subarray(0, filled));
      for (const cursor of cursors) if (cursor.offset === cursor.entries.length) await refill(cursor);
    }
    return false;
  });
}

async function refill(cursor: Cursor): Promise<void> {
  const { run, nextBlock } = cursor;
  cursor.offset = 0;
  cursor.entries = nextBlock < run.blockCount ? await run.readBlocks(nextBlock, BLOCKS_PER_READ) : NONE;
  cursor.words = wordsOf(cursor.entries);
  cursor.nextBlock = nextBlock + BLOCKS_PER_READ;
  cursor.prefix = prefixAt(cursor);
}

function prefixAt({ entries, offset }: Cursor): number {
  return offset < entries.length ? entries.readUIntBE(offset, PREFIX_BYTES) : OVER;
}

/** Moves the least entries to `slice` until it is full or a cursor must be refilled; answers the bytes filled. */
function mergeSlice(cursors: readonly Cursor[], slice: Buffer): number {
  const words = wordsOf(slice);
  let filled = 0;
  while (filled < slice.length) {
    const least = leastCursor(cursors);
    if (least === undefined) return filled;
    copyEntry(least.words, least.offset / ENTRY_BYTES, words, filled / ENTRY_BYTES);
    filled += ENTRY_BYTES;
    least.offset += ENTRY_BYTES;
    least.prefix = prefixAt(least);
    if (least.offset === least.entries.length) return filled;
  }
  return filled;
}

function leastCursor(cursors: readonly Cursor[]): Cursor | undefined {
  let least: Cursor | undefined;
  for (const cursor of cursors) {
    if (cursor.prefix === OVER) continue;
    if (least === undefined || cursor.prefix < least.prefix) least = cursor;
    else if (
      cursor.prefix === least.prefix &&
      compareEntries(cursor.entries, cursor.offset, least.entries, least.offset) < 0
    ) {
      least = cursor;
    }
  }
  return least;
}
