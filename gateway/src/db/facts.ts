import { randomBytes } from 'node:crypto';
import { concatBytes, equalBytes, readU64be, u64be } from '@hufu/crypto';
import { ConfigError } from '../config/config-error.ts';
import type { GatewayIdentity } from '../config/identity.ts';
import type { Database } from './database.ts';

/** The single facts kept in the `meta` table. */
type FactName = 'identity' | 'cursor-key' | 'digests-merged' | 'conflict-serial' | 'first-key';

async function readFact(database: Database, name: FactName): Promise<Uint8Array | undefined> {
  const row = await database.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

async function writeFact(database: Database, name: FactName, value: Uint8Array): Promise<void> {
  await database
    .insertInto('meta')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/**
 * Ties a new database to its chain and gateway index, and refuses one that belongs to another: its serials
 * would be meaningless here. Throws ConfigError.
 */
export async function bindDatabase(
  database: Database,
  identity: GatewayIdentity,
  dataPath: string,
): Promise<void> {
  const own = concatBytes(u64be(identity.gateway), ...identity.chainId);
  const bound = await readFact(database, 'identity');
  if (bound === undefined) await writeFact(database, 'identity', own);
  else if (!equalBytes(bound, own)) {
    throw new ConfigError(dataPath, ['the database is of another chain or gateway index']);
  }
}

const CURSOR_KEY_BYTES = 32;

/** The secret that signs cursors, made when first asked for. */
export async function cursorKey(database: Database): Promise<Uint8Array> {
  const known = await readFact(database, 'cursor-key');
  if (known !== undefined) return known;
  const key = randomBytes(CURSOR_KEY_BYTES);
  await writeFact(database, 'cursor-key', key);
  return key;
}

/** Whether this database's first API key was made. */
export async function isFirstKeyMade(database: Database): Promise<boolean> {
  return (await readFact(database, 'first-key')) !== undefined;
}

/** Notes that the first API key was made, by its public id. */
export async function noteFirstKey(database: Database, keyId: string): Promise<void> {
  await writeFact(database, 'first-key', new TextEncoder().encode(keyId));
}

/** The serial below which every record's digests are in the digest table. */
export async function readDigestsMerged(database: Database): Promise<number> {
  return (await readInteger(database, 'digests-merged')) ?? 0;
}

export async function writeDigestsMerged(database: Database, serial: number): Promise<void> {
  await writeFact(database, 'digests-merged', u64be(serial));
}

/** The serial under which the ledger was proven to have another record; undefined when that never happened. */
export async function readConflict(database: Database): Promise<number | undefined> {
  return readInteger(database, 'conflict-serial');
}

export async function writeConflict(database: Database, serial: number): Promise<void> {
  await writeFact(database, 'conflict-serial', u64be(serial));
}

async function readInteger(database: Database, name: FactName): Promise<number | undefined> {
  const bytes = await readFact(database, name);
  if (bytes === undefined) return undefined;
  const value = readU64be(bytes);
  if (value === undefined) throw new Error(`the stored ${name} is no integer`);
  return value;
}
