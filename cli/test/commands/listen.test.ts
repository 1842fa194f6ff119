import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { networkLayout } from '../../src/network/layout.ts';
import { findFreeBase, portPlan } from '../../src/network/ports.ts';
import { type HufuResult, runHufu } from '../run-hufu.ts';

/** Of no machine: kept for documents (RFC 5737). */
const FOREIGN_HOST = '192.0.2.1';

async function occupy(t: Test, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
}

t.test('a process that cannot listen says where and what to do, not a stack', async (t) => {
  const cwd = t.testdir({});
  const base = await findFreeBase(1);
  const { gateway, nodes } = portPlan(base, 1);
  const [ports] = nodes;
  if (ports === undefined) throw new Error('a plan of one node');
  await runHufu(['testnet', '--nodes', '1', '--out', 'net', '--port-base', String(base)], { cwd });
  const layout = networkLayout(join(cwd, 'net'));
  const configs = { node: layout.node('broker').configPath, gateway: layout.gateway.configPath };
  const started = (what: keyof typeof configs): Promise<HufuResult> =>
    runHufu([what, 'start', '--config', configs[what]], { cwd });
  const check = ({ code, stderr }: HufuResult, exit: number, error: string, detail: RegExp): void => {
    t.equal(code, exit);
    t.match(stderr, new RegExp(`\\[${error}\\]`));
    t.match(stderr, detail);
    t.match(stderr, /→ .*listen/);
    t.notMatch(stderr, /\n\s+at /);
  };

  for (const what of ['node', 'gateway'] as const) {
    const text = readFileSync(configs[what], 'utf8');
    const port = what === 'node' ? ports.http : gateway.http;
    writeFileSync(configs[what], text.replace(`127.0.0.1:${port}`, `${FOREIGN_HOST}:${port}`));
    check(await started(what), 2, 'address-unusable', new RegExp(`EADDRNOTAVAIL.* ${FOREIGN_HOST}`));
    writeFileSync(configs[what], text);
  }
  for (const [what, port] of [
    ['gateway', gateway.http],
    ['node', ports.http],
    ['node', ports.p2p],
  ] as const) {
    await occupy(t, port);
    check(await started(what), 1, 'port-taken', new RegExp(`EADDRINUSE.* 127.0.0.1:${port}`));
  }
});
