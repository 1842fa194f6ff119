import t from 'tap';
import { machineFiles, writeAll } from '../../src/store/files.ts';

const PARTS = ['one', '', 'two', 'three'].map((text) => Buffer.from(text));
const WHOLE = Buffer.concat(PARTS);
const POSITION = 2;

/** A system that writes at most so many bytes a call, and none past a size. */
function reluctant(most: number, size = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.alloc(POSITION + WHOLE.length);
  const take = async (given: Uint8Array, position: number) => {
    const bytesWritten = Math.max(0, Math.min(given.length, most, size - position));
    bytes.set(given.subarray(0, bytesWritten), position);
    return { bytesWritten };
  };
  return {
    bytes,
    writev: (parts: readonly Uint8Array[], position: number) => take(Buffer.concat(parts), position),
    write: (given: Uint8Array, offset: number, length: number, position: number) =>
      take(given.subarray(offset, offset + length), position),
  };
}

t.test('a write goes on until all is written, however little the system takes at once', async (t) => {
  for (let most = 1; most <= WHOLE.length; most++) {
    const file = reluctant(most);
    await writeAll(file, PARTS, POSITION);
    t.strictSame(file.bytes.subarray(POSITION), WHOLE);
  }
});

t.test('one that ends early because nothing more fits is a full disk', async (t) => {
  for (let room = 0; room < WHOLE.length; room++) {
    await t.rejects(writeAll(reluctant(4, POSITION + room), PARTS, POSITION), { code: 'disk-full' });
  }
});

t.test('the system’s own word for a full disk is named, of small writes and of large ones', async (t) => {
  const file = await machineFiles.open('/dev/full', 'update');
  t.teardown(() => file.close());
  await t.rejects(file.write([Buffer.of(1)], 0), { code: 'disk-full', message: /ENOSPC/ });
  await t.rejects(file.write([Buffer.alloc(2 ** 20), Buffer.of(1)], 0), { code: 'disk-full' });
});

t.test('another failure keeps its own code', async (t) => {
  await t.rejects(machineFiles.open('/dev/null/file', 'kept'), { code: 'ENOTDIR' });
});
