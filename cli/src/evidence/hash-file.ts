import { open } from 'node:fs/promises';
import { createHasher } from '@hufu/crypto';
import { unreadable } from './unreadable.ts';

/** Both digests of a file, 32 bytes each, and how many bytes were hashed. */
export interface FileDigests {
  readonly sha256: Uint8Array;
  readonly sm3: Uint8Array;
  readonly sizeBytes: number;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Hashes a file of any size in chunks; memory use is one chunk. `onProgress` gets the bytes hashed so far.
 * Throws `file-not-found` or `file-unreadable`.
 */
export async function hashFile(path: string, onProgress: (doneBytes: number) => void): Promise<FileDigests> {
  const sha256 = createHasher('sha256');
  const sm3 = createHasher('sm3');
  let sizeBytes = 0;
  try {
    await using file = await open(path, 'r');
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      sha256.update(chunk.subarray(0, bytesRead));
      sm3.update(chunk.subarray(0, bytesRead));
      sizeBytes += bytesRead;
      onProgress(sizeBytes);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { sha256: sha256.digest(), sm3: sm3.digest(), sizeBytes };
}
