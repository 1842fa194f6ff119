import { type Kysely, type Migration, sql } from 'kysely';

/**
 * Forward only. A released migration is never changed; a change of schema is a further one. The names order
 * them. Kysely's migrator refuses a database that has a migration unknown here: an older program must not
 * write to it.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-light': { up: firstLight },
  '0002-epochs': { up: epochs },
  '0003-unfinalized': { up: unfinalized },
  '0004-idempotency-age': { up: idempotencyAge },
};

// The tables' types describe the newest schema; a migration works on an older one, hence `unknown`.
async function firstLight(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('meta')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'blob', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute();
  await schema
    .createTable('evidence')
    .addColumn('serial', 'integer', (column) => column.primaryKey())
    .addColumn('entry', 'blob', (column) => column.notNull())
    .addColumn('received_at_ms', 'integer', (column) => column.notNull())
    .addColumn('api_key', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute();
  await schema
    .createTable('digest')
    .addColumn('prefix', 'integer', (column) => column.notNull())
    .addColumn('serial', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('digest_primary_key', ['prefix', 'serial'])
    .modifyEnd(sql`strict, without rowid`)
    .execute();
  await schema
    .createTable('checkpoint')
    .addColumn('height', 'integer', (column) => column.primaryKey())
    .addColumn('header', 'blob', (column) => column.notNull())
    .addColumn('certificates', 'blob', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute();
  await schema
    .createTable('submission')
    .addColumn('first_serial', 'integer', (column) => column.primaryKey())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('signature', 'blob', (column) => column.notNull())
    .addColumn('first_index', 'integer')
    .addColumn('checkpoint_height', 'integer', (column) => column.references('checkpoint.height'))
    .addColumn('range_proof', 'blob')
    .modifyEnd(sql`strict`)
    .execute();
  await identityTables(db);
}

async function identityTables({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('api_key')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('key_id', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'blob', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'integer', (column) => column.notNull())
    .addColumn('expires_at_ms', 'integer')
    .modifyEnd(sql`strict`)
    .execute();
  await schema
    .createTable('idempotency')
    .addColumn('api_key', 'integer', (column) => column.notNull())
    .addColumn('idempotency_key', 'text', (column) => column.notNull())
    .addColumn('request_digest', 'blob', (column) => column.notNull())
    .addColumn('first_serial', 'integer', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('created_at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_primary_key', ['api_key', 'idempotency_key'])
    .modifyEnd(sql`strict, without rowid`)
    .execute();
}

async function epochs({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('epoch_step')
    .addColumn('epoch', 'integer', (column) => column.primaryKey())
    .addColumn('header', 'blob', (column) => column.notNull())
    .addColumn('certificates', 'blob', (column) => column.notNull())
    .addColumn('validator_set', 'blob', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute();
}

/** A start reads what is not final: a few rows, where the table has one for every submission ever made. */
async function unfinalized({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createIndex('submission_unfinalized')
    .on('submission')
    .column('first_serial')
    .where(sql.ref('first_index'), 'is', null)
    .execute();
}

/** Old keys are found by their age. */
async function idempotencyAge({ schema }: Kysely<unknown>): Promise<void> {
  await schema.createIndex('idempotency_age').on('idempotency').column('created_at_ms').execute();
}
