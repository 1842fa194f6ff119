import { fromBase64, fromHex, fromUtf8, utf8 } from '@hufu/crypto';

/**
 * JSON documents whose bytes are hashed or bound: a closed schema (unknown and missing members are refused)
 * and one serialisation only. JSON by itself has many texts for one value, and readers differ over repeated
 * members; so a document is accepted only if writing it again gives the very same bytes.
 */

/** Reads one value. Answers undefined, after telling `refusals`, for what is not in the schema. */
export type Shape<T> = (value: unknown, at: string, refusals: Refusals) => T | undefined;

/** Collects the first reason, with a JSON pointer (RFC 6901) to where. */
export interface Refusals {
  first: string | undefined;
}

function refused(refusals: Refusals, at: string, why: string): undefined {
  refusals.first ??= `${at === '' ? 'document' : at}: ${why}`;
  return undefined;
}

/** A string that `pattern` matches as a whole (the pattern is anchored). */
export function text(pattern: RegExp): Shape<string> {
  return (value, at, refusals) =>
    typeof value === 'string' && pattern.test(value)
      ? value
      : refused(refusals, at, `does not match ${pattern}`);
}

/** One of the given strings. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Shape<T> {
  return (value, at, refusals) =>
    allowed.find((candidate) => candidate === value) ??
    refused(refusals, at, `not one of ${allowed.join(', ')}`);
}

/** An integer min … max. */
export function integer(min: number, max: number): Shape<number> {
  return (value, at, refusals) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : refused(refusals, at, `not an integer ${min}…${max}`);
}

/** Lower-case hex of `lengthBytes` bytes. */
export function hex(lengthBytes: number): Shape<Uint8Array> {
  return (value, at, refusals) => {
    const long = typeof value === 'string' && value.length === 2 * lengthBytes;
    return (long ? fromHex(value) : undefined) ?? refused(refusals, at, `not hex of ${lengthBytes} bytes`);
  };
}

/** Lower-case hex of 1 … maxBytes bytes. */
export function hexUpTo(maxBytes: number): Shape<Uint8Array> {
  return (value, at, refusals) => {
    const short = typeof value === 'string' && value.length > 0 && value.length <= 2 * maxBytes;
    return (short ? fromHex(value) : undefined) ?? refused(refusals, at, `not hex of 1…${maxBytes} bytes`);
  };
}

/** Canonical base64 of 1 … maxBytes bytes. */
export function base64(maxBytes: number): Shape<Uint8Array> {
  const maxCharacters = 4 * Math.ceil(maxBytes / 3);
  return (value, at, refusals) => {
    if (typeof value !== 'string' || value.length > maxCharacters) {
      return refused(refusals, at, `not base64 of at most ${maxBytes} bytes`);
    }
    const bytes = fromBase64(value);
    return bytes !== undefined && bytes.length > 0 && bytes.length <= maxBytes
      ? bytes
      : refused(refusals, at, `not canonical base64 of 1…${maxBytes} bytes`);
  };
}

/** An array of min … max items. */
export function list<T>(item: Shape<T>, min: number, max: number): Shape<readonly T[]> {
  return (value, at, refusals) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      return refused(refusals, at, `not an array of ${min}…${max}`);
    }
    const items: T[] = [];
    for (const [i, raw] of value.entries()) {
      const read = item(raw, `${at}/${i}`, refusals);
      if (read === undefined) return undefined;
      items.push(read);
    }
    return items;
  };
}

/** An object with exactly the members of `shapes`. */
export function object<T extends object>(shapes: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const expected: readonly [string, Shape<unknown>][] = Object.entries(shapes);
  return (value, at, refusals) => {
    if (!isObject(value)) return refused(refusals, at, 'not an object');
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(shapes, name));
    if (unknown !== undefined) return refused(refusals, at, `unknown member ${shown(unknown)}`);
    const members: [string, unknown][] = [];
    for (const [name, shape] of expected) {
      if (!Object.hasOwn(value, name)) return refused(refusals, at, `member "${name}" is missing`);
      const read = shape(value[name], `${at}/${name}`, refusals);
      if (read === undefined) return undefined;
      members.push([name, read]);
    }
    // One member per shape, each read by its own shape: a T, which TypeScript cannot see through entries.
    return Object.fromEntries(members) as T;
  };
}

/** An object whose members are any of `names`, at least one; their order is kept. */
export function someOf<const K extends string, T>(
  names: readonly K[],
  shape: Shape<T>,
): Shape<{ readonly [name in K]?: T }> {
  return (value, at, refusals) => {
    if (!isObject(value)) return refused(refusals, at, 'not an object');
    const members: { [name in K]?: T } = {};
    for (const [name, raw] of Object.entries(value)) {
      const known = names.find((candidate) => candidate === name);
      if (known === undefined) return refused(refusals, at, `unknown member ${shown(name)}`);
      const read = shape(raw, `${at}/${name}`, refusals);
      if (read === undefined) return undefined;
      members[known] = read;
    }
    return Object.keys(members).length > 0 ? members : refused(refusals, at, 'empty');
  };
}

/** A foreign name in a remark: short, printable ASCII. Threat: it may be megabytes, or steer a terminal. */
function shown(name: string): string {
  const short = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  return `"${short.replace(/[^ -~…]/gu, '?')}"`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type Read<T> =
  | { readonly type: 'read'; readonly value: T }
  | { readonly type: 'malformed'; readonly remark: string };

/** Reads a value that JSON.parse gave. */
export function readShape<T>(raw: unknown, shape: Shape<T>): Read<T> {
  const refusals: Refusals = { first: undefined };
  const value = shape(raw, '', refusals);
  return value === undefined
    ? { type: 'malformed', remark: refusals.first ?? 'not in the schema' }
    : { type: 'read', value };
}

/** The value of a JSON text in UTF-8; undefined (which no JSON text means) for anything else. */
export function parseJson(bytes: Uint8Array): unknown {
  const source = fromUtf8(bytes);
  if (source === undefined) return undefined;
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** The one serialisation: two spaces of indentation, members in the order given, a final newline. */
export function writeClosedJson(document: object): Uint8Array {
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
}
