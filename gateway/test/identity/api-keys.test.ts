import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openDatabase } from '../../src/db/database.ts';
import { ApiKeyVerifier, generateApiKey, insertApiKey } from '../../src/identity/api-keys.ts';

const HOUR_MS = 3_600_000;

t.test('a key that was ended is refused two seconds later, also when the clock was set back', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-keys-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  const nowMs = 1_800_000_000_000;
  const key = generateApiKey({ name: 'ended' }, nowMs);
  await insertApiKey(database, key);
  let monotonicMs = 0;
  const verifier = new ApiKeyVerifier(database, () => monotonicMs);
  const verify = async (atMs: number): Promise<string | undefined> =>
    (await verifier.verify(`Bearer ${key.token}`, atMs))?.name;
  t.equal(await verify(nowMs), 'ended');
  await database.deleteFrom('api_key').execute();
  monotonicMs = 1_999;
  t.equal(await verify(nowMs), 'ended', 'known for two seconds');
  monotonicMs = 2_000;
  t.equal(await verify(nowMs - HOUR_MS), undefined);
});
