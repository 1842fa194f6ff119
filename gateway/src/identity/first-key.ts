import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from '../db/database.ts';
import { isFirstKeyMade, noteFirstKey } from '../db/facts.ts';
import { ApiKeyVerifier, generateApiKey, insertApiKey } from './api-keys.ts';

/**
 * Makes the first key and writes its token into the file, so that a new gateway can be used at once; resolves with
 * its public id. Once in the life of a database, whoever removes file or key afterwards; undefined at any other
 * time, and when the file holds a key already. Keys that the command line made are no reason: they are elsewhere.
 */
export async function makeFirstKey(database: Database, path: string): Promise<string | undefined> {
  if ((await isFirstKeyMade(database)) || (await holdsKey(database, path))) return undefined;
  const key = generateApiKey({ name: 'bootstrap' }, Date.now());
  // The file first: what a crash in between leaves in it is no key, and the next start replaces it.
  writeDurably(path, `${key.token}\n`);
  await database.transaction().execute(async (transaction) => {
    await insertApiKey(transaction, key);
    await noteFirstKey(transaction, key.keyId);
  });
  return key.keyId;
}

async function holdsKey(database: Database, path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const token = readFileSync(path, 'utf8').trim();
  return (await new ApiKeyVerifier(database).verify(`Bearer ${token}`, Date.now())) !== undefined;
}

/** Durable when it returns. A power cut must not leave a key in the database whose token nobody has. */
function writeDurably(path: string, text: string): void {
  let directory = dirname(path);
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600, flush: true });
  const top = made === undefined ? directory : dirname(made);
  syncDirectory(directory);
  while (directory.length > top.length) {
    directory = dirname(directory);
    syncDirectory(directory);
  }
}

/** Makes durable what the directory names. Windows has no such call, and needs none. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
