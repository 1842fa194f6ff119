import t from 'tap';
import { entriesTo, headersTo, must, untilHeight, untilLogSize } from './ledger.ts';
import { startLoad } from './load.ts';
import { startTestNetwork } from './test-network.ts';

/** Records that must become final while a node is down, and again after it is back. */
const RECORDS = 200;

t.test('kill -9 of any one node under load: finality goes on, and it catches up without help', async (t) => {
  const { network, processes, gateway, nodes } = await startTestNetwork(t);
  const load = startLoad(gateway);
  t.teardown(() => load.stop());
  await load.more(RECORDS);

  for (const [killed, endpoint] of network.nodes.entries()) {
    const [killedClient] = nodes.slice(killed, killed + 1);
    const [witness] = nodes.filter((_, index) => index !== killed);
    if (killedClient === undefined || witness === undefined) throw new Error('four nodes, four clients');

    await processes.process(endpoint.name).kill();
    const sizeWhenKilled = must(await witness.status()).logSize;
    await load.more(RECORDS);
    const { logSize } = await untilLogSize(witness, sizeWhenKilled + RECORDS);
    t.ok(logSize > sizeWhenKilled, `${endpoint.name} is down and records go on being finalized`);

    const heightWhenRestarted = must(await witness.status()).height;
    processes.startNode(endpoint.name);
    await processes.ready(endpoint);
    // The load goes on, so reaching a fixed height is catching up with a moving chain.
    await untilHeight(killedClient, heightWhenRestarted);
    await load.more(RECORDS);
    const { height } = must(await witness.status());
    const caughtUp = await untilHeight(killedClient, height);
    t.ok(caughtUp.height >= height, `${endpoint.name} is back and has caught up under load`);
  }

  const accepted = await load.stop();
  const finals = await Promise.all(nodes.map((node) => untilLogSize(node, accepted.size)));
  const height = Math.min(...finals.map((status) => status.height));
  const [first, ...others] = await Promise.all(nodes.map((node) => headersTo(node, height)));
  for (const headers of others) t.strictSame(headers, first, 'every node holds the same headers');

  const [node] = nodes;
  if (node === undefined) throw new Error('a network has nodes');
  const entries = await entriesTo(node, must(await node.status()).logSize);
  t.equal(new Set(entries.map(({ id }) => id)).size, entries.length, 'no serial occurs twice');
  const onLedger = new Map(entries.map(({ id, sha256 }) => [id, sha256]));
  const lost = [...accepted].filter(([id, sha256]) => onLedger.get(id) !== sha256);
  t.strictSame(lost, [], 'every record answered 202 is on the ledger');
});
