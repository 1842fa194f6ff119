import { createHasher } from '@hufu/crypto';
import type { FileDigests, Flip } from './protocol.ts';

/**
 * Reads a file once, in pieces, and gives its digest under both hashes. Memory stays that of one piece.
 * @param onProgress is told the bytes done after each piece.
 * @returns undefined when cancelled. Rejects when the file cannot be read (moved, changed, no permission).
 */
export async function hashFile(
  file: Blob,
  flip: Flip | undefined,
  onProgress: (doneBytes: number) => void,
  isCancelled: () => boolean,
): Promise<FileDigests | undefined> {
  const sha256 = createHasher('sha256');
  const sm3 = createHasher('sm3');
  const reader = file.stream().getReader();
  let doneBytes = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    if (isCancelled()) {
      await reader.cancel();
      return undefined;
    }
    const bytes = piece.value;
    const at = flip === undefined ? -1 : flip.offset - doneBytes;
    const old = bytes[at];
    if (flip !== undefined && old !== undefined) bytes[at] = old ^ flip.mask;
    sha256.update(bytes);
    sm3.update(bytes);
    doneBytes += bytes.length;
    onProgress(doneBytes);
  }
  return { sha256: sha256.digest(), sm3: sm3.digest() };
}
