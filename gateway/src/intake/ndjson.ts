import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Checked,
  checker,
  type ErrorCode,
  type EvidenceInput,
  EvidenceInputSchema,
  type FieldError,
  type LineResult,
  MAX_LINE_BYTES,
  problem,
} from '@hufu/api';
import type { HashName, Result } from '@hufu/crypto';
import type { Recorded } from './answers.ts';
import type { EarlierRecord } from './earlier.ts';
import type { Refusal } from './journal.ts';
import { type Line, LineSplitter } from './line-splitter.ts';
import { type NewRecord, toRecord } from './record.ts';

const checkInput: (value: unknown) => Checked<EvidenceInput> = checker(EvidenceInputSchema);

export interface NdjsonIntake {
  readonly gateway: number;
  readonly hashes: readonly HashName[];
  readonly requestId: string;
  readonly append: (records: readonly NewRecord[]) => Promise<Result<Recorded, Refusal>>;
}

/** Result lines, and how many of either kind the stream has had so far. */
export interface ResultChunk {
  readonly text: string;
  readonly accepted: number;
  readonly refused: number;
  /** Whether it ends with the end line. */
  readonly last: boolean;
}

interface Refused {
  readonly line: number;
  readonly code: ErrorCode;
  readonly errors?: readonly FieldError[];
}

/** Some consecutive lines of a stream, read. */
interface Slice {
  readonly records: NewRecord[];
  /** In order, one a line that is not blank: its number, and its result if it is refused already. */
  readonly outcomes: { readonly line: number; readonly refused: string | null }[];
  lines: number;
  refusedChars: number;
}

/**
 * Lines of one slice: bounds one post to the journal, and the time without a turn of the event loop. A chunk of 64 KiB
 * has at most 753 lines with a digest, which thus share one transaction.
 */
const MAX_SLICE_LINES = 1_024;
/**
 * A slice ends when the results of its refused lines are so long. Threat: the shortest line has a result 200
 * times as long.
 */
const MAX_SLICE_CHARS = 65_536;
const MAX_HELD_CHARS = 65_536;

/**
 * Records an NDJSON stream. Each slice of a chunk of the body becomes one post to the journal and one chunk of
 * result lines, so memory is bounded by a chunk and a slice whatever the stream's length; the body is read, and
 * its lines are parsed, no faster than results are taken. A bad line costs only itself. The last chunk holds
 * the end line.
 */
export async function* recordLines(
  body: AsyncIterable<Buffer>,
  intake: NdjsonIntake,
): AsyncGenerator<ResultChunk, void> {
  let accepted = 0;
  let refused = 0;
  // Results go out as they are known; only while nothing was accepted are a few held back, so that the answer
  // to a body without any good line can be an error as a whole.
  let held = '';
  for await (const slice of readSlices(body, intake)) {
    const results = await recordSlice(slice, intake);
    accepted += results.accepted;
    refused += results.refused;
    held += results.text;
    if (held === '' || (accepted === 0 && held.length < MAX_HELD_CHARS)) continue;
    yield { text: held, accepted, refused, last: false };
    held = '';
  }
  held += toLine({ end: { accepted, refused } });
  yield { text: held, accepted, refused, last: true };
}

/** Reads the body's lines, a slice at a time, with a turn of the event loop after each. */
async function* readSlices(body: AsyncIterable<Buffer>, intake: NdjsonIntake): AsyncGenerator<Slice, void> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  let line = 0;
  async function* slicesOf(lines: Iterable<Line>): AsyncGenerator<Slice, void> {
    let slice = emptySlice();
    for (const text of lines) {
      line += 1;
      addLine(slice, text, line, intake);
      if (slice.lines < MAX_SLICE_LINES && slice.refusedChars < MAX_SLICE_CHARS) continue;
      yield slice;
      await nextTurn();
      slice = emptySlice();
    }
    if (slice.lines > 0) yield slice;
  }
  for await (const chunk of body) yield* slicesOf(splitter.push(chunk));
  yield* slicesOf(splitter.end());
}

function emptySlice(): Slice {
  return { records: [], outcomes: [], lines: 0, refusedChars: 0 };
}

/** JSON's own white space: trim() would take a byte order mark for blank, too. */
const BLANK = /^[ \t\r]*$/;

function addLine(slice: Slice, text: Line, line: number, { hashes, requestId }: NdjsonIntake): void {
  slice.lines += 1;
  if ('text' in text && BLANK.test(text.text)) return;
  const read = readLine(text, hashes, line);
  if (read.ok) {
    slice.records.push(read.value);
    slice.outcomes.push({ line, refused: null });
    return;
  }
  const refused = refusedLine(read.error, requestId);
  slice.refusedChars += refused.length;
  slice.outcomes.push({ line, refused });
}

async function recordSlice(
  { records, outcomes }: Slice,
  { gateway, requestId, append }: NdjsonIntake,
): Promise<{ readonly text: string; readonly accepted: number; readonly refused: number }> {
  const recorded = records.length === 0 ? undefined : await append(records);
  let text = '';
  let next = 0;
  for (const { line, refused } of outcomes) {
    if (refused !== null) text += refused;
    else if (recorded?.ok) {
      text += acceptedLine(line, gateway, recorded.value, next);
      next += 1;
    } else text += refusedLine({ line, code: recorded?.error ?? 'internal' }, requestId);
  }
  const accepted = recorded?.ok ? records.length : 0;
  return { text, accepted, refused: outcomes.length - accepted };
}

function readLine(line: Line, hashes: readonly HashName[], number: number): Result<NewRecord, Refused> {
  if ('tooLarge' in line) return { ok: false, error: { line: number, code: 'line-too-large' } };
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return { ok: false, error: { line: number, code: 'malformed-line' } };
  }
  const checked = checkInput(value);
  if (!checked.ok) {
    return { ok: false, error: { line: number, code: 'invalid-request', errors: checked.errors } };
  }
  const record = toRecord(checked.value, hashes);
  return record.ok ? record : { ok: false, error: { line: number, ...record.error } };
}

/** Built by hand, since it is written for every record; the schema's test reads it back. */
function acceptedLine(line: number, gateway: number, recorded: Recorded, offset: number): string {
  const serial = recorded.firstSerial + offset;
  const head = `{"line":${line},"id":"${gateway}-${serial}","serial":${serial},"state":"received"`;
  const earlier = recorded.earlier[offset];
  const tail = earlier === undefined || earlier.length === 0 ? '' : earlierMember(earlier, gateway);
  return `${head},"receivedAtMs":${recorded.receivedAtMs}${tail}}\n`;
}

function earlierMember(earlier: readonly EarlierRecord[], gateway: number): string {
  return `,"earlier":${JSON.stringify(
    earlier.map(({ serial, receivedAtMs }) => ({ id: `${gateway}-${serial}`, serial, receivedAtMs })),
  )}`;
}

function refusedLine({ line, code, errors }: Refused, requestId: string): string {
  return toLine({
    line,
    problem: problem(code, errors === undefined ? { requestId } : { requestId, errors }),
  });
}

function toLine(result: LineResult): string {
  return `${JSON.stringify(result)}\n`;
}
