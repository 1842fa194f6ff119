import { createHash } from 'node:crypto';
import { verify } from '@hufu/proof';
import type { KyselyPlugin } from 'kysely';
import t from 'tap';
import { Epochs } from '../../src/anchoring/epochs.ts';
import { loadIdentity } from '../../src/config/identity.ts';
import { openDatabase } from '../../src/db/database.ts';
import { DigestIndex } from '../../src/db/digest-index.ts';
import { EvidenceReader } from '../../src/evidence/evidence-reader.ts';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { startReferenceNode } from '../support/reference-node.ts';
import { until } from '../support/until.ts';

const RECORDS = 50;

t.test('proofs of one submission that are asked for together share its opening', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const node = await startReferenceNode(ledger);
  t.teardown(() => node.stop());
  const { client, config, gateway } = await startFixture(t, gatewayConfig(t, ledger.network, [node.url]));
  const body = Array.from({ length: RECORDS }, (_, i) => ({
    digests: { sha256: createHash('sha256').update(`${i}`).digest('hex') },
  }));
  t.ok((await client.postBatch({ body })).ok);
  await until('the submission arrives', () => ledger.waiting === 1);
  ledger.commit();
  await until('it is final', async () => {
    const evidence = await client.evidence({ id: '0-0' });
    return evidence.ok && evidence.value.state === 'finalized';
  });
  await gateway.stop();

  const database = await openDatabase(config.dataPath);
  t.teardown(() => database.destroy());
  let openings = 0;
  const countOpenings: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows.length === RECORDS) openings += 1;
      return result;
    },
  };
  const identity = loadIdentity(config);
  const index = await DigestIndex.open(database, {
    onFailure: (error) => t.fail(`${error}`),
  });
  const epochs = await Epochs.open(database, identity);
  const reader = new EvidenceReader(database.withPlugin(countOpenings), index, identity, epochs);
  const proofs = await Promise.all(body.map((_, serial) => reader.proof(serial)));
  t.equal(openings, 1);
  for (const proof of proofs) {
    if (proof.kind !== 'proof') throw new Error(proof.kind);
    t.equal(verify(proof.bundle, { trust: { genesis: ledger.network.genesisBytes } }).conclusion, 'passed');
  }
  await index.settle();
});
