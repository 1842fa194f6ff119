import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSource, type Source } from './source.ts';

/** A workspace: its folder (which is also its name after `@hufu/`) and the manifest fields that rules read. */
export interface Package {
  readonly folder: string;
  readonly name: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  /** Folders named by the TypeScript project references. */
  readonly references: ReadonlySet<string>;
  readonly scripts: string;
}

/** What the rules look at: every text file that is ours, the parsed sources, the workspaces. */
export interface Repository {
  readonly files: ReadonlyMap<string, string>;
  readonly sources: readonly Source[];
  readonly packages: readonly Package[];
  /** Development dependencies of the root, which every package's tests may use. */
  readonly rootDependencies: ReadonlySet<string>;
}

/** Folders that hold nothing written by hand: installed, built, downloaded or run-time data. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  '.build',
  '.git',
  '.tap',
  'dist',
  'gen',
  'hufu-data',
  'node_modules',
]);

const TEXT_FILE =
  /\.(ts|tsx|js|mjs|cjs|json|md|toml|proto|html|css|sh|ya?ml|service|txt)$|(^|\/)(Dockerfile|\.npmrc|run)$/;

/** Reads the repository at `root` (an absolute path) from the working tree. */
export function readRepository(root: string): Repository {
  const files = new Map<string, string>();
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) pending.push(path);
      if (entry.isFile() && TEXT_FILE.test(path)) files.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return repositoryOf(files);
}

/** The same from a map of paths to texts, so that a test can plant a violation without touching the disk. */
export function repositoryOf(files: ReadonlyMap<string, string>): Repository {
  const sources = [...files]
    .filter(([path]) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map(([path, text]) => parseSource(path, text));
  const root = manifestOf(files, 'package.json');
  return {
    files,
    sources,
    packages: stringsIn(root.workspaces).map((folder) => packageOf(files, folder)),
    rootDependencies: keysOf(root.devDependencies),
  };
}

function packageOf(files: ReadonlyMap<string, string>, folder: string): Package {
  const manifest = manifestOf(files, `${folder}/package.json`);
  const config = manifestOf(files, `${folder}/tsconfig.json`);
  const references = Array.isArray(config.references) ? config.references : [];
  return {
    folder,
    name: String(manifest.name),
    dependencies: keysOf(manifest.dependencies),
    devDependencies: keysOf(manifest.devDependencies),
    references: new Set(references.map((reference) => posix.join(folder, String(reference?.path)))),
    scripts: JSON.stringify(manifest.scripts ?? {}),
  };
}

function manifestOf(files: ReadonlyMap<string, string>, path: string): Record<string, unknown> {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is missing`);
  return JSON.parse(text);
}

function keysOf(value: unknown): ReadonlySet<string> {
  return new Set(typeof value === 'object' && value !== null ? Object.keys(value) : []);
}

function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
