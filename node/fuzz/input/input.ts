import { crc32 } from 'node:zlib';
import { Random } from '../../sim/random.ts';
import type { Target } from '../target.ts';
import { type Mutation, mutateBytes, randomBytes } from './bytes.ts';
import { documentIn, mutateDocument } from './json.ts';
import { fieldsOf, grow, mutateMessage } from './protobuf.ts';

const UNCHANGED = 0.01;
const RANDOM = 0.02;
/** They cost as much as hundreds of others. */
const LARGEST = 0.001;
const MAX_RANDOM_BYTES = 300;
const MAX_MUTATIONS = 4;

/** The input of one execution: it follows from the target's name and seeds, `seed` and `execution` alone. */
export function inputOf(target: Target, seed: number, execution: number): Uint8Array {
  const random = new Random(seed).fork(crc32(target.name)).fork(execution);
  const bytes = unsealed(target, random);
  return target.seal === undefined || random.chance(0.2) ? bytes : target.seal(bytes);
}

function unsealed({ seeds, maxBytes }: Target, random: Random): Uint8Array {
  const original = random.pick(seeds);
  const kind = random.real();
  if (kind < UNCHANGED) return original;
  if (kind < UNCHANGED + RANDOM) return randomBytes(random, random.integer(0, MAX_RANDOM_BYTES));
  if (kind < UNCHANGED + RANDOM + LARGEST) return largest(original, random, maxBytes);
  let bytes = original;
  for (let left = random.integer(1, MAX_MUTATIONS); left > 0; left--) {
    bytes = mutate(bytes, random, random.pick(seeds));
    if (random.chance(0.5)) break;
  }
  return bytes;
}

/**
 * Most changes know what the bytes are made of, so that what encloses the change still fits it. One of a text's bytes
 * is seldom of use.
 */
const mutate: Mutation = (bytes, random, other) => {
  const kind = random.real();
  const document = kind < 0.8 ? documentIn(bytes) : undefined;
  if (document !== undefined) return mutateDocument(document, mutate)(bytes, random, other);
  const fields = kind < 0.5 ? fieldsOf(bytes) : undefined;
  return (fields === undefined ? mutateBytes : mutateMessage(fields, mutate))(bytes, random, other);
};

/** About as many bytes as are allowed, exactly as many, or one more. */
function largest(original: Uint8Array, random: Random, maxBytes: number): Uint8Array {
  const grown = grow(original, random, Math.max(0, maxBytes - original.length));
  const length = random.pick([grown.length, maxBytes, maxBytes + 1]);
  const bytes = new Uint8Array(length);
  bytes.set(grown.subarray(0, length));
  return bytes;
}
