import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from './files.ts';
import { type ItemPlace, parseFrame } from './frame.ts';

/**
 * Segment files of an append-only log (segment-log.ts) as found on disk. A segment is named by the sequence
 * number of its first frame; frames are numbered from 1 without gap, across segments.
 */

const SEGMENT_MAGIC = Buffer.from('HUFULOG1', 'latin1');
/** Magic, first sequence u64, CRC u32 of both. */
export const SEGMENT_HEADER_BYTES = 20;

/** Where an item lies. */
export interface ItemLocation extends ItemPlace {
  readonly segment: number;
}

/** The end of a frame: what the log held when it was noted, it must hold ever after. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
  /** Number of the frame that starts there. */
  readonly nextSequence: number;
}

export interface ScannedItem {
  readonly location: ItemLocation;
  /** A view into the file read; copy what is kept. */
  readonly bytes: Uint8Array;
}

export interface SegmentInfo {
  readonly segment: number;
  readonly sizeBytes: number;
}

export interface Scan {
  /** Every segment with its size, the torn end left out, ascending. Empty: there is no log. */
  readonly segments: readonly SegmentInfo[];
  readonly nextSequence: number;
  readonly tornBytes: number;
  /** A last segment whose creation was cut off; it holds nothing. */
  readonly unfinished: number | undefined;
}

export type ScanResult =
  | { readonly ok: true; readonly scan: Scan }
  | { readonly ok: false; readonly findings: readonly string[] };

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${segment.toString().padStart(16, '0')}.log`);
}

export function encodeSegmentHeader(segment: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(header);
  header.writeBigUInt64BE(BigInt(segment), 8);
  header.writeUInt32BE(crc32(header.subarray(0, 16)), 16);
  return header;
}

/** First sequence numbers of the segments in a directory, ascending; none when it does not exist. */
async function listSegments(files: Files, directory: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await files.list(directory).catch(noDirectory)) {
    const digits = /^(\d{16})\.log$/.exec(name)?.[1];
    if (digits !== undefined) numbers.push(Number(digits));
  }
  return numbers.sort((a, b) => a - b);
}

function noDirectory(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}

/**
 * Reads every item from `from` on (from the oldest segment when undefined) and checks that nothing is missing.
 * Only the end of the last segment may be torn. Reads one segment into memory at a time; changes no file.
 */
export async function scanSegments(
  files: Files,
  directory: string,
  from: LogPosition | undefined,
  visit: (item: ScannedItem) => void,
): Promise<ScanResult> {
  const numbers = await listSegments(files, directory);
  if (from !== undefined && !numbers.includes(from.segment)) return missing(from.segment);
  const segments: SegmentInfo[] = [];
  let position = from;
  let tornBytes = 0;
  let unfinished: number | undefined;
  for (const [i, segment] of numbers.entries()) {
    const path = segmentPath(directory, segment);
    if (from !== undefined && segment < from.segment) {
      segments.push({ segment, sizeBytes: await files.sizeOf(path) });
      continue;
    }
    const file = await files.read(path);
    const start: LogPosition =
      position?.segment === segment
        ? position
        : { segment, offset: SEGMENT_HEADER_BYTES, nextSequence: position?.nextSequence ?? segment };
    const read = scanSegment(file, start, i === numbers.length - 1, visit);
    if (!read.ok) return { ok: false, findings: [`${path}: ${read.remark}`] };
    if (read.sizeBytes > 0) segments.push({ segment, sizeBytes: read.sizeBytes });
    else unfinished = segment;
    tornBytes = file.length - read.sizeBytes;
    position = { ...start, nextSequence: read.nextSequence };
  }
  return { ok: true, scan: { segments, nextSequence: position?.nextSequence ?? 1, tornBytes, unfinished } };
}

function missing(segment: number): ScanResult {
  return { ok: false, findings: [`segment ${segment} is missing`] };
}

type SegmentRead =
  | { readonly ok: true; readonly sizeBytes: number; readonly nextSequence: number }
  | { readonly ok: false; readonly remark: string };

function scanSegment(
  file: Buffer,
  start: LogPosition,
  isLast: boolean,
  visit: (item: ScannedItem) => void,
): SegmentRead {
  const { segment } = start;
  if (!file.subarray(0, SEGMENT_HEADER_BYTES).equals(encodeSegmentHeader(segment))) {
    // The header is durable before the first frame is written, so a torn one has nothing after it.
    const torn = isLast && start.offset === SEGMENT_HEADER_BYTES && isTornHeader(file, segment);
    if (torn) return { ok: true, sizeBytes: 0, nextSequence: start.nextSequence };
    return { ok: false, remark: 'segment header' };
  }
  if (segment !== start.nextSequence && start.offset === SEGMENT_HEADER_BYTES) {
    return { ok: false, remark: `frames ${start.nextSequence} to ${segment - 1} before it are missing` };
  }
  if (start.offset > file.length) return { ok: false, remark: `ends at byte ${file.length}, was longer` };
  let offset = start.offset;
  let sequence = start.nextSequence;
  while (offset < file.length) {
    const frame = parseFrame(file, offset);
    if (frame.kind === 'torn' && isLast) break;
    if (frame.kind === 'torn') return { ok: false, remark: `ends within the frame at byte ${offset}` };
    if (frame.kind === 'damaged') return { ok: false, remark: frame.remark };
    if (frame.sequence !== sequence) return { ok: false, remark: `frame ${sequence} is missing` };
    for (const place of frame.places) {
      visit({
        location: { ...place, segment },
        bytes: file.subarray(place.offset, place.offset + place.size),
      });
    }
    offset += frame.sizeBytes;
    sequence++;
  }
  return { ok: true, sizeBytes: offset, nextSequence: sequence };
}

/** A prefix of the header, then nothing or zeros. */
function isTornHeader(file: Buffer, segment: number): boolean {
  const header = encodeSegmentHeader(segment);
  let written = 0;
  while (written < file.length && file[written] === header[written]) written++;
  return file.subarray(written).every((byte) => byte === 0);
}
