import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '@hufu/crypto';
import type { Random } from '../../sim/random.ts';
import type { Mutation } from './bytes.ts';
import { interestingInteger } from './integers.ts';

/** Members that no document has, and that objects inherit. */
const FOREIGN_NAMES = ['unknown', '__proto__', 'constructor', 'toString'] as const;
const OTHER_VALUES: readonly unknown[] = [null, true, 0, -1, 0.5, 1e300, '', 'x', [], {}, [[]], '\ud800'];
/** Items of the longest list that a document may have, and then some. */
const MANY = 2_048;

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

/** Changes a document in one place and writes it canonically; `inner` changes bytes that stand in it as text. */
export function mutateDocument(document: object, inner: Mutation): Mutation {
  return (_, random, other) => {
    const mutated = mutateValue(document, random, inner, other);
    return utf8(`${JSON.stringify(mutated, null, 2)}\n`);
  };
}

function mutateValue(value: unknown, random: Random, inner: Mutation, other: Uint8Array): unknown {
  if (random.chance(0.02)) return random.pick(OTHER_VALUES);
  if (typeof value === 'number') return Number(interestingInteger(random));
  if (typeof value === 'string') return mutateText(value, random, inner, other);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return mutateList(value, random);
    const at = random.integer(0, value.length - 1);
    return value.with(at, mutateValue(value[at], random, inner, other));
  }
  if (typeof value !== 'object' || value === null) return random.pick(OTHER_VALUES);
  const members = Object.entries(value);
  if (members.length === 0 || random.chance(0.05)) return mutateMembers(members, random);
  const [name, member] = random.pick(members);
  return { ...value, [name]: mutateValue(member, random, inner, other) };
}

function mutateText(text: string, random: Random, inner: Mutation, other: Uint8Array): string {
  const asHex = fromHex(text);
  if (asHex !== undefined && text !== '') return toHex(inner(asHex, random, other));
  const asBase64 = text.length < 16 ? undefined : fromBase64(text);
  if (asBase64 !== undefined) return toBase64(inner(asBase64, random, other));
  return lenient.decode(inner(utf8(text), random, other));
}

const lenient = new TextDecoder();

function mutateList(items: readonly unknown[], random: Random): readonly unknown[] {
  const at = random.integer(0, Math.max(0, items.length - 1));
  const item = items[at] ?? 0;
  if (random.chance(0.02)) return items.toSpliced(at, 0, ...new Array(MANY).fill(item));
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
      return Object.fromEntries(members.with(at, [random.pick(FOREIGN_NAMES), value]));
  }
}
