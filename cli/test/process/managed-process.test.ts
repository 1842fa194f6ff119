import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { describeExit, startProcess } from '../../src/process/managed-process.ts';
import { waitUntilReady } from '../../src/process/readiness.ts';

t.test('a process appends to its log and its end is told once and for all', async (t) => {
  const logPath = join(t.testdir({}), 'log');
  writeFileSync(logPath, 'before\n');
  const child = startProcess('help', ['--help'], logPath);
  t.strictSame(await child.exited, { code: 0, signal: null });
  t.match(readFileSync(logPath, 'utf8'), /^before\nUsage: hufu/);
  t.equal(describeExit(await child.stop(1)), 'exit code 0', 'stopping what has ended changes nothing');
  t.equal(describeExit(await child.kill()), 'exit code 0');
  const wrong = startProcess('wrong', ['no-such-command'], logPath);
  t.equal((await wrong.exited).code, 2);
});

t.test('kill is SIGKILL', async (t) => {
  const child = startProcess('help', ['--help'], join(t.testdir({}), 'log'));
  t.strictSame(await child.kill(), { code: null, signal: 'SIGKILL' });
  t.equal(describeExit(await child.exited), 'signal SIGKILL');
});

t.test(
  'waiting for readiness ends with the log of a process that died, or with the last answer',
  async (t) => {
    const logPath = join(t.testdir({}), 'log');
    const dead = startProcess('wrong', ['no-such-command'], logPath);
    // Port 9 (discard) of loopback: nothing listens there.
    const died = waitUntilReady(dead, 'http://127.0.0.1:9/readyz', 60_000);
    await t.rejects(died, { code: 'process-died', detail: /exit code 2[\s\S]*no-such-command/ });

    const server = createServer((_, response) => response.writeHead(503).end('no quorum'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    const alive = { ...dead, exit: () => undefined };
    const url = `http://127.0.0.1:${address.port}/readyz`;
    await t.rejects(waitUntilReady(alive, url, 1), { code: 'not-ready', detail: /503 no quorum/ });
  },
);
