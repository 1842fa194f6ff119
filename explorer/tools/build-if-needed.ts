/**
 * `node explorer/tools/build-if-needed.ts`: makes sure that explorer/dist is the build of the present sources.
 * Quick when it is: the hash of every source is kept beside the build. `--force` builds anyway.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const EXPLORER = join(import.meta.dirname, '..');
const ROOT = join(EXPLORER, '..');
const DIST = join(EXPLORER, 'dist');
const STAMP = '.sources-sha256';

/** Smaller files fit a packet anyway. */
const MIN_COMPRESSED_BYTES = 1_000;
/** Of 11; the last two cost seconds, which a build on demand is waited for. */
const BROTLI_QUALITY = 9;

/** Everything that ends up in the build: this package, those it bundles, and the versions of the libraries. */
const SOURCES = [
  'explorer/{index.html,package.json,vite.config.ts,tools/build-if-needed.ts}',
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

/** Beside each file that gains by it a `.br` and a `.gz`: a server then sends them as they are. */
function compressFiles(directory: string): void {
  for (const name of globSync('**/*.{html,js,css,svg}', { cwd: directory })) {
    const file = join(directory, name);
    const bytes = readFileSync(file);
    if (bytes.length < MIN_COMPRESSED_BYTES) continue;
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  }
}

/** Builds aside and then swaps, so that a node never serves half a build and two builders do not mix theirs. */
async function buildAndSwap(sources: string): Promise<void> {
  const fresh = join(ROOT, '.build', `explorer-dist-${process.pid}`);
  const former = `${fresh}-former`;
  try {
    await build({ root: EXPLORER, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
    compressFiles(fresh);
    writeFileSync(join(fresh, STAMP), sources);
    if (existsSync(DIST)) renameSync(DIST, former);
    renameSync(fresh, DIST);
  } catch (error) {
    // Whoever builds at the same moment may swap first; if theirs is of these sources, all is well.
    if (!isBuilt(sources)) throw error;
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
