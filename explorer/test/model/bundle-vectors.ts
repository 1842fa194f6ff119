import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const VECTORS = join(import.meta.dirname, '..', '..', '..', 'testdata', 'bundle');

export interface BundleVector {
  readonly bundle: Uint8Array;
  readonly content: Uint8Array;
}

/** One of the repository's bundle vectors, e.g. `valid/one-record`. */
export function readVector(name: string): BundleVector {
  const vector = JSON.parse(readFileSync(join(VECTORS, `${name}.json`), 'utf8'));
  return { bundle: Buffer.from(vector.bundle, 'base64'), content: Buffer.from(vector.content, 'base64') };
}
