import { open } from 'node:fs/promises';
import { unreadable } from './unreadable.ts';

/**
 * The bytes of a file from outside, at most `maxBytes` + 1 of them: whoever parses them sees that the limit is
 * passed, and a hostile file of any size costs no more memory than that. Throws `file-not-found` or
 * `file-unreadable`.
 */
export async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.min(size, maxBytes + 1));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
