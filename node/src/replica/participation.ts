import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreCondition } from '../store/types.ts';

/** File beside the keys and in the data directory that ties the two together. */
const INSTANCE_FILE = 'instance';

/** What a node finds out about its keys and its data before it takes part. */
export interface Admission {
  /** Why this node must not sign; undefined when it may. Public, so it names no file of this machine. */
  readonly reasonToObserve: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Decides whether this node may sign. Votes made with the keys are remembered only in the data directory: with
 * that lost, damaged, or replaced by another, a vote could contradict a forgotten one.
 *
 * At its first start a node writes the same random name into both directories. Keys that know a name which
 * the data directory does not have were used with other data.
 */
export function admit(keysPath: string, dataPath: string, condition: StoreCondition): Admission {
  if (condition.kind === 'damaged') {
    return refuse('the stored data is damaged; the log of this node says where');
  }
  const ofKeys = readName(keysPath);
  const ofData = readName(dataPath);
  if (ofKeys !== undefined && ofKeys !== ofData) {
    return refuse('these keys have voted with another data directory, whose votes are not known here');
  }
  // The data directory first: a crash in between leaves a name that the keys then take over.
  const name = ofData ?? randomUUID();
  if (ofData === undefined) writeName(dataPath, name);
  const warnings = ofKeys === undefined ? nameKeys(keysPath, name) : [];
  return { reasonToObserve: undefined, warnings };
}

function refuse(reasonToObserve: string): Admission {
  return { reasonToObserve, warnings: [] };
}

/** Keys are often mounted read-only; the node can run then, with one safeguard less. */
function nameKeys(keysPath: string, name: string): readonly string[] {
  try {
    writeName(keysPath, name);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [`the loss of the data directory would go unnoticed: ${reason}`];
  }
}

function readName(directory: string): string | undefined {
  const path = join(directory, INSTANCE_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function writeName(directory: string, name: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, INSTANCE_FILE), `${name}\n`, { mode: 0o600, flush: true });
}
