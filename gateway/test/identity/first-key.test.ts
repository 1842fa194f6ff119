import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayClient } from '@hufu/api';
import t, { type Test } from 'tap';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { ApiKeyVerifier, generateApiKey, insertApiKey } from '../../src/identity/api-keys.ts';
import { makeFirstKey } from '../../src/identity/first-key.ts';
import { createApiKey } from '../../src/index.ts';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

async function open(t: Test): Promise<{ readonly database: Database; readonly directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-first-key-'));
  const database = await openDatabase(directory);
  t.teardown(async () => {
    await database.destroy();
    rmSync(directory, { recursive: true });
  });
  return { database, directory };
}

/** The name of the key whose token the file holds. */
async function nameIn(database: Database, path: string): Promise<string | undefined> {
  const authorization = `Bearer ${readFileSync(path, 'utf8').trim()}`;
  return (await new ApiKeyVerifier(database).verify(authorization, Date.now()))?.name;
}

t.test(
  'a key made on the command line before the first start does not stand in for the first key',
  async (t) => {
    const config = gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']);
    const { token } = await createApiKey(config, { name: 'early' });
    const { client, gateway } = await startFixture(t, config);
    t.match(await client.searchEvidence({}), { ok: true });
    t.match(await gatewayClient(gateway.url, { apiKey: token }).searchEvidence({}), { ok: true });
  },
);

t.test('the first key is made once, whatever is removed afterwards', async (t) => {
  const { database, directory } = await open(t);
  const path = join(directory, 'new', 'keys', 'api-key');
  const keyId = await makeFirstKey(database, path);
  t.match(readFileSync(path, 'utf8'), new RegExp(`^hufu_${keyId}_[0-9a-f]{64}\n$`));
  t.equal(statSync(path).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o600);
  t.equal(await nameIn(database, path), 'bootstrap');
  t.equal(await makeFirstKey(database, path), undefined);
  rmSync(path);
  t.equal(await makeFirstKey(database, path), undefined);
  await database.deleteFrom('api_key').execute();
  t.equal(await makeFirstKey(database, path), undefined);
});

t.test('what a crash left in the file is replaced; a key that somebody put there is not', async (t) => {
  const { database, directory } = await open(t);
  const first = generateApiKey({ name: 'bootstrap' }, 1);
  const [left, put] = [join(directory, 'left'), join(directory, 'put')];
  const own = generateApiKey({ name: 'own' }, 1);
  await insertApiKey(database, own);
  writeFileSync(put, own.token);
  t.equal(await makeFirstKey(database, put), undefined);
  t.equal(await nameIn(database, put), 'own');
  writeFileSync(left, `${first.token}\n`);
  t.type(await makeFirstKey(database, left), 'string');
  t.equal(await nameIn(database, left), 'bootstrap');
});
