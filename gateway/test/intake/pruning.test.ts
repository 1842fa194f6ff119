import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import t from 'tap';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { IdempotencyKeys } from '../../src/intake/idempotency.ts';
import { Pruning } from '../../src/intake/pruning.ts';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { countKeys, insertKeys } from '../support/idempotency-keys.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { until } from '../support/until.ts';

const makeFull = (database: Database): Promise<unknown> =>
  sql`create trigger full before delete on idempotency begin select raise(abort, 'disk full'); end`.execute(
    database,
  );

t.test('old keys that cannot be forgotten now are forgotten the next time', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-pruning-'));
  const database = await openDatabase(directory);
  await insertKeys(database, 3, 1_000);
  await makeFull(database);
  const failures: unknown[] = [];
  const pruning = new Pruning(new IdempotencyKeys(database), {
    onFailure: (error) => failures.push(error),
    intervalMs: 1,
  });
  t.teardown(async () => {
    await pruning.stop();
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  await until('a second failure', () => failures.length > 1);
  t.match(failures[0], { message: 'disk full' });
  t.equal(await countKeys(database), 3);
  await sql`drop trigger full`.execute(database);
  await until('success', async () => (await countKeys(database)) === 0);
});

t.test('a gateway starts although old keys cannot be forgotten', async (t) => {
  const config = gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']);
  const database = await openDatabase(config.dataPath);
  await insertKeys(database, 1, 1_000);
  await makeFull(database);
  await database.destroy();
  const { client } = await startFixture(t, config);
  t.match(await client.searchEvidence({}), { ok: true });
});
