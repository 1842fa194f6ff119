import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the creation, renaming or removal of files in `path` durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Bytes of the files right in `path`, which others may delete meanwhile. */
export async function directoryBytes(path: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(path)) {
    const file = await stat(join(path, name)).catch(() => undefined);
    sum += file?.size ?? 0;
  }
  return sum;
}
