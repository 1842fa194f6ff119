import { concatBytes } from '@hufu/crypto';
import type { Random } from '../../sim/random.ts';
import { interestingInteger } from './integers.ts';

/** Changes `bytes` somewhere; `other` is another input to take from. The argument stays as it is. */
export type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

export const MAX_PIECE_BYTES = 64;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = position(bytes, random);
    return patched(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.integer(0, 7))));
  },
  function changeByte(bytes, random) {
    return patched(bytes, position(bytes, random), randomBytes(random, 1));
  },
  function cut(bytes, random) {
    return bytes.subarray(0, position(bytes, random));
  },
  function insert(bytes, random) {
    return replaced(bytes, position(bytes, random), 0, randomBytes(random, random.integer(1, 8)));
  },
  function remove(bytes, random) {
    return replaced(bytes, position(bytes, random), random.integer(1, 8), NOTHING);
  },
  function repeat(bytes, random) {
    const at = position(bytes, random);
    return replaced(bytes, at, 0, piece(bytes, at, random));
  },
  function moveElsewhere(bytes, random) {
    return patched(bytes, position(bytes, random), piece(bytes, position(bytes, random), random));
  },
  function splice(bytes, random, other) {
    return concatBytes(bytes.subarray(0, position(bytes, random)), other.subarray(position(other, random)));
  },
  function takeFromOther(bytes, random, other) {
    return patched(bytes, position(bytes, random), piece(other, position(other, random), random));
  },
  function writeInteger(bytes, random) {
    const wide = new Uint8Array(8);
    new DataView(wide.buffer).setBigUint64(0, interestingInteger(random));
    return patched(bytes, position(bytes, random), wide.subarray(8 - random.pick([1, 2, 4, 8])));
  },
];

export const mutateBytes: Mutation = (bytes, random, other) => random.pick(MUTATIONS)(bytes, random, other);

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(0, 255));
}

function position(bytes: Uint8Array, random: Random): number {
  return random.integer(0, Math.max(0, bytes.length - 1));
}

function piece(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  return bytes.subarray(at, at + random.integer(1, MAX_PIECE_BYTES));
}

function replaced(bytes: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array {
  return concatBytes(bytes.subarray(0, at), by, bytes.subarray(at + count));
}

/** With `by` written over what stands at `at`, as much of it as fits. */
function patched(bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  // Not by slice: a Buffer's does not copy, and the seeds must stay as they are.
  const copy = new Uint8Array(bytes);
  copy.set(by.subarray(0, bytes.length - at), at);
  return copy;
}

const NOTHING = new Uint8Array(0);
