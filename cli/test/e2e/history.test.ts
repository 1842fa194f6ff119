import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeClient, nodeClient } from '@hufu/api';
import { verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { eventually } from './eventually.ts';
import { COURT, change, prepareCourt } from './governed.ts';
import { entriesTo, headersTo, must, untilHeight } from './ledger.ts';
import { startLoad } from './load.ts';
import { startTestNetwork } from './test-network.ts';

const RECORDS = 100;

/** For a machine that has much else to do. */
t.setTimeout(300_000);

t.test('a new node begins with the newest epoch, and has the past as well soon after', async (t) => {
  let courtUrl = '';
  const running = await startTestNetwork(t, async (layout, ports) => {
    await prepareCourt(layout, ports);
    courtUrl = `http://127.0.0.1:${ports.nodes[4]?.http}`;
  });
  const { network, processes, gateway, nodes } = running;
  const { layout } = network;
  const [first] = nodes;
  if (first === undefined) throw new Error('a network has nodes');
  const load = startLoad(gateway);
  t.teardown(() => load.stop());
  await load.more(RECORDS);
  const edits = ['--set', 'heartbeatMs=9000'];
  await change(running, join(layout.directory, 'pace.json'), edits, ['broker', 'ca', 'notary']);
  await load.more(RECORDS);

  processes.startNode(COURT);
  const court = nodeClient(courtUrl);
  await untilHeight(court, must(await first.status()).height);
  const { end } = must(await first.epoch({ epoch: 0 }));
  const told = pastToFetch(layout.node(COURT).logPath);
  t.match(told, { height: 0, toHeight: end?.height }, 'it began after the first epoch');

  await load.more(1);
  const genesis = readFileSync(layout.genesisPath);
  const { logSize } = await untilHeight(court, must(await first.status()).height);
  await sameRecord(t, court, first, { genesis, index: logSize - 1, epoch: 1 });

  await eventually('the past of the new node', async () => {
    const status = await court.status();
    return status.ok && status.value.history === null ? true : undefined;
  });
  await sameRecord(t, court, first, { genesis, index: 0, epoch: 0 });
  const accepted = await load.stop();
  for (const digest of [...accepted.values()].filter((_, i) => i % RECORDS === 0)) {
    t.strictSame(await untilFound(court, digest), await untilFound(first, digest));
  }
  const height = Math.min(must(await first.status()).height, must(await court.status()).height);
  t.strictSame(await headersTo(court, height), await headersTo(first, height), 'the same chain');
  t.strictSame(await entriesTo(court, logSize), await entriesTo(first, logSize), 'the same records');
});

/** What the node said first about the past that it lacks. */
function pastToFetch(logPath: string): unknown {
  const line = readFileSync(logPath, 'utf8')
    .split('\n')
    .find((one) => one.includes('the past is being fetched'));
  return line === undefined ? undefined : JSON.parse(line);
}

/** Waits until the node's index has what came before and meanwhile, and returns what it finds. */
function untilFound(node: NodeClient, digest: string): Promise<unknown> {
  return eventually(`${digest} at ${node.baseUrl}`, async () => {
    const answer = await node.search({ digest });
    return answer.ok && answer.value.entries.length > 0 ? answer.value : undefined;
  });
}

/**
 * A bundle of the record passes, and what it is made of is what another node answers. The whole bytes may differ: nodes keep
 * certificates of different quorums, and of different blocks.
 */
async function sameRecord(
  t: Test,
  node: NodeClient,
  other: NodeClient,
  { genesis, index, epoch }: { readonly genesis: Uint8Array; readonly index: number; readonly epoch: number },
): Promise<void> {
  for (const one of [node, other]) {
    const report = verify(must(await one.bundle({ index })), { trust: { genesis } });
    t.match(report, { conclusion: 'passed', statements: { epoch } }, `entry ${index} of ${one.baseUrl}`);
  }
  t.strictSame(must(await node.entry({ index })), must(await other.entry({ index })));
  const size = index + 1;
  t.strictSame(
    must(await node.inclusionProof({ index, size })),
    must(await other.inclusionProof({ index, size })),
  );
}
