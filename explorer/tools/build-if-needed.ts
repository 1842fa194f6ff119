/**
 * `node explorer/tools/build-if-needed.ts`: makes sure that explorer/dist is the build of the present sources.
 * Quick when it is: the hash of every source is kept beside the build. `--force` builds anyway.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const EXPLORER = join(import.meta.dirname, '..');
const ROOT = join(EXPLORER, '..');
const DIST = join(EXPLORER, 'dist');
const STAMP = '.sources-sha256';

/** Everything that ends up in the build: this package, those it bundles, and the versions of the libraries. */
const SOURCES = [
  'explorer/{index.html,package.json,vite.config.ts}',
  'explorer/{src,public}/**/*',
  '{crypto,consensus,proof,api}/src/**/*',
  'package-lock.json',
];

function hashSources(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file.slice(ROOT.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function isBuilt(sources: string): boolean {
  const stamp = join(DIST, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/** Builds aside and then swaps, so that a node never serves half a build and two builders do not mix theirs. */
async function buildAndSwap(sources: string): Promise<void> {
  const fresh = join(ROOT, '.build', `explorer-dist-${process.pid}`);
  const former = `${fresh}-former`;
  try {
    await build({ root: EXPLORER, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
    writeFileSync(join(fresh, STAMP), sources);
    if (existsSync(DIST)) renameSync(DIST, former);
    renameSync(fresh, DIST);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(former, { recursive: true, force: true });
  }
}

const sources = hashSources();
if (process.argv.includes('--force') || !isBuilt(sources)) {
  await buildAndSwap(sources);
  console.log('explorer: built');
} else {
  console.log('explorer: up to date');
}
