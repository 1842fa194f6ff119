import { rename, writeFile } from 'node:fs/promises';

export const BUNDLE_SUFFIX = '.hufu.json';

/** Writes a bundle's exact bytes; a reader sees the whole file or none, also when we are killed in between. */
export async function writeBundle(path: string, bundle: Uint8Array): Promise<void> {
  const draft = `${path}.partial`;
  await writeFile(draft, bundle);
  await rename(draft, path);
}
