import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from './eventually.ts';
import { change, makeNextKeys } from './governed.ts';
import { must, untilHeight, untilLogSize, untilSigned } from './ledger.ts';
import { startLoad } from './load.ts';
import { clientOf, startTestNetwork, type TestNetwork } from './test-network.ts';

const RECORDS = 50;
/** The validator that loses its data. */
const UNLUCKY = 'ca';
const UNLUCKY_INDEX = 2;

/** For a machine that has much else to do. */
t.setTimeout(300_000);

t.test(
  'a validator that lost its data signs nothing with its keys, and votes again with others',
  async (t) => {
    const running = await startTestNetwork(t);
    const { network, processes, gateway } = running;
    const first = clientOf(running, 0);
    const unlucky = clientOf(running, UNLUCKY_INDEX);
    const load = startLoad(gateway);
    t.teardown(() => load.stop());
    await load.more(RECORDS);

    await loseData(running);
    await untilHeight(unlucky, must(await first.status()).height);
    const reason = /another data directory.*rotate them to vote again/;
    t.match(must(await unlucky.status()), { observer: true, node: { index: null } }, 'it follows');
    t.match(await whyNotReady(running), reason, 'and says why, and what helps');

    const nextPath = await makeNextKeys(running, UNLUCKY);
    await processes.process(UNLUCKY).stop(10_000);
    await start(running);
    t.match(must(await unlucky.status()), { observer: true }, 'new keys that no epoch names change nothing');
    const done = await change(
      running,
      join(network.layout.directory, 'rotate.json'),
      ['--rotate', join(nextPath, 'card.json')],
      ['broker', 'exchange-infra', 'notary'],
      { node: unlucky.baseUrl, keys: nextPath },
    );
    t.match(done, /epoch 1 has begun/);
    await untilSigned(first, 1, UNLUCKY_INDEX);
    t.match(must(await unlucky.status()), { observer: false, node: { index: UNLUCKY_INDEX } }, 'it votes');

    await processes.process(UNLUCKY).stop(10_000);
    const { keysPath } = network.layout.node(UNLUCKY);
    for (const file of readdirSync(nextPath)) renameSync(join(nextPath, file), join(keysPath, file));
    rmSync(nextPath, { recursive: true });
    await start(running);
    t.match(must(await unlucky.status()), { observer: false }, 'and so it does when they are its only ones');
    // Three of four are a quorum: nothing is final from here on without it.
    await processes.process('notary').kill();
    const { logSize } = must(await first.status());
    await load.more(RECORDS);
    await untilLogSize(first, logSize + RECORDS);
  },
);

/** Its disk is new after a crash. */
async function loseData(running: TestNetwork): Promise<void> {
  const { network, processes } = running;
  await processes.process(UNLUCKY).kill();
  rmSync(join(network.layout.node(UNLUCKY).directory, 'data'), { recursive: true });
  await start(running);
}

/** Not until it is ready: a node that observes never is, and serves all the same. */
async function start({ processes, nodes }: TestNetwork): Promise<void> {
  processes.startNode(UNLUCKY);
  await eventually('an answer of the node', async () => {
    const status = await nodes[UNLUCKY_INDEX]?.status();
    return status?.ok === true ? true : undefined;
  });
}

/** What its operator is told. */
async function whyNotReady({ network }: TestNetwork): Promise<string> {
  const opsUrl = network.nodes.find(({ name }) => name === UNLUCKY)?.opsUrl;
  return eventually('a reason', async () => {
    const response = await fetch(`${opsUrl}/readyz`);
    return response.status === 503 ? response.text() : undefined;
  });
}
