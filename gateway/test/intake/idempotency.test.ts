import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { IDEMPOTENCY_RETENTION_MS, IdempotencyKeys } from '../../src/intake/idempotency.ts';
import { countKeys, insertKeys } from '../support/idempotency-keys.ts';
import { queryPlan } from '../support/query-plan.ts';

const DIGEST = new Uint8Array(32).fill(1);
const request = { apiKey: 1, key: 'k', requestDigest: DIGEST };

async function open(t: Test): Promise<Database> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-idempotency-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  return database;
}

t.test('a key is in flight until its request is released, and remembered once recorded', async (t) => {
  const database = await open(t);
  const keys = new IdempotencyKeys(database);
  const first = await keys.begin(request);
  t.equal(first.kind, 'new');
  t.same(await keys.begin(request), { kind: 'in-flight' });
  t.equal((await keys.begin({ ...request, apiKey: 2 })).kind, 'new', 'another caller’s key is another key');
  if (first.kind === 'new') first.release();
  const failed = await keys.begin(request);
  t.equal(failed.kind, 'new', 'a request that recorded nothing may be repeated');
  if (failed.kind === 'new') failed.release();
  await database
    .insertInto('idempotency')
    .values({
      api_key: 1,
      idempotency_key: 'k',
      request_digest: DIGEST,
      first_serial: 7,
      count: 2,
      created_at_ms: 1_000,
    })
    .execute();
  t.same(await keys.begin(request), { kind: 'replay', firstSerial: 7, count: 2 });
  t.same(await keys.begin({ ...request, requestDigest: new Uint8Array(32) }), { kind: 'mismatch' });
  await keys.prune(1_000 + IDEMPOTENCY_RETENTION_MS);
  t.equal((await keys.begin(request)).kind, 'replay');
  await keys.prune(1_001 + IDEMPOTENCY_RETENTION_MS);
  t.equal((await keys.begin(request)).kind, 'new', 'forgotten after the retention');
});

t.test('old keys are forgotten a thousand at a time, with a turn of the event loop between', async (t) => {
  const database = await open(t);
  const keys = new IdempotencyKeys(database);
  await insertKeys(database, 2_500, 1_000);
  let done = false;
  const pruned = keys.prune(1_001 + IDEMPOTENCY_RETENTION_MS).then(() => {
    done = true;
  });
  const left = new Set<number>();
  while (!done) {
    left.add(await countKeys(database));
    await nextTurn();
  }
  await pruned;
  t.ok(left.has(1_500) && left.has(500), `others see what is left meanwhile: ${[...left]}`);
  t.equal(await countKeys(database), 0);
});

t.test('forgetting stops between two deletions when told to', async (t) => {
  const database = await open(t);
  await insertKeys(database, 2_500, 1_000);
  const stop = new AbortController();
  const pruned = new IdempotencyKeys(database).prune(1_001 + IDEMPOTENCY_RETENTION_MS, stop.signal);
  stop.abort();
  await pruned;
  t.equal(await countKeys(database), 1_500);
});

t.test('forgetting looks at old keys only', async (t) => {
  const plan = await queryPlan(await open(t), (database) => new IdempotencyKeys(database).prune(0));
  t.same(plan, [
    'SEARCH idempotency USING PRIMARY KEY (api_key=? AND idempotency_key=?)',
    'LIST SUBQUERY 2',
    'SEARCH idempotency USING COVERING INDEX idempotency_age (created_at_ms<?)',
  ]);
});
