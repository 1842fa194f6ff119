import { concatBytes } from '@hufu/crypto';
import type { Random } from '../../sim/random.ts';
import { MAX_PIECE_BYTES, type Mutation } from './bytes.ts';
import { interestingInteger } from './integers.ts';

/** A field as it stands in the bytes, so that it can be written back: an integer, or bytes of whatever sort. */
interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
  /** Superfluous bytes of its integer or length. */
  readonly padding: number;
}

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;

/** The fields of a message; undefined when the bytes are none. Field numbers here are below 16. */
export function fieldsOf(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    const wire = tag & 7;
    const read = readVarint(bytes, at + 1);
    if (tag >= 0x80 || read === undefined || (wire !== WIRE_VARINT && wire !== WIRE_BYTES)) return undefined;
    at = read.end;
    if (wire === WIRE_VARINT) fields.push({ number: tag >> 3, value: read.value, padding: 0 });
    else {
      if (read.value > bytes.length - at) return undefined;
      const end = at + Number(read.value);
      fields.push({ number: tag >> 3, value: bytes.subarray(at, end), padding: 0 });
      at = end;
    }
  }
  return fields.length > 0 ? fields : undefined;
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  return undefined;
}

function written(fields: readonly Field[]): Uint8Array {
  return concatBytes(
    ...fields.flatMap(({ number, value, padding }) =>
      typeof value === 'bigint'
        ? [head(number, WIRE_VARINT, value, padding)]
        : [head(number, WIRE_BYTES, BigInt(value.length), padding), value],
    ),
  );
}

function head(number: number, wire: number, value: bigint, padding: number): Uint8Array {
  const bytes = [((number & 15) << 3) | wire];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest) | (padding > 0 ? 0x80 : 0));
  for (let left = padding; left > 0; left--) bytes.push(left > 1 ? 0x80 : 0);
  return Uint8Array.from(bytes);
}

type FieldsMutation = (fields: readonly Field[], random: Random, other: readonly Field[]) => readonly Field[];

const MUTATIONS: readonly FieldsMutation[] = [
  function leaveOut(fields, random) {
    return fields.toSpliced(somewhere(fields, random), 1);
  },
  function repeat(fields, random) {
    const at = somewhere(fields, random);
    return [...fields.slice(0, at + 1), ...fields.slice(at)];
  },
  function swap(fields, random) {
    const [a, b] = [random.pick(fields), random.pick(fields)];
    return fields.map((field) => (field === a ? b : field === b ? a : field));
  },
  function renumber(fields, random) {
    return changed(fields, random, (field) => ({ ...field, number: random.integer(0, 15) }));
  },
  function pad(fields, random) {
    return changed(fields, random, (field) => ({ ...field, padding: random.integer(1, 3) }));
  },
  function otherInteger(fields, random) {
    return changed(fields, random, (field) => ({ ...field, value: interestingInteger(random) }));
  },
  function takeFromOther(fields, random, other) {
    return other.length === 0 ? fields : changed(fields, random, () => random.pick(other));
  },
  function addFromOther(fields, random, other) {
    return other.length === 0 ? fields : fields.toSpliced(somewhere(fields, random), 0, random.pick(other));
  },
];

/** Changes a message and writes it with lengths that fit; `inner` changes what is in one of its fields of bytes. */
export function mutateMessage(fields: readonly Field[], inner: Mutation): Mutation {
  return (_, random, other) => {
    const others = fieldsOf(other) ?? [];
    if (random.chance(0.3)) return written(random.pick(MUTATIONS)(fields, random, others));
    return written(
      changed(fields, random, (field) => {
        const { value } = field;
        if (typeof value === 'bigint') return { ...field, value: interestingInteger(random) };
        const alike = others.flatMap((each) => (typeof each.value === 'bigint' ? [] : [each.value]));
        return { ...field, value: inner(value, random, alike.length > 0 ? random.pick(alike) : other) };
      }),
    );
  };
}

/**
 * Repeats one field, here or in a nested message, or a piece of bytes, until `room` more bytes are there or the next
 * would not fit.
 */
export function grow(bytes: Uint8Array, random: Random, room: number): Uint8Array {
  const fields = fieldsOf(bytes);
  if (fields === undefined) {
    const at = random.integer(0, Math.max(0, bytes.length - 1));
    const piece = bytes.subarray(at, at + random.pick([1, MAX_PIECE_BYTES]));
    return concatBytes(bytes.subarray(0, at), repeated(piece, room), bytes.subarray(at));
  }
  const at = somewhere(fields, random);
  const { number, value, padding } = fields[at] ?? { number: 1, value: 0n, padding: 0 };
  if (typeof value !== 'bigint' && random.chance(0.5)) {
    return written(fields.with(at, { number, value: grow(value, random, room), padding }));
  }
  const field = written([{ number, value, padding }]);
  const times = Math.floor(room / field.length);
  return concatBytes(
    written(fields.slice(0, at)),
    repeated(field, times * field.length),
    written(fields.slice(at)),
  );
}

function repeated(piece: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (piece.length > 0)
    for (let at = 0; at < length; at += piece.length) bytes.set(piece.subarray(0, length - at), at);
  return bytes;
}

function somewhere(fields: readonly Field[], random: Random): number {
  return random.integer(0, fields.length - 1);
}

function changed(
  fields: readonly Field[],
  random: Random,
  change: (field: Field) => Field,
): readonly Field[] {
  const at = somewhere(fields, random);
  return fields.map((field, i) => (i === at ? change(field) : field));
}
