import { rename, writeFile } from 'node:fs/promises';
import { type Digests, verify } from '@hufu/proof';
import { CliError } from '../errors.ts';

export const BUNDLE_SUFFIX = '.hufu.json';

/** Writes a bundle's exact bytes; a reader sees the whole file or none, also when we are killed in between. */
export async function writeBundle(path: string, bundle: Uint8Array): Promise<void> {
  const draft = `${path}.partial`;
  await writeFile(draft, bundle);
  await rename(draft, path);
}

/**
 * Checks a bundle that a gateway gave, against the content it should be about when that is known. Whose network it
 * is remains open: that is for whoever verifies with a trusted genesis. Throws `proof-not-passed`, naming the steps.
 * Threat: a gateway that is wrong or lies must not leave its owner with a useless file.
 */
export function requireSound(bundle: Uint8Array, content?: Digests): void {
  const report = verify(bundle, content === undefined ? {} : { content });
  if (report.conclusion !== 'failed') return;
  const failed = report.steps.filter(({ status }) => status === 'failed');
  throw new CliError(
    'proof-not-passed',
    failed.map(({ code, detail }) => `${code}: ${detail.en}`).join('\n'),
  );
}
