import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '@hufu/crypto';
import type { Random } from '../../sim/random.ts';
import type { Mutation } from './bytes.ts';
import { interestingInteger } from './integers.ts';

/** Members that no document has, and that objects inherit. */
const FOREIGN_NAMES = ['unknown', '__proto__', 'constructor', 'toString'] as const;
const OTHER_VALUES: readonly unknown[] = [null, true, 0, -1, 0.5, 1e300, '', 'x', [], {}, [[]], '\ud800'];
/** More items than any list of a document may have, as long as they are small. */
const MANY = 2_048;
const MANY_CHARACTERS = 1_000_000;

const OPENING_BRACE = 0x7b;

/** The document in `bytes`; undefined when they are none. */
export function documentIn(bytes: Uint8Array): object | undefined {
  if (bytes[0] !== OPENING_BRACE) return undefined;
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes) ?? '');
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Changes a document in one place, or takes what stands there in the other one, and writes it canonically; `inner`
 * changes bytes that stand in it as text.
 */
export function mutateDocument(document: object, inner: Mutation): Mutation {
  return (_, random, other) => {
    const mutated = mutateValue(document, documentIn(other), random, inner);
    return utf8(`${JSON.stringify(mutated, null, 2)}\n`);
  };
}

/** `theirs` stands at the same place in another document; undefined when nothing does. */
function mutateValue(value: unknown, theirs: unknown, random: Random, inner: Mutation): unknown {
  if (random.chance(0.02)) return random.pick(OTHER_VALUES);
  if (random.chance(0.1) && theirs !== undefined) return theirs;
  if (typeof value === 'number') return Number(interestingInteger(random));
  if (typeof value === 'string')
    return mutateText(value, typeof theirs === 'string' ? theirs : value, random, inner);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return mutateList(value, random);
    const at = random.integer(0, value.length - 1);
    const item = Array.isArray(theirs) ? theirs[at] : undefined;
    return value.with(at, mutateValue(value[at], item, random, inner));
  }
  if (typeof value !== 'object' || value === null) return random.pick(OTHER_VALUES);
  const members = Object.entries(value);
  if (members.length === 0 || random.chance(0.05)) return mutateMembers(members, random);
  const [name, member] = random.pick(members);
  const others = new Map(typeof theirs === 'object' && theirs !== null ? Object.entries(theirs) : []);
  return { ...value, [name]: mutateValue(member, others.get(name), random, inner) };
}

/** Text that is hex or base64 is changed as the bytes that it stands for. */
function mutateText(text: string, theirs: string, random: Random, inner: Mutation): string {
  const { read, write } = ENCODINGS.find(({ read }) => read(text) !== undefined) ?? PLAIN;
  const bytes = read(text) ?? utf8(text);
  return write(inner(bytes, random, read(theirs) ?? bytes));
}

interface Encoding {
  read(text: string): Uint8Array | undefined;
  write(bytes: Uint8Array): string;
}

const LEAST_CHARACTERS = 8;
const lenient = new TextDecoder();
const PLAIN: Encoding = { read: utf8, write: (bytes) => lenient.decode(bytes) };
const ENCODINGS: readonly Encoding[] = [
  { read: (text) => (text.length < LEAST_CHARACTERS ? undefined : fromHex(text)), write: toHex },
  { read: (text) => (text.length < LEAST_CHARACTERS ? undefined : fromBase64(text)), write: toBase64 },
];

function mutateList(items: readonly unknown[], random: Random): readonly unknown[] {
  const at = random.integer(0, Math.max(0, items.length - 1));
  const item = items[at] ?? 0;
  if (random.chance(0.02)) {
    const times = Math.min(MANY, Math.floor(MANY_CHARACTERS / JSON.stringify(item).length));
    return items.toSpliced(at, 0, ...new Array<unknown>(times).fill(item));
  }
  switch (random.integer(0, 2)) {
    case 0:
      return items.toSpliced(at, 1);
    case 1:
      return items.toSpliced(at, 0, item);
    default:
      return items.toReversed();
  }
}

function mutateMembers(members: readonly (readonly [string, unknown])[], random: Random): object {
  const at = random.integer(0, Math.max(0, members.length - 1));
  const [name, value] = members[at] ?? ['', 0];
  switch (random.integer(0, 3)) {
    case 0:
      return Object.fromEntries(members.toSpliced(at, 1));
    case 1:
      return Object.fromEntries([...members.toSpliced(at, 1), [name, value]]);
    case 2:
      return Object.fromEntries([...members, [random.pick(FOREIGN_NAMES), value]]);
    default:
      return Object.fromEntries(members.toSpliced(at, 1, [random.pick(FOREIGN_NAMES), value]));
  }
}
