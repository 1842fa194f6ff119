import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openDatabase } from '../../src/db/database.ts';
import { IDEMPOTENCY_RETENTION_MS, IdempotencyKeys } from '../../src/intake/idempotency.ts';

const DIGEST = new Uint8Array(32).fill(1);
const request = { apiKey: 1, key: 'k', requestDigest: DIGEST };

t.test('a key is in flight until its request is released, and remembered once recorded', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-idempotency-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
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
