import { createHash } from 'node:crypto';
import { toHex } from '@hufu/crypto';
import t from 'tap';
import { hashFile } from '../../src/worker/hash-file.ts';

const BYTES = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 31) % 251);
const PIECE_BYTES = 65_536;
const never = (): boolean => false;
const ignore = (): void => {};

/** A file whose stream comes in pieces of at most PIECE_BYTES. */
function blobOf(bytes: Uint8Array<ArrayBuffer>): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) parts.push(bytes.slice(at, at + PIECE_BYTES));
  return new Blob(parts);
}

function expected(bytes: Uint8Array) {
  const hex = (name: string) => createHash(name).update(bytes).digest('hex');
  return { sha256: hex('sha256'), sm3: hex('sm3') };
}

async function hexOf(bytes: Uint8Array<ArrayBuffer>, flip?: { offset: number; mask: number }) {
  const digests = await hashFile(blobOf(bytes), flip, ignore, never);
  if (digests === undefined) throw new Error('not cancelled');
  return { sha256: toHex(digests.sha256), sm3: toHex(digests.sm3) };
}

t.test('both digests, as OpenSSL computes them, in one pass over any size', async (t) => {
  t.same(await hexOf(BYTES), expected(BYTES));
  t.same(await hexOf(new Uint8Array(0)), expected(new Uint8Array(0)), 'an empty file');
});

t.test('progress grows to the size of the file', async (t) => {
  const seen: number[] = [];
  await hashFile(blobOf(BYTES), undefined, (doneBytes) => seen.push(doneBytes), never);
  t.ok(seen.length > 1, 'in pieces');
  t.same(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  t.equal(seen.at(-1), BYTES.length);
});

t.test('one flipped byte, in any piece, and only that', async (t) => {
  for (const offset of [0, 65_535, 65_536, 200_000, BYTES.length - 1]) {
    const changed = BYTES.slice();
    changed[offset] = (changed[offset] ?? 0) ^ 0x01;
    t.same(await hexOf(BYTES, { offset, mask: 0x01 }), expected(changed), `byte ${offset}`);
  }
  t.same(await hexOf(BYTES), expected(BYTES), 'the file itself is unchanged');
});

t.test('cancelled between pieces, it gives nothing', async (t) => {
  let pieces = 0;
  const onProgress = (): void => {
    pieces += 1;
  };
  t.equal(await hashFile(blobOf(BYTES), undefined, onProgress, () => pieces === 1), undefined);
  t.equal(pieces, 1);
});
