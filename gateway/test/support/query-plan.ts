import { CompiledQuery, createQueryId, type RootOperationNode } from 'kysely';
import type { Database } from '../../src/db/database.ts';

/** How SQLite carries out each of the statements that `run` executes: one line of its plan an element. */
export async function queryPlan(
  database: Database,
  run: (database: Database) => Promise<unknown>,
): Promise<readonly string[]> {
  const nodes: RootOperationNode[] = [];
  await run(
    database.withPlugin({
      transformQuery: ({ node }) => {
        nodes.push(node);
        return node;
      },
      transformResult: async ({ result }) => result,
    }),
  );
  const details: string[] = [];
  for (const node of nodes) {
    const { sql, parameters } = database.getExecutor().compileQuery(node, createQueryId());
    const explain = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    const { rows } = await database.executeQuery<{ readonly detail: string }>(explain);
    details.push(...rows.map(({ detail }) => detail));
  }
  return details;
}
