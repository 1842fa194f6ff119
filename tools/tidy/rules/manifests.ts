import type { Finding } from '../finding.ts';
import { isInside, isTestPath, MAY_IMPORT } from '../layout.ts';
import type { Package, Repository } from '../repository.ts';
import type { Source } from '../source.ts';

/** Development dependencies that are used as commands or compiler types, so no import names them. */
const USED_WITHOUT_IMPORT = /^(@types\/.+|assemblyscript|@informalsystems\/quint)$/;
/** Packages that only a developer runs: the explorer is bundled at build time, the benchmarks are not shipped. */
const DEVELOPMENT_ONLY: ReadonlySet<string> = new Set(['explorer', 'bench']);

/** package.json, the TypeScript references and the imports of a package say the same. */
export function manifests(repository: Repository): Finding[] {
  const ofPackages = repository.packages.flatMap((pkg) => {
    const sources = repository.sources.filter((source) => isInside(source.path, pkg.folder));
    return [
      ...undeclaredImports(repository, pkg, sources),
      ...unusedDependencies(pkg, sources),
      ...wrongWorkspaceDependencies(pkg),
    ];
  });
  return [...ofPackages, ...undeclaredInTools(repository)];
}

/** The repository's own scripts are no workspace; what they import is the root's. */
function undeclaredInTools(repository: Repository): Finding[] {
  return repository.sources
    .filter((source) => isInside(source.path, 'tools'))
    .flatMap((source) =>
      source.imports.flatMap(({ specifier, line }) => {
        const name = packageNameOf(specifier);
        if (name === undefined || repository.rootDependencies.has(name)) return [];
        const message = `${name} is not in devDependencies of package.json`;
        return [{ path: source.path, line, rule: 'manifests', message }];
      }),
    );
}

function undeclaredImports(repository: Repository, pkg: Package, sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources) {
    const isProduct = isInside(source.path, `${pkg.folder}/src`) && !isTestPath(source.path);
    for (const { specifier, line } of source.imports) {
      const name = packageNameOf(specifier);
      if (name === undefined || name === pkg.name || pkg.dependencies.has(name)) continue;
      const isForDevelopment = pkg.devDependencies.has(name) || repository.rootDependencies.has(name);
      if (isForDevelopment && (!isProduct || DEVELOPMENT_ONLY.has(pkg.folder))) continue;
      const field = isProduct ? 'dependencies' : 'dependencies or devDependencies';
      const message = `${name} is not in ${field} of ${pkg.folder}/package.json`;
      findings.push({ path: source.path, line, rule: 'manifests', message });
    }
  }
  return findings;
}

function unusedDependencies(pkg: Package, sources: readonly Source[]): Finding[] {
  const imported = new Set(
    sources.flatMap((source) => source.imports.map((found) => packageNameOf(found.specifier))),
  );
  return [...pkg.dependencies, ...pkg.devDependencies]
    .filter((name) => !imported.has(name) && !USED_WITHOUT_IMPORT.test(name))
    .filter((name) => !pkg.scripts.includes(name))
    .map((name) => onManifest(pkg, `${name} is declared and never imported`));
}

/** A workspace depends on exactly those that it references for types, and only along the arrows. */
function wrongWorkspaceDependencies(pkg: Package): Finding[] {
  const folders = [...pkg.dependencies, ...pkg.devDependencies]
    .filter((name) => name.startsWith('@hufu/'))
    .map((name) => name.slice('@hufu/'.length));
  const allowed = MAY_IMPORT[pkg.folder];
  if (allowed === undefined) return [onManifest(pkg, 'package without a row in tools/tidy/layout.ts')];
  return [
    ...folders
      .filter((folder) => !allowed.includes(folder))
      .map((folder) => onManifest(pkg, `depends on ${folder} against the arrows`)),
    ...folders
      .filter((folder) => !pkg.references.has(folder))
      .map((folder) => onManifest(pkg, `depends on ${folder}, which tsconfig.json does not reference`)),
    ...[...pkg.references]
      .filter((folder) => !folders.includes(folder))
      .map((folder) => onManifest(pkg, `tsconfig.json references ${folder}, which is not a dependency`)),
  ];
}

function onManifest(pkg: Package, message: string): Finding {
  return { path: `${pkg.folder}/package.json`, line: 0, rule: 'manifests', message };
}

/** The package that a bare specifier names; nothing for relative paths and Node's own modules. */
function packageNameOf(specifier: string): string | undefined {
  if (/^(\.|node:)/.test(specifier)) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
