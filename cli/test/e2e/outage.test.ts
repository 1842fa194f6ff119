import t from 'tap';
import { headersTo, must, untilLogSize } from './ledger.ts';
import { startLoad } from './load.ts';
import { startTestNetwork } from './test-network.ts';

const RECORDS = 200;

t.test('one of four down, then all four killed and restarted: nothing finalized changes', async (t) => {
  const { network, processes, gateway, nodes } = await startTestNetwork(t);
  const [first] = nodes;
  const last = network.nodes.at(-1);
  if (first === undefined || last === undefined) throw new Error('a network has nodes');
  const load = startLoad(gateway);
  t.teardown(() => load.stop());
  await load.more(RECORDS);
  const beforeOutage = must(await first.status());
  const headersBefore = await headersTo(first, beforeOutage.height);

  await processes.process(last.name).kill();
  await untilLogSize(first, beforeOutage.logSize + RECORDS);
  const withThree = must(await first.status());
  const headersWithThree = await headersTo(first, withThree.height);
  t.strictSame(headersWithThree.slice(0, headersBefore.length), headersBefore, 'with one of four down');

  const nodeProcesses = network.nodes.map(({ name }) => processes.process(name));
  await Promise.all(nodeProcesses.map((child) => child.kill()));
  for (const { name } of network.nodes) processes.startNode(name);
  for (const node of network.nodes) await processes.ready(node);

  // Under the load that never stopped, the chain goes on from where it was.
  await untilLogSize(first, withThree.logSize + RECORDS);
  await load.stop();
  for (const node of nodes) {
    await untilLogSize(node, withThree.logSize + RECORDS);
    const headers = await headersTo(node, withThree.height);
    t.strictSame(headers, headersWithThree, `${node.baseUrl}: byte for byte after all four were killed`);
  }
});
