import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { isInside, isTestPath, MAY_IMPORT, SEALED_FOLDERS } from '../layout.ts';
import type { Repository } from '../repository.ts';
import type { Import, Source } from '../source.ts';

/**
 * Imports follow the arrows: `@hufu/x` only where the table allows it and only by its main entry, relative
 * paths only inside the own package, and product code never from tests or simulators.
 */
export function arrows(repository: Repository): Finding[] {
  return repository.sources.flatMap((source) =>
    source.imports.flatMap((found) => {
      const message = problemWith(source, found);
      return message === undefined ? [] : [{ path: source.path, line: found.line, rule: 'arrows', message }];
    }),
  );
}

function problemWith(source: Source, found: Import): string | undefined {
  const home = source.path.split('/')[0] ?? '';
  return found.specifier.startsWith('.')
    ? problemWithRelative(source, found, home)
    : problemWithPackage(source, found, home);
}

function problemWithRelative(source: Source, found: Import, home: string): string | undefined {
  const target = posix.join(posix.dirname(source.path), found.specifier);
  if (!isInside(target, home)) return `${found.specifier} leaves ${home}/; import the package by its name`;
  if (!isTestPath(source.path) && isTestPath(target)) return `product code imports test code ${target}`;
  const sealed = sealedFolderOf(source.path);
  if (sealed !== undefined && !isInside(target, sealed)) return `${sealed} may not import ${target}`;
  return undefined;
}

function problemWithPackage(source: Source, found: Import, home: string): string | undefined {
  const match = /^@hufu\/([^/]+)(\/.*)?$/.exec(found.specifier);
  if (match === null) return undefined;
  const [, name = '', subpath] = match;
  if (subpath !== undefined) return `${found.specifier} reaches inside a package; import @hufu/${name}`;
  const sealed = sealedFolderOf(source.path);
  const allowed = (sealed !== undefined ? SEALED_FOLDERS[sealed] : MAY_IMPORT[home]) ?? [];
  // A package's own tests may name it as its users do.
  if (allowed.includes(name) || (name === home && isTestPath(source.path))) return undefined;
  return `${sealed ?? home} may import only: ${allowed.join(', ') || 'no other package'}`;
}

function sealedFolderOf(path: string): string | undefined {
  return Object.keys(SEALED_FOLDERS).find((folder) => isInside(path, folder));
}
