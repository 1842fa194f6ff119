import { createServer } from 'node:net';
import t from 'tap';
import { findFreeBase, PORT_SPAN, portPlan, requireFree } from '../../src/network/ports.ts';

t.test('no two listeners of a plan share a port, up to 100 nodes', async (t) => {
  const { gateway, nodes } = portPlan(10_000, 100);
  const ports = [...Object.values(gateway), ...nodes.flatMap((node) => Object.values(node))];
  t.equal(new Set(ports).size, ports.length);
  t.ok(Math.max(...ports) < 10_000 + PORT_SPAN && Math.min(...ports) >= 10_000, 'inside the span');
});

t.test('every taken port is named with what it is for', async (t) => {
  const base = await findFreeBase(4);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(base + 1, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const listeners = [base, base + 1, base + 2].map((port, i) => ({
    host: '127.0.0.1',
    port,
    purpose: `p${i}`,
  }));
  await t.rejects(requireFree(listeners), { code: 'port-taken', detail: `127.0.0.1:${base + 1} (p1)` });
  await t.resolves(requireFree(listeners.filter(({ purpose }) => purpose !== 'p1')));
});
