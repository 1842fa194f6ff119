import { byzantineBound, type Lab, logSizes, moreAccepted, moreFinal, takesPart } from '../lab.ts';

/** 50 ms one way and 1 % of all frames lost: an ordinary bad day between two cities. */
export function delayAndLoss(lab: Lab): Promise<void> {
  return lab.scenario('50 ms of delay, 1 % of frames lost', async (t) => {
    const { wan, nodes } = lab.network;
    const before = await wan.set({ delayMs: 50, loss: 0.01 });
    await moreFinal(nodes, 400);
    const after = await wan.set({});
    const lost = after.lost - before.lost;
    t.ok(lost > (after.forwarded - before.forwarded) / 200, `${lost} frames were really lost`);
  });
}

export function halves(lab: Lab): Promise<void> {
  const name =
    'no group of hosts has a quorum: nothing is final anywhere, and all of it when they meet again';
  return lab.scenario(name, async (t, load) => {
    const { wan, nodes } = lab.network;
    await moreFinal(nodes, 100);
    const hosts = nodes.map(({ index }) => index);
    const middle = Math.ceil(hosts.length / 2);
    await wan.set({ groups: [hosts.slice(0, middle), hosts.slice(middle)] });
    // What was on its way when the network was cut has arrived when these have been accepted.
    await moreAccepted(load, 200);
    const whenCut = await logSizes(nodes);
    await moreAccepted(load, 800);
    t.strictSame(await logSizes(nodes), whenCut, 'nothing is final in either half');
    await wan.set({});
    await moreFinal(nodes, 1000);
  });
}

export function minority(lab: Lab): Promise<void> {
  return lab.scenario(
    'a minority is cut off: the others go on, and it follows when it is back',
    async (t) => {
      const { wan, nodes } = lab.network;
      const f = byzantineBound(nodes.length);
      const [majority, cutOff] = [nodes.slice(0, -f), nodes.slice(-f)];
      await wan.set({ groups: [majority.map(({ index }) => index), cutOff.map(({ index }) => index)] });
      await moreFinal(majority, 200);
      const whenCut = await logSizes(cutOff);
      await moreFinal(majority, 800);
      t.strictSame(await logSizes(cutOff), whenCut, 'nothing is final for the few');
      await wan.set({});
      for (const node of cutOff) await takesPart(lab, node);
    },
  );
}
