import { eventually } from '../../e2e/eventually.ts';
import { type Lab, logLines, moreFinal, takesPart } from '../lab.ts';

/** The plan gives this host a small disk. */
export const SMALL_DISK_HOST = 3;
/** The plan gives this host a clock of its own. */
export const OWN_CLOCK_HOST = 2;

export function fullDisk(lab: Lab): Promise<void> {
  return lab.scenario('a full disk stops its node, which says so; with space it catches up', async (t) => {
    const { network } = lab;
    const { smallDisk } = network;
    if (smallDisk === undefined) throw new Error('the plan has a small disk');
    const node = network.node(SMALL_DISK_HOST);
    const others = network.nodes.filter(({ index }) => index !== node.index);
    smallDisk.fill();
    const exit = await eventually('the node stops', () => network.process(node).exit());
    t.equal(exit.code, 1, 'it ends by itself, with an error');
    t.match(network.logOf(node), /\[disk-full\]/, 'and a code');
    await moreFinal(others, 200);
    smallDisk.free();
    await network.restart(node);
    await takesPart(lab, node);
  });
}

/**
 * Blocks of a leader whose clock is ahead are refused until their time has come; one whose clock is behind refuses
 * those of others. Either way the node with the wrong clock says so, the chain goes on, and a clock put right is right at
 * once.
 */
export function clockSteps(lab: Lab, offsets: readonly number[]): Promise<void> {
  return lab.scenario('a clock is set wrong, and right again', async (t) => {
    const { network } = lab;
    const node = network.node(OWN_CLOCK_HOST);
    const others = network.nodes.filter(({ index }) => index !== node.index);
    for (const seconds of offsets) {
      const complaints = () => logLines(network, node, 'clock skew').length;
      const before = complaints();
      node.host.setClock(seconds);
      await eventually(`a clock that is ${seconds} s off is noticed where it is wrong`, () =>
        complaints() > before ? true : undefined,
      );
      await moreFinal(others, 200);
      node.host.setClock(0);
      await takesPart(lab, node);
      t.pass(`${seconds} s: noticed, the chain went on, and the node takes part again`);
    }
  });
}
