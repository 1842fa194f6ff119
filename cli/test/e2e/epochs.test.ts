import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeClient, nodeClient } from '@hufu/api';
import { verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { waitUntilProven } from '../../src/evidence/finality.ts';
import { COURT, change, makeNextKeys, prepareCourt } from './governed.ts';
import { entriesTo, must, untilHeight, untilLogSize, untilSigned } from './ledger.ts';
import { startLoad } from './load.ts';
import { clientOf, restart, startTestNetwork, type TestNetwork } from './test-network.ts';

const RECORDS = 100;

// Forty processes one after the other, on a machine that has much else to do.
t.setTimeout(900_000);

t.test(
  'a node joins, another rotates its keys, a third is removed; no record is lost or doubled',
  async (t) => {
    let courtUrl = '';
    const running = await startTestNetwork(t, async (layout, ports) => {
      await prepareCourt(layout, ports);
      courtUrl = `http://127.0.0.1:${ports.nodes[4]?.http}`;
    });
    const { network, processes, gateway } = running;
    const { layout } = network;
    const first = clientOf(running, 0);
    const load = startLoad(gateway);
    t.teardown(() => load.stop());
    await load.more(RECORDS);
    const inDirectory = (name: string): string => join(layout.directory, name);

    processes.startNode(COURT);
    const court = nodeClient(courtUrl);
    await untilHeight(court, must(await first.status()).height);
    t.match(must(await court.status()), { observer: true, node: { index: null } }, 'it follows');
    const joining = await change(
      running,
      inDirectory('join.json'),
      ['--add-validator', join(layout.node(COURT).keysPath, 'card.json')],
      ['broker', 'ca', 'notary'],
      { node: courtUrl, keys: layout.node(COURT).keysPath },
    );
    t.match(joining, /epoch 0 ended at height \d+, epoch 1 has begun/);
    await untilSigned(first, 1, 4);
    t.match(
      must(await court.status()),
      { observer: false, node: { index: 4 }, epoch: 1, validators: 5 },
      'it votes',
    );
    await load.more(RECORDS);

    const nextPath = await makeNextKeys(running, 'ca');
    await restart(running, 'ca');
    const rotating = await change(
      running,
      inDirectory('rotate.json'),
      ['--rotate', join(nextPath, 'card.json')],
      ['broker', 'exchange-infra', 'notary', COURT],
      { node: clientOf(running, 2).baseUrl, keys: nextPath },
    );
    t.match(rotating, /epoch 2 has begun/);
    await untilSigned(first, 2, 2);
    await load.more(RECORDS);

    const removing = await change(
      running,
      inDirectory('remove.json'),
      ['--remove-validator', 'notary'],
      ['broker', 'exchange-infra', 'notary', COURT],
    );
    t.match(removing, /epoch 3 has begun/);
    await untilSigned(first, 3, 3);
    t.match(must(await first.validators()), { epoch: 3, quorum: 3, validators: { length: 4 } });
    await load.more(RECORDS);

    const accepted = await load.stop();
    await checkLedger(t, running, court, accepted);
  },
);

/** Every record that was promised stands on the ledger once, and is proven across the epochs without a node. */
async function checkLedger(
  t: Test,
  running: TestNetwork,
  court: NodeClient,
  accepted: ReadonlyMap<string, string>,
): Promise<void> {
  // The three actions are entries too.
  const { logSize } = await untilLogSize(court, accepted.size + 3);
  const entries = await entriesTo(court, logSize);
  t.equal(entries.length, logSize - 3);
  t.equal(new Set(entries.map(({ id }) => id)).size, entries.length, 'no serial occurs twice');
  const onLedger = new Map(entries.map(({ id, sha256 }) => [id, sha256]));
  t.strictSame(
    [...accepted].filter(([id, sha256]) => onLedger.get(id) !== sha256),
    [],
    'none is lost',
  );

  const { epochs } = must(await court.epochs());
  t.strictSame(
    epochs.map(({ epoch, validators }) => [epoch, validators]),
    [
      [3, 4],
      [2, 5],
      [1, 5],
      [0, 4],
    ],
  );
  const genesis = readFileSync(running.network.layout.genesisPath);
  for (const { epoch, firstHeight } of epochs) {
    const { firstIndex } = must(await court.block({ height: firstHeight }));
    const bundle = must(await court.bundle({ index: firstIndex }));
    const { conclusion, statements } = verify(bundle, { trust: { genesis } });
    t.equal(conclusion, 'passed', `a record of epoch ${epoch}`);
    t.equal(statements?.epoch, epoch);
  }
  const ids = [...accepted.keys()];
  for (const [id = '', epoch] of [[ids[0], 0] as const, [ids.at(-1), 3] as const]) {
    const { bundle } = await waitUntilProven(running.gateway, id, { timeoutMs: 60_000 });
    const report = verify(bundle, { trust: { genesis } });
    t.match(report, { conclusion: 'passed', statements: { epoch } }, `the gateway’s bundle of ${id}`);
  }
}
