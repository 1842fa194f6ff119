import { BulkInsert } from '../../src/db/bulk.ts';
import type { Database } from '../../src/db/database.ts';

const insert = new BulkInsert('idempotency', [
  'api_key',
  'idempotency_key',
  'request_digest',
  'first_serial',
  'count',
  'created_at_ms',
]);

/** Keys as posts of that time left them. */
export async function insertKeys(database: Database, count: number, createdAtMs: number): Promise<void> {
  const rows: unknown[] = [];
  for (let i = 0; i < count; i++) rows.push(1, `key-${i}`, new Uint8Array(32), i, 1, createdAtMs);
  await database.transaction().execute((transaction) => insert.run(transaction, rows));
}

export async function countKeys(database: Database): Promise<number> {
  const { keys } = await database
    .selectFrom('idempotency')
    .select(({ fn }) => fn.countAll<number>().as('keys'))
    .executeTakeFirstOrThrow();
  return keys;
}
