/** `node proof/test/vectors/write-vectors.ts`: writes testdata/ anew, the folders of this package only. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { vectorFiles } from './vector-files.ts';

const testdata = join(import.meta.dirname, '../../../testdata');
const files = vectorFiles();
const folders = new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''));
for (const folder of folders) rmSync(join(testdata, folder), { recursive: true, force: true });
for (const [path, bytes] of files) {
  mkdirSync(dirname(join(testdata, path)), { recursive: true });
  writeFileSync(join(testdata, path), bytes);
}
console.log(`${files.size} files`);
