import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a directory and those above it, one by one. Not with `recursive`: Node then tries for ever where a file
 * system, such as /proc, says that a directory's parent is missing while it is there.
 */
export function makeDirectories(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent);
  mkdirSync(path);
}
