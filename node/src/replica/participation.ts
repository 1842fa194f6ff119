import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fullDiskOr } from '../store/store-error.ts';
import type { StoreCondition } from '../store/types.ts';

/** File beside the keys and in the data directory that ties the two together. */
const INSTANCE_FILE = 'instance';
/** What it is called until it is durable. */
const UNFINISHED_FILE = 'instance.tmp';

/** What a node finds out about a folder of keys and its data before it signs with them. */
export interface Admission {
  /** Why this node must not sign; undefined when it may. Public, so it names no file of this machine. */
  readonly reasonToObserve: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Decides, for each folder of keys that an epoch names, whether this node may sign with them. Votes made with keys are
 * remembered only in the data directory: with that lost, damaged, or replaced by another, a vote could contradict a
 * forgotten one. Throws the StoreError `disk-full` when there is no room for the name in the data directory.
 *
 * The data directory has a random name, which the folder takes over before the first signature. Keys that know a name
 * which the data directory does not have were used with other data, and so were those of a named directory with a new
 * store. Keys that know none are new: they may sign beside any data, which is how a node that lost its data votes again.
 */
export function participation(dataPath: string, condition: StoreCondition): (keysPath: string) => Admission {
  if (condition.kind === 'damaged') {
    return () => refuse('the stored data is damaged; the log of this node says where');
  }
  // What the store of that name remembered is gone, its log of votes as well.
  if (condition.kind === 'fresh') removeName(dataPath);
  const ofData = readName(dataPath);
  const name = ofData ?? randomUUID();
  // The data directory first: a crash in between leaves a name that the keys then take over.
  if (ofData === undefined) writeName(dataPath, name);
  return (keysPath) => {
    const ofKeys = readName(keysPath);
    if (ofKeys !== undefined && ofKeys !== name) {
      return refuse(
        'these keys have voted with another data directory, whose votes are not known here; rotate them to vote again',
      );
    }
    return { reasonToObserve: undefined, warnings: ofKeys === undefined ? nameKeys(keysPath, name) : [] };
  };
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

/**
 * An empty file is as good as none: it is what a full disk left of a name before names were renamed into place, and a node
 * whose keys got no name has gone on with the warning that it has one safeguard less.
 */
function readName(directory: string): string | undefined {
  const path = join(directory, INSTANCE_FILE);
  const name = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return name === '' ? undefined : name;
}

/** All of it or nothing, durable when it returns. */
function writeName(directory: string, name: string): void {
  const unfinished = join(directory, UNFINISHED_FILE);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(unfinished, `${name}\n`, { mode: 0o600, flush: true });
    renameSync(unfinished, join(directory, INSTANCE_FILE));
    syncDirectory(directory);
  } catch (error) {
    throw fullDiskOr(error);
  }
}

function removeName(directory: string): void {
  const path = join(directory, INSTANCE_FILE);
  if (!existsSync(path)) return;
  rmSync(path);
  syncDirectory(directory);
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
