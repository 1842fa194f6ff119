import { CompiledQuery } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './schema.ts';

/**
 * Multi-row statements for the paths that handle tens of thousands of records a second. They are written as
 * text, because building a query tree costs more than running it. This file is the only one whose SQL depends
 * on the database: PostgreSQL would take `unnest` of arrays here.
 */

/** Rows per statement: few shapes, so that each stays prepared, and few statements for any number of rows. */
const SHAPES = [512, 64, 8, 1] as const;

/** Inserts rows given as one flat list, `columns.length` values each. */
export class BulkInsert<Table extends keyof Tables> {
  readonly #width: number;
  readonly #texts: readonly { readonly rows: number; readonly text: string }[];

  constructor(
    table: Table,
    columns: readonly (keyof Tables[Table] & string)[],
    onDuplicate: 'fail' | 'ignore' = 'fail',
  ) {
    this.#width = columns.length;
    const row = `(${columns.map(() => '?').join(', ')})`;
    const head = `insert ${onDuplicate === 'ignore' ? 'or ignore ' : ''}into ${table} (${columns.join(', ')}) values `;
    this.#texts = SHAPES.map((rows) => ({ rows, text: head + new Array(rows).fill(row).join(', ') }));
  }

  async run(database: Database, values: readonly unknown[]): Promise<void> {
    let at = 0;
    for (const { rows, text } of this.#texts) {
      const length = rows * this.#width;
      for (; values.length - at >= length; at += length) {
        await database.executeQuery(CompiledQuery.raw(text, values.slice(at, at + length)));
      }
    }
  }
}

const FIRST_SHAPES = [256, 16, 1] as const;
const FIRST_TEXTS = FIRST_SHAPES.map((size) => ({
  size,
  text: `with wanted(prefix) as (values ${new Array(size).fill('(?)').join(', ')})
    select prefix, (select min(serial) from digest where digest.prefix = wanted.prefix) as serial
    from wanted where exists (select 1 from digest where digest.prefix = wanted.prefix)`,
}));

/** The first serial of each of the prefixes that the digest table has. */
export async function firstSerials(
  database: Database,
  prefixes: readonly number[],
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  let at = 0;
  for (const { size, text } of FIRST_TEXTS) {
    for (; prefixes.length - at >= size; at += size) {
      const query = CompiledQuery.raw(text, prefixes.slice(at, at + size));
      const { rows } = await database.executeQuery<{ readonly prefix: number; readonly serial: number }>(
        query,
      );
      for (const { prefix, serial } of rows) found.set(prefix, serial);
    }
  }
  return found;
}
