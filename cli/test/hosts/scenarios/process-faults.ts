import { must } from '../../e2e/ledger.ts';
import { byzantineBound, type Lab, leaderOf, moreFinal, takesPart } from '../lab.ts';

/** As many as may be lost are killed at once, the leader among them. */
export function leaderKilled(lab: Lab): Promise<void> {
  return lab.scenario('kill -9 of the leader under load', async (t) => {
    const { network } = lab;
    const { nodes } = network;
    await moreFinal(nodes, 100);
    const leader = await leaderOf(network);
    const killed = Array.from({ length: byzantineBound(nodes.length) }, (_, next) => {
      return network.node((leader.index + next) % nodes.length);
    });
    await Promise.all(killed.map((node) => network.process(node).kill()));
    await moreFinal(
      nodes.filter((node) => !killed.includes(node)),
      400,
    );
    for (const node of killed) await network.restart(node);
    for (const node of killed) await takesPart(lab, node);
    t.equal(killed.length, byzantineBound(nodes.length), 'all that were killed lead blocks again');
  });
}

/** A frozen process has open connections and keys, and believes when it wakes that no time has passed. */
export function frozen(lab: Lab): Promise<void> {
  return lab.scenario(
    'SIGSTOP under load, then SIGCONT: it goes on without a fork or a restart',
    async (t) => {
      const { network } = lab;
      const node = network.node(1);
      const others = network.nodes.filter(({ index }) => index !== node.index);
      network.freeze(node);
      await moreFinal(others, 1000);
      network.thaw(node);
      await takesPart(lab, node);
      t.equal(network.process(node).exit(), undefined, 'it is the same process');
      t.equal(must(await node.client.status()).observer, false, 'and a validator');
    },
  );
}
