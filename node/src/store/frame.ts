import { crc32 } from 'node:zlib';
import { readU64be } from '@hufu/crypto';

/**
 * The unit of an append-only file: what one group commit writes, and one fdatasync makes durable.
 *
 *     header  magic "HFrm" · sequence u64 · item count u32 · body bytes u32 · CRC of the table u32 · CRC of
 *             these 24 bytes u32                                                               (28 bytes)
 *     table   per item: size u32 · CRC u32
 *     items   one after the other
 *     end     one byte 0x5a, so that a body whose end was never written is told from one that was altered
 *
 * Integers are big-endian. The CRC is CRC-32 as in gzip, which Node has natively. A frame is only started when
 * the one before it is durable; so of a crash at most the last frame of the last file can be incomplete.
 */

const MAGIC = 0x4846726d;
export const FRAME_HEADER_BYTES = 28;
const TABLE_ENTRY_BYTES = 8;
const END_MARK = 0x5a;

/** One frame never holds more, so that reading one back needs bounded memory. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** Where an item lies within its file, and what its bytes must sum to. */
export interface ItemPlace {
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

export interface EncodedFrame {
  /** To be written one after the other. */
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Offsets from the start of the frame. */
  readonly places: readonly ItemPlace[];
}

/** Bytes that a frame of these items takes. */
export function frameSize(items: readonly Uint8Array[]): number {
  let size = FRAME_HEADER_BYTES + items.length * TABLE_ENTRY_BYTES + 1;
  for (const item of items) size += item.length;
  return size;
}

export function encodeFrame(sequence: number, items: readonly Uint8Array[]): EncodedFrame {
  const sizeBytes = frameSize(items);
  if (sizeBytes > MAX_FRAME_BYTES) throw new RangeError(`frame of ${sizeBytes} bytes`);
  const head = Buffer.alloc(FRAME_HEADER_BYTES + items.length * TABLE_ENTRY_BYTES);
  const places: ItemPlace[] = [];
  let offset = head.length;
  let at = FRAME_HEADER_BYTES;
  for (const item of items) {
    const crc = crc32(item);
    head.writeUInt32BE(item.length, at);
    head.writeUInt32BE(crc, at + 4);
    places.push({ offset, size: item.length, crc });
    offset += item.length;
    at += TABLE_ENTRY_BYTES;
  }
  head.writeUInt32BE(MAGIC, 0);
  head.writeBigUInt64BE(BigInt(sequence), 4);
  head.writeUInt32BE(items.length, 12);
  head.writeUInt32BE(sizeBytes - FRAME_HEADER_BYTES, 16);
  head.writeUInt32BE(crc32(head.subarray(FRAME_HEADER_BYTES)), 20);
  head.writeUInt32BE(crc32(head.subarray(0, 24)), 24);
  return { parts: [head, ...items, Uint8Array.of(END_MARK)], sizeBytes, places };
}

export type ParsedFrame =
  | {
      readonly kind: 'frame';
      readonly sequence: number;
      readonly sizeBytes: number;
      /** Offsets from the start of the buffer. */
      readonly places: readonly ItemPlace[];
    }
  /** Never completely written: a crash can leave this, and only at the end of the last file. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged'; readonly remark: string };

/**
 * Reads the frame at `offset` (below the buffer's length) of a whole file. `torn` is answered only for what an
 * interrupted write leaves: a frame that the file ends within, or whose end, up to the end of the file, is zeros.
 * Everything else that does not check was altered after it was durable.
 */
export function parseFrame(file: Buffer, offset: number): ParsedFrame {
  const writtenEnd = endWithoutZeros(file, offset);
  if (writtenEnd - offset < FRAME_HEADER_BYTES && !headerChecks(file, offset)) return { kind: 'torn' };
  if (!headerChecks(file, offset)) return { kind: 'damaged', remark: `frame header at byte ${offset}` };
  const bodyBytes = file.readUInt32BE(offset + 16);
  const sizeBytes = FRAME_HEADER_BYTES + bodyBytes;
  const end = offset + sizeBytes;
  if (end > file.length || writtenEnd < end) return { kind: 'torn' };
  const sequence = readU64be(file, offset + 4);
  if (sequence === undefined) return { kind: 'damaged', remark: `number of the frame at byte ${offset}` };
  if (file[end - 1] !== END_MARK) return { kind: 'damaged', remark: `end of the frame at byte ${offset}` };
  const places = readTable(file, offset, end - 1);
  if (places === undefined) return { kind: 'damaged', remark: `table of the frame at byte ${offset}` };
  const bad = places.find((place) => !itemChecks(file, place));
  if (bad !== undefined) return { kind: 'damaged', remark: `item at byte ${bad.offset}` };
  return { kind: 'frame', sequence, sizeBytes, places };
}

/** Whether the bytes at `place` are those that were written. */
export function itemChecks(file: Uint8Array, place: ItemPlace): boolean {
  return crc32(file.subarray(place.offset, place.offset + place.size)) === place.crc;
}

function headerChecks(file: Buffer, offset: number): boolean {
  return (
    offset + FRAME_HEADER_BYTES <= file.length &&
    file.readUInt32BE(offset) === MAGIC &&
    file.readUInt32BE(offset + 24) === crc32(file.subarray(offset, offset + 24))
  );
}

function readTable(file: Buffer, offset: number, end: number): ItemPlace[] | undefined {
  const count = file.readUInt32BE(offset + 12);
  const table = offset + FRAME_HEADER_BYTES;
  let at = table + count * TABLE_ENTRY_BYTES;
  if (at > end || crc32(file.subarray(table, at)) !== file.readUInt32BE(offset + 20)) return undefined;
  const places: ItemPlace[] = [];
  for (let i = 0; i < count; i++) {
    const size = file.readUInt32BE(table + i * TABLE_ENTRY_BYTES);
    places.push({ offset: at, size, crc: file.readUInt32BE(table + i * TABLE_ENTRY_BYTES + 4) });
    at += size;
  }
  return at === end ? places : undefined;
}

/** Index after the last byte, from `offset` on, that is not zero. */
function endWithoutZeros(file: Buffer, offset: number): number {
  let end = file.length;
  while (end > offset && file[end - 1] === 0) end--;
  return end;
}
