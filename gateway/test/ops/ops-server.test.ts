import { encodeEntry } from '@hufu/proof';
import { sql } from 'kysely';
import t from 'tap';
import { BulkInsert } from '../../src/db/bulk.ts';
import { openDatabase } from '../../src/db/database.ts';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { until } from '../support/until.ts';

/** As many as the digest index merges at once. */
const RECORDS = 65_536;

const digestOf = (serial: number): Uint8Array => {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, serial);
  return digest;
};

t.test('while digests cannot be merged the gateway is neither ready nor healthy, and says why', async (t) => {
  const config = gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']);
  const database = await openDatabase(config.dataPath);
  t.teardown(() => database.destroy());
  const rows: unknown[] = [];
  for (let serial = 0; serial < RECORDS; serial++) {
    const entry = encodeEntry({
      gateway: 0,
      serial,
      digests: { sha256: digestOf(serial) },
      claimedTimeMs: 1,
    });
    rows.push(serial, entry, 1, 1);
  }
  const insert = new BulkInsert('evidence', ['serial', 'entry', 'received_at_ms', 'api_key']);
  await database.transaction().execute((transaction) => insert.run(transaction, rows));
  await sql`create trigger full before insert on digest
    begin select raise(abort, 'disk full'); end`.execute(database);

  const { gateway } = await startFixture(t, config);
  const ready = await until('not ready', async () => {
    const answer = await fetch(`${gateway.opsUrl}/readyz`);
    return answer.status === 503 && answer;
  });
  t.same(await ready.json(), { status: 'not ready', reason: 'index-failed' });
  const health = await fetch(`${gateway.opsUrl}/healthz`);
  t.equal(health.status, 503);
  t.match(await health.json(), { status: 'failing', parts: { intake: 'ok', index: 'disk full' } });

  await sql`drop trigger full`.execute(database);
  await until('ready', async () => (await fetch(`${gateway.opsUrl}/readyz`)).status === 200);
  t.match(await (await fetch(`${gateway.opsUrl}/healthz`)).json(), { parts: { index: 'ok' } });
});
