import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, fromHex } from '@hufu/crypto';
import { type Bundle, parseBundle } from '@hufu/proof';

const TESTDATA = join(import.meta.dirname, '..', '..', 'testdata');

/** A test vector's members as they stand in its file. */
type Vector = Readonly<Record<string, unknown>>;

/** The test vectors of a kind that are `valid` or `hostile`; none when there is no such folder. */
export function vectors(kind: string, sort: 'valid' | 'hostile'): readonly Vector[] {
  const folders = readdirSync(join(TESTDATA, kind));
  if (!folders.includes(sort)) return [];
  const names = readdirSync(join(TESTDATA, kind, sort)).sort();
  return names.map((name) => JSON.parse(readFileSync(join(TESTDATA, kind, sort, name), 'utf8')));
}

/** One member, which is base64, of every vector of a kind, the valid ones as often as there are hostile ones. */
export function encodings(kind: string, member = 'bytes'): readonly Uint8Array[] {
  const [valid, hostile] = [vectors(kind, 'valid'), vectors(kind, 'hostile')];
  const times = Math.ceil(hostile.length / Math.max(1, valid.length));
  const repeated = Array.from({ length: times }, () => valid).flat();
  return [...repeated, ...hostile].map((vector) => base64Of(vector, member));
}

export function testdataFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(TESTDATA, path)));
}

export function base64Of(vector: Vector, member: string): Uint8Array {
  return must(fromBase64(String(vector[member])));
}

export function hexListOf(vector: Vector, member: string): readonly Uint8Array[] {
  const list = vector[member];
  if (!Array.isArray(list)) throw new Error(`${member} is no list`);
  return list.map((item) => must(fromHex(String(item))));
}

export function objectOf(vector: Vector, member: string): Vector {
  const value = vector[member];
  if (typeof value !== 'object') throw new Error(`${member} is no object`);
  return { ...value };
}

/** Every bundle that can be read, of valid vectors first. */
export const BUNDLES: readonly Bundle[] = distinct(encodings('bundle', 'bundle')).flatMap((bytes) => {
  const bundle = parseBundle(bytes);
  return bundle.ok ? [bundle.value] : [];
});

/** Each content once. */
export function distinct(all: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(all.map((bytes) => [Buffer.from(bytes).toString('latin1'), bytes])).values()];
}

/** The value, which the corpus is known to have. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the corpus lacks something');
  return value;
}

/** The value of a Result that is known to be one. */
export function unwrapped<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('the corpus holds something malformed');
  return result.value;
}
