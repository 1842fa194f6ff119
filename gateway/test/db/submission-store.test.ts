import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openDatabase } from '../../src/db/database.ts';
import { readFinalizedBelow, readUnfinalized } from '../../src/db/submission-store.ts';
import { queryPlan } from '../support/query-plan.ts';

t.test('what a start reads of the submissions does not grow with those that are final', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-submissions-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  const unfinalized = ['SCAN submission USING INDEX submission_unfinalized'];
  t.same(await queryPlan(database, (db) => readFinalizedBelow(db, 0)), unfinalized);
  t.same(await queryPlan(database, (db) => readUnfinalized(db, 0)), unfinalized);
});
