import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash, toHex } from '@hufu/crypto';
import t from 'tap';
import { hashFile } from '../../src/evidence/hash-file.ts';
import { readAtMost } from '../../src/evidence/read-file.ts';

const MEBIBYTE = 1 << 20;

t.test('both digests of a file are those of its bytes, at and around the chunk size', async (t) => {
  const directory = t.testdir({});
  for (const sizeBytes of [0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE]) {
    const path = join(directory, `${sizeBytes}`);
    const bytes = new Uint8Array(sizeBytes).map((_, i) => i * 31 + (i >> 8));
    writeFileSync(path, bytes);
    const progress: number[] = [];
    const digests = await hashFile(path, (done) => progress.push(done));
    t.equal(toHex(digests.sha256), toHex(hash('sha256', bytes)), `SHA-256 of ${sizeBytes} bytes`);
    t.equal(toHex(digests.sm3), toHex(hash('sm3', bytes)), `SM3 of ${sizeBytes} bytes`);
    t.equal(digests.sizeBytes, sizeBytes);
    t.equal(progress.at(-1) ?? 0, sizeBytes, 'progress ends at the size');
  }
});

t.test('a file that is not there or is no file has its own error', async (t) => {
  const directory = t.testdir({});
  await t.rejects(
    hashFile(join(directory, 'none'), () => undefined),
    { code: 'file-not-found' },
  );
  await t.rejects(
    hashFile(directory, () => undefined),
    { code: 'file-unreadable' },
  );
  await t.rejects(readAtMost(join(directory, 'none'), 10), { code: 'file-not-found' });
});

t.test('a file beyond the limit is read one byte past it and no further', async (t) => {
  const path = join(t.testdir({ file: '0123456789' }), 'file');
  t.equal((await readAtMost(path, 10)).length, 10);
  t.equal((await readAtMost(path, 9)).length, 10);
  t.equal((await readAtMost(path, 3)).length, 4);
});
