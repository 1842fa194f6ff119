import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../e2e/eventually.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures', 'world-with-hosts.ts');

/** Starts a program that makes two hosts, runs a process on one, says where the world's directory is, and waits. */
async function startFixture(t: Test): Promise<{ child: ChildProcess; directory: string }> {
  const child = spawn(process.execPath, [FIXTURE], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const directory = await eventually('the world is there', () => /^ready (\S+)\n/m.exec(output)?.[1]);
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return { child, directory };
}

/** Processes of the world: all those that have its directory in their environment. */
function processesOf(directory: string): string[] {
  return globSync('/proc/[0-9]*/environ').filter((path) => contentOf(path).includes(directory));
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

t.test('a world that ends leaves nothing, however it ends', async (t) => {
  const ownNetwork = readlinkSync('/proc/self/ns/net');
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const { child, directory } = await startFixture(t);
    const inside = processesOf(directory);
    t.ok(inside.length >= 3, `${inside.length} processes live in it`);
    t.equal(readFileSync('/proc/self/mounts', 'utf8').includes(directory), false, 'its mounts are its own');
    t.equal(readlinkSync('/proc/self/ns/net'), ownNetwork, 'and so is its network');

    // As a terminal does: Ctrl-C goes to the whole group, while a kill hits one process.
    const group = signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0);
    process.kill(group, signal);
    await eventually(`${signal}: no process is left`, () =>
      processesOf(directory).length === 0 ? true : undefined,
    );
    // The one thing that a process which is killed at once cannot remove.
    if (signal !== 'SIGKILL')
      await eventually('nor a file', () => (existsSync(directory) ? undefined : true));
    t.pass(`${signal}: nothing is left`);
  }
});
