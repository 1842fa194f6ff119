import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreCondition } from '../store/types.ts';

/** File beside the keys and in the data directory that ties the two together. */
const INSTANCE_FILE = 'instance';

/**
 * Why this node must not sign, or undefined when it may. Votes made with the keys are remembered only in the data
 * directory: with that lost, damaged, or replaced by another, a vote could contradict a forgotten one.
 *
 * At its first start a node writes the same random name into both directories. Keys that know a name which
 * the data directory does not have were used with other data.
 */
export function reasonToObserve(
  keysPath: string,
  dataPath: string,
  condition: StoreCondition,
): string | undefined {
  // The findings name files of this machine: they are for the log, and this sentence is public.
  if (condition.kind === 'damaged') return 'the stored data is damaged; the log of this node says where';
  const ofKeys = readName(join(keysPath, INSTANCE_FILE));
  const ofData = readName(join(dataPath, INSTANCE_FILE));
  if (ofKeys !== undefined && ofKeys !== ofData) {
    return 'these keys have voted with another data directory, whose votes are not known here';
  }
  if (ofKeys === undefined) {
    // The data directory first: a crash in between leaves a name that the keys then take over.
    const name = ofData ?? randomUUID();
    if (ofData === undefined) writeName(dataPath, name);
    writeName(keysPath, name);
  }
  return undefined;
}

function readName(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function writeName(directory: string, name: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, INSTANCE_FILE), `${name}\n`, { mode: 0o600, flush: true });
}
