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
import type { EarlierRecord } from './earlier.ts';
import type { Recorded, Refusal } from './journal.ts';
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

/**
 * Records an NDJSON stream. Each chunk of the body becomes one post to the journal and one chunk of result
 * lines, so memory is bounded by a chunk whatever the stream's length; the body is read no faster than results
 * are taken. A bad line costs only itself. The last chunk holds the end line.
 */
export async function* recordLines(
  body: AsyncIterable<Buffer>,
  intake: NdjsonIntake,
): AsyncGenerator<ResultChunk, void> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  let line = 0;
  let accepted = 0;
  let refused = 0;
  const record = async (lines: readonly Line[]): Promise<string> => {
    const results = await recordChunk(lines, line, intake);
    line += lines.length;
    accepted += results.accepted;
    refused += results.refused;
    return results.text;
  };
  // Results go out as they are known; only while nothing was accepted are a few held back, so that the answer
  // to a body without any good line can be an error as a whole.
  let held = '';
  for await (const chunk of body) {
    held += await record(splitter.push(chunk));
    if (held === '' || (accepted === 0 && held.length < MAX_HELD_CHARS)) continue;
    yield { text: held, accepted, refused, last: false };
    held = '';
  }
  held += await record(splitter.end());
  held += toLine({ end: { accepted, refused } });
  yield { text: held, accepted, refused, last: true };
}

const MAX_HELD_CHARS = 65_536;
/** JSON's own white space: trim() would take a byte order mark for blank, too. */
const BLANK = /^[ \t\r]*$/;

async function recordChunk(
  lines: readonly Line[],
  before: number,
  intake: NdjsonIntake,
): Promise<{ readonly text: string; readonly accepted: number; readonly refused: number }> {
  const records: NewRecord[] = [];
  /** One per line: refused, or null where the next record in order is this line's. Blank lines are left out. */
  const outcomes: { readonly line: number; readonly refused: Refused | null }[] = [];
  for (const [i, text] of lines.entries()) {
    const line = before + i + 1;
    if ('text' in text && BLANK.test(text.text)) continue;
    const read = readLine(text, intake.hashes, line);
    if (read.ok) records.push(read.value);
    outcomes.push({ line, refused: read.ok ? null : read.error });
  }
  const recorded = records.length === 0 ? undefined : await intake.append(records);
  let text = '';
  let next = 0;
  for (const { line, refused } of outcomes) {
    if (refused !== null) text += refusedLine(refused, intake.requestId);
    else if (recorded?.ok) {
      text += acceptedLine(line, intake.gateway, recorded.value, next);
      next += 1;
    } else text += refusedLine({ line, code: recorded?.error ?? 'internal' }, intake.requestId);
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
