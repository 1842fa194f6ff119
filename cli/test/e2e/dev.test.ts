import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeClient } from '@hufu/api';
import t, { type Test } from 'tap';
import { describeNetwork } from '../../src/network/describe.ts';
import { networkLayout } from '../../src/network/layout.ts';
import { findFreeBase, isFree, portPlan } from '../../src/network/ports.ts';
import { runHufu } from '../run-hufu.ts';
import { eventually } from './eventually.ts';
import { headersTo, must } from './ledger.ts';
import { temporaryDirectory } from './test-network.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const LICENSE = join(import.meta.dirname, '..', '..', '..', 'LICENSE');

/** `hufu dev` in the foreground; what it prints is collected. */
function startDev(t: Test, directory: string, base: number): { child: ChildProcess; stdout(): string } {
  const args = ['dev', '--json', '--dir', directory, '--port-base', String(base)];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  t.teardown(() => child.kill('SIGKILL'));
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) t.comment(stderr);
  });
  return { child, stdout: () => stdout };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

async function allFree(base: number): Promise<true | undefined> {
  const plan = portPlan(base, 4);
  const ports = [...Object.values(plan.gateway), ...plan.nodes.flatMap((node) => Object.values(node))];
  const free = await Promise.all(ports.map((port) => isFree('127.0.0.1', port)));
  return free.every((one) => one) ? true : undefined;
}

t.test(
  'npm start: a file is recorded and verified, Ctrl-C stops all, the next start continues',
  async (t) => {
    const directory = join(temporaryDirectory(t), 'dev');
    const base = await findFreeBase(4);
    const first = startDev(t, directory, base);
    const firstAnswer = await eventually('hufu dev answers', () => parsed(first.stdout()), 120_000);
    const bundle = firstAnswer.anchored.bundle;
    const genesis = networkLayout(directory).genesisPath;

    t.equal((await fetch(firstAnswer.docs)).status, 200, 'the API document is served');
    for (const { name, url } of firstAnswer.nodes) {
      const page = await fetch(`${url}/`);
      t.match(page.headers.get('content-type'), /text\/html/, `${name} serves the explorer`);
    }
    const verified = await runHufu(['verify', bundle, LICENSE, '--genesis', genesis]);
    t.equal(verified.code, 0, 'the bundle verifies against the repository’s LICENSE');
    t.equal((await runHufu(['status', '--network', directory])).code, 0);

    const fetched = join(directory, 'fetched.hufu.json');
    const id = firstAnswer.anchored.id;
    t.equal((await runHufu(['proof', id, '--network', directory, '--out', fetched])).code, 0);
    t.equal((await runHufu(['verify', fetched, LICENSE, '--genesis', genesis])).code, 0);
    t.equal((await runHufu(['proof', '0-999999', '--network', directory])).code, 4, 'no such evidence');

    const node = nodeClient(firstAnswer.nodes[0].url);
    const { height } = must(await node.status());
    const headers = await headersTo(node, height);
    first.child.kill('SIGINT');
    t.equal(await exitOf(first.child), 0, 'Ctrl-C ends it with 0');
    t.ok(await allFree(base), 'and nothing listens any more');

    const second = startDev(t, directory, base);
    const secondAnswer = await eventually('hufu dev answers again', () => parsed(second.stdout()), 120_000);
    t.ok(secondAnswer.height > height, 'the chain has grown');
    t.strictSame(await headersTo(node, height), headers, 'and what was there is the same, byte for byte');

    const network = await describeNetwork(networkLayout(directory));
    second.child.kill('SIGKILL');
    await eventually('no process outlives its killed supervisor', () => allFree(base));
    t.match(readFileSync(network.layout.gateway.logPath, 'utf8'), /./, 'the gateway has a log');
  },
);

t.test('a taken port is named, with what it is for, before anything is started', async (t) => {
  const directory = join(temporaryDirectory(t), 'dev');
  const base = await findFreeBase(4);
  const first = startDev(t, directory, base);
  await eventually('hufu dev answers', () => parsed(first.stdout()), 120_000);
  const other = await runHufu(['dev', '--once', '--dir', `${directory}-2`, '--port-base', String(base)]);
  t.equal(other.code, 1);
  t.match(other.stderr, /\[port-taken\]/);
  t.match(other.stderr, new RegExp(`127\\.0\\.0\\.1:${base + 1} \\(broker HTTP\\)`));
  first.child.kill('SIGTERM');
  t.equal(await exitOf(first.child), 0, 'SIGTERM ends it with 0 too');
});

/** The answer of `hufu dev --json`, once it has been printed as a whole. */
function parsed(text: string): DevAnswer | undefined {
  return text.endsWith('}\n') ? JSON.parse(text) : undefined;
}

interface DevAnswer {
  readonly height: number;
  readonly anchored: { readonly id: string; readonly bundle: string };
  readonly docs: string;
  readonly nodes: readonly [{ readonly name: string; readonly url: string }];
}
