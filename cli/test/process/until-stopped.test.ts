import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';

const SOURCE = join(import.meta.dirname, '..', '..', 'src', 'process', 'until-stopped.ts');

/** Serves until it is asked to stop, then frees what it holds, as a node or gateway does. */
const SUPERVISED = `
  import { createServer } from 'node:http';
  import { untilStopped } from ${JSON.stringify(SOURCE)};
  const stopped = untilStopped();
  const server = createServer();
  server.listen(0, '127.0.0.1', () => process.send('ready'));
  console.log(await stopped);
  server.close();
`;

for (const [how, why] of [
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['disconnect', 'parent-gone'],
] as const) {
  t.test(`a supervised process that has stopped because of ${why} ends by itself`, async (t) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SUPERVISED], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    if (child.stdout === null) throw new Error('its output is a pipe');
    const output = text(child.stdout);
    await once(child, 'message');
    // Not 'close': it does not come after `disconnect`.
    const exited = once(child, 'exit');
    if (how === 'disconnect') child.disconnect();
    else child.kill(how);
    t.strictSame(await exited, [0, null], 'neither killed nor waiting for its supervisor');
    t.equal((await output).trim(), why);
  });
}
