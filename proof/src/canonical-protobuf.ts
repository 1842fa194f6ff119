import { fromUtf8, utf8 } from '@hufu/crypto';

/**
 * Canonical protobuf: the one encoding of a message that may be hashed or signed. Fields stand in ascending
 * order, once each (repeated ones consecutively), varints are minimal, no default value of an implicit field
 * is on the wire, nothing unknown is. Rules with an example: docs/spec/README.md.
 *
 * The reader is sequential: it is asked for the fields in order and takes one only when it is next. Whatever
 * is out of order, repeated or unknown is therefore never taken, and `done` refuses it. It never throws.
 */

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;

/** 2^53 − 1 needs 8 groups of 7 bits. */
const MAX_VARINT_BYTES = 8;

export class ProtoReader {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private at = 0;
  private failure: string | undefined = undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** Why reading stopped; the first cause only. Defined once anything was refused. */
  get reason(): string | undefined {
    return this.failure;
  }

  /** Refuses the message. Every later read answers as if nothing followed. */
  fail(reason: string): void {
    if (this.failure === undefined) {
      this.failure = `${reason} (byte ${this.at})`;
      this.at = this.end;
    }
  }

  /** An implicit-presence integer, 0 … max: 0 when absent. */
  uint(field: number, max: number): number {
    if (!this.take(field, WIRE_VARINT)) return 0;
    const value = this.varint();
    if (value === 0) this.fail(`field ${field}: a default value on the wire`);
    if (value > max) this.fail(`field ${field}: above ${max}`);
    return value;
  }

  /** An explicit-presence integer (`optional` in the .proto), 0 … max: a zero on the wire is a value. */
  optionalUint(field: number, max: number): number | undefined {
    if (!this.take(field, WIRE_VARINT)) return undefined;
    const value = this.varint();
    if (value > max) this.fail(`field ${field}: above ${max}`);
    return value;
  }

  /** Non-empty bytes of minLength … maxLength, or undefined when absent. A view into the input, not a copy. */
  optionalBytes(field: number, minLength: number, maxLength: number): Uint8Array | undefined {
    return this.take(field, WIRE_BYTES) ? this.chunk(field, minLength, maxLength) : undefined;
  }

  /** As `optionalBytes`, and refuses a message in which the field is absent. */
  requiredBytes(field: number, minLength: number, maxLength: number): Uint8Array {
    const value = this.optionalBytes(field, minLength, maxLength);
    if (value !== undefined) return value;
    this.fail(`field ${field}: missing`);
    return EMPTY;
  }

  /** A required non-empty string of at most maxBytes of well-formed UTF-8. */
  requiredString(field: number, maxBytes: number): string {
    const text = fromUtf8(this.requiredBytes(field, 1, maxBytes));
    if (text === undefined) this.fail(`field ${field}: not UTF-8`);
    return text ?? '';
  }

  /** Consecutive occurrences of a repeated bytes field, each of minLength … maxLength bytes. */
  repeatedBytes(field: number, minLength: number, maxLength: number, maxCount: number): Uint8Array[] {
    const items: Uint8Array[] = [];
    while (this.take(field, WIRE_BYTES)) {
      if (items.length === maxCount) this.fail(`field ${field}: more than ${maxCount}`);
      items.push(this.chunk(field, minLength, maxLength));
    }
    return items;
  }

  /** Steps into a nested message that must take up the rest; the reads that follow are of its fields. */
  enterRest(field: number): void {
    if (!this.take(field, WIRE_BYTES)) this.fail(`field ${field}: missing`);
    else if (this.varint() !== this.end - this.at) this.fail(`field ${field}: not the rest`);
  }

  /** True when everything was read and nothing refused. */
  done(): boolean {
    if (this.at < this.end) this.fail('an unknown, repeated or misplaced field');
    return this.failure === undefined;
  }

  private take(field: number, wireType: number): boolean {
    // Field numbers stay below 16, so a tag is one byte.
    if (this.at >= this.end || this.bytes[this.at] !== ((field << 3) | wireType)) return false;
    this.at++;
    return true;
  }

  private varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.bytes[this.at];
      if (byte === undefined) {
        this.fail('a truncated varint');
        return 0;
      }
      this.at++;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        // Threat: a padded varint would give one record two encodings, hence two leaf hashes.
        if (byte === 0 && i > 0) this.fail('a varint that is not minimal');
        if (value > Number.MAX_SAFE_INTEGER) this.fail('an integer above 2^53 - 1');
        return value;
      }
      scale *= 128;
    }
    this.fail('an integer above 2^53 - 1');
    return 0;
  }

  private chunk(field: number, minLength: number, maxLength: number): Uint8Array {
    const length = this.varint();
    if (length < minLength || length > maxLength) {
      this.fail(`field ${field}: ${length} bytes, expected ${minLength}…${maxLength}`);
    } else if (length > this.end - this.at) {
      this.fail(`field ${field}: truncated`);
    }
    if (this.failure !== undefined) return EMPTY;
    const start = this.at;
    this.at += length;
    // Not subarray, which on a Node Buffer would make a Buffer, and slowly.
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }
}

const EMPTY = new Uint8Array(0);

/** Bytes that a varint of `value` (a safe integer ≥ 0) takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Bytes that a bytes field of `length` bytes takes, tag and length included. */
export function bytesFieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/** Writes canonical protobuf; the caller names the fields in ascending order. Grows when `capacity` was low. */
export class ProtoWriter {
  private buffer: Uint8Array;
  private at = 0;

  constructor(capacity: number) {
    this.buffer = new Uint8Array(capacity);
  }

  /** An implicit-presence integer: nothing is written for 0. */
  uint(field: number, value: number): void {
    if (value !== 0) this.optionalUint(field, value);
  }

  /** An explicit-presence integer. Throws a RangeError for what is no safe integer ≥ 0. */
  optionalUint(field: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`field ${field}: ${value}`);
    this.reserve(1 + varintSize(value));
    this.buffer[this.at++] = (field << 3) | WIRE_VARINT;
    this.varint(value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.open(field, value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  repeatedBytes(field: number, values: readonly Uint8Array[]): void {
    for (const value of values) this.bytes(field, value);
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8(value));
  }

  /** Starts a nested message of `length` bytes, whose fields the caller writes next. */
  open(field: number, length: number): void {
    this.reserve(1 + varintSize(length) + length);
    this.buffer[this.at++] = (field << 3) | WIRE_BYTES;
    this.varint(length);
  }

  /** What was written. The writer is of no use afterwards. */
  finish(): Uint8Array {
    return this.at === this.buffer.length ? this.buffer : this.buffer.slice(0, this.at);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.buffer[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.at++] = rest;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.at + bytes, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.at));
    this.buffer = grown;
  }
}
