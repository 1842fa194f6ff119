import { open } from 'node:fs/promises';

/** Makes the creation, renaming or removal of files in `path` durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
