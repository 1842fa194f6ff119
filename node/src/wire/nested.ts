import { err, ok, type Result } from '@hufu/crypto';
import { ProtoReader, ProtoWriter } from '@hufu/proof';

/** How one message type is written and read. `read` takes its fields in order and never throws. */
export interface Codec<T> {
  write(writer: ProtoWriter, value: T): void;
  read(reader: ProtoReader): T;
}

/** Capacity a writer starts with; it grows. */
const FIRST_CAPACITY_BYTES = 512;

export function encode<T>(codec: Codec<T>, value: T, capacityBytes = FIRST_CAPACITY_BYTES): Uint8Array {
  const writer = new ProtoWriter(capacityBytes);
  codec.write(writer, value);
  return writer.finish();
}

/** The value, or why the bytes were refused. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): Result<T, string> {
  const reader = new ProtoReader(bytes);
  const value = codec.read(reader);
  return reader.done() ? ok(value) : err(reader.reason ?? 'malformed');
}

export function writeNested<T>(writer: ProtoWriter, field: number, codec: Codec<T>, value: T): void {
  writer.bytes(field, encode(codec, value));
}

/** `capacityBytes` of each: close to their size where there are many. */
export function writeAll<T>(
  writer: ProtoWriter,
  field: number,
  codec: Codec<T>,
  values: readonly T[],
  capacityBytes = FIRST_CAPACITY_BYTES,
): void {
  for (const value of values) writer.bytes(field, encode(codec, value, capacityBytes));
}

/** A nested message that must be there. Its limits are those of its own fields. */
export function readNested<T>(reader: ProtoReader, field: number, codec: Codec<T>): T {
  return readInto(reader, codec, reader.requiredBytes(field, 0, Number.MAX_SAFE_INTEGER));
}

export function readOptional<T>(reader: ProtoReader, field: number, codec: Codec<T>): T | null {
  const bytes = reader.optionalBytes(field, 0, Number.MAX_SAFE_INTEGER);
  return bytes === undefined ? null : readInto(reader, codec, bytes);
}

export function readAll<T>(reader: ProtoReader, field: number, codec: Codec<T>, maxCount: number): T[] {
  const values: T[] = [];
  for (const bytes of reader.repeatedBytes(field, 0, Number.MAX_SAFE_INTEGER, maxCount)) {
    values.push(readInto(reader, codec, bytes));
    if (reader.reason !== undefined) break;
  }
  return values;
}

function readInto<T>(outer: ProtoReader, codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new ProtoReader(bytes);
  const value = codec.read(reader);
  if (!reader.done()) outer.fail(reader.reason ?? 'malformed');
  return value;
}
