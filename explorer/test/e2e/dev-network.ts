import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayClient, gatewayClient } from '@hufu/api';
import type { Test } from 'tap';

const HUFU = join(import.meta.dirname, '..', '..', '..', 'cli', 'src', 'main.ts');
const START_TIMEOUT_MS = 180_000;
const START_ATTEMPTS = 5;

/** What `hufu dev --json` prints once everything runs and LICENSE is recorded. */
interface DevAnswer {
  readonly network: string;
  readonly anchored: {
    readonly file: string;
    readonly bundle: string;
    readonly index: number;
    readonly id: string;
  };
  readonly gateway: string;
  readonly nodes: readonly { readonly name: string; readonly url: string }[];
}

export interface DevNetwork extends DevAnswer {
  /** The first node's address, which serves the explorer. */
  readonly explorerUrl: string;
  readonly genesisPath: string;
  readonly client: GatewayClient;
}

/** Four real nodes and a gateway by `hufu dev`, in a directory of their own; stopped after the test. */
export async function startDevNetwork(t: Test): Promise<DevNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-explorer-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (let attempt = 1; ; attempt += 1) {
    const dev = join(directory, String(attempt));
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        HUFU,
        'dev',
        '--json',
        '--dir',
        dev,
        '--port-base',
        freeBase(),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    t.teardown(() => stop(child));
    const started = await firstAnswer(child);
    if ('nodes' in started) return describe(started);
    // Another process may take a port between any check and its use: so none is checked, and one tries again.
    const tryAgain = started.stdout.includes('port-taken') && attempt < START_ATTEMPTS;
    if (!tryAgain) throw new Error(`hufu dev ended:\n${started.stdout}\n${started.stderr}`);
  }
}

/** Below the range from which Linux takes the ports of outgoing connections. */
function freeBase(): string {
  return String(randomInt(10_000, 32_000));
}

function describe(answer: DevAnswer): DevNetwork {
  const [first] = answer.nodes;
  if (first === undefined) throw new Error('hufu dev told of no node');
  const apiKey = readFileSync(join(answer.network, 'gateway', 'keys', 'api-key'), 'utf8').trim();
  return {
    ...answer,
    explorerUrl: first.url,
    genesisPath: join(answer.network, 'genesis.json'),
    client: gatewayClient(answer.gateway, { apiKey }),
  };
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** The child's first whole JSON document on stdout, or what it said when it ended without one. */
function firstAnswer(child: ChildProcess): Promise<DevAnswer | Ended> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => reject(new Error(`hufu dev: silent\n${stderr}`)), START_TIMEOUT_MS);
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
      if (!stdout.endsWith('}\n')) return;
      const answer = JSON.parse(stdout);
      if (!('nodes' in answer)) return;
      clearTimeout(timer);
      resolve(answer);
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('exit', () => {
      clearTimeout(timer);
      resolve({ stdout, stderr });
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await exited;
}
