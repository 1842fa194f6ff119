import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checker, gatewayClient, LineResultSchema } from '@hufu/api';
import { toHex } from '@hufu/crypto';
import { decodeEntry } from '@hufu/proof';
import t, { type Test } from 'tap';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { startReferenceNode } from '../support/reference-node.ts';
import { until } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('gateway-process.ts', import.meta.url));

/** Files of a gateway whose process can be started again and again. */
function prepare(
  t: Test,
  ledger: ReferenceLedger,
  nodes: readonly string[],
): { toml: string; keyFile: string } {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-kill-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'genesis.json'), ledger.network.genesisBytes);
  writeFileSync(join(directory, 'key.pem'), ledger.network.gatewayKeyPem, { mode: 0o600 });
  const toml = join(directory, 'gateway.toml');
  writeFileSync(
    toml,
    [
      'name = "g"',
      'genesis = "genesis.json"',
      'gateway = 0',
      'key = "key.pem"',
      'data = "data"',
      `nodes = ${JSON.stringify(nodes)}`,
      'apiKeyFile = "api-key"',
      '[http]\nlisten = "127.0.0.1:0"',
      '[ops]\nlisten = "127.0.0.1:0"',
      '[log]\nlevel = "silent"',
    ].join('\n'),
  );
  return { toml, keyFile: join(directory, 'api-key') };
}

async function start(t: Test, toml: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [PROGRAM, toml], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const { ready } = JSON.parse(line);
    if (typeof ready === 'string') return { child, url: ready };
  }
  throw new Error('the gateway ended before it was ready');
}

const checkLine = checker(LineResultSchema);

/** Posts single records and streams of lines until the gateway is gone; notes what was acknowledged. */
class Load {
  /** Digest by serial, of everything answered 202. */
  readonly acknowledged = new Map<number, string>();
  #count = 0;

  #next(): string {
    this.#count += 1;
    return createHash('sha256').update(`${this.#count}`).digest('hex');
  }

  async single(url: string, apiKey: string): Promise<void> {
    const client = gatewayClient(url, { apiKey });
    for (;;) {
      const sha256 = this.#next();
      const posted = await client.postEvidence({ digests: { sha256 } });
      if (!posted.ok && posted.error.kind !== 'problem') return;
      if (posted.ok && posted.value.state === 'received') {
        this.acknowledged.set(posted.value.receipt.serial, sha256);
      }
    }
  }

  async stream(url: string, apiKey: string): Promise<void> {
    for (;;) {
      const digests = Array.from({ length: 2_000 }, () => this.#next());
      const body = digests.map((sha256) => `{"digests":{"sha256":"${sha256}"}}\n`).join('');
      try {
        const response = await fetch(`${url}/v1/evidence/batch`, {
          method: 'POST',
          body,
          headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
        });
        if (response.body === null) return;
        let rest = '';
        for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) this.#note(line, digests);
        }
      } catch {
        return;
      }
    }
  }

  #note(line: string, digests: readonly string[]): void {
    const result = checkLine(JSON.parse(line));
    if (!result.ok || !('serial' in result.value)) return;
    this.acknowledged.set(result.value.serial, digests[result.value.line - 1] ?? '');
  }
}

// Several starts of a process, on a machine that may be busy.
t.setTimeout(240_000);

t.test('kill -9 under load: what was answered 202 is on the ledger exactly once', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const committing = setInterval(() => {
    if (ledger.waiting > 0) ledger.commit();
  }, 20);
  t.teardown(() => clearInterval(committing));
  let first = await startReferenceNode(ledger);
  const second = await startReferenceNode(ledger);
  t.teardown(() => first.stop());
  t.teardown(() => second.stop());
  const { port } = new URL(first.url);
  const { toml, keyFile } = prepare(t, ledger, [first.url, second.url]);
  const load = new Load();
  for (const round of [1, 2]) {
    const { child, url } = await start(t, toml);
    const apiKey = readFileSync(keyFile, 'utf8').trim();
    const clients = [load.single(url, apiKey), load.single(url, apiKey), load.stream(url, apiKey)];
    const before = load.acknowledged.size;
    await until('records are acknowledged', () => load.acknowledged.size > before + 1_500);
    // In one round the node in use goes too, and comes back with nothing of what it had taken.
    if (round % 2 === 0) {
      await first.stop();
      ledger.loseWaiting();
    }
    await sleep(37 * round);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await Promise.all(clients);
    if (round % 2 === 0) first = await startReferenceNode(ledger, {}, Number(port));
  }
  const { child, url } = await start(t, toml);
  const client = gatewayClient(url, { apiKey: readFileSync(keyFile, 'utf8').trim() });
  const last = Math.max(...load.acknowledged.keys());
  await until(
    'everything is final',
    async () => {
      const evidence = await client.evidence({ id: `0-${last}` });
      return evidence.ok && evidence.value.state === 'finalized';
    },
    60_000,
  );
  const ledgerDigests = ledger.entries.map((bytes, index) => {
    const entry = decodeEntry(bytes);
    if (!entry.ok || entry.value.serial !== index) throw new Error(`entry ${index} has another serial`);
    return toHex(entry.value.digests.sha256 ?? new Uint8Array());
  });
  t.equal(new Set(ledgerDigests).size, ledgerDigests.length, 'no digest twice');
  let missing = 0;
  for (const [serial, digest] of load.acknowledged) if (ledgerDigests[serial] !== digest) missing += 1;
  t.equal(missing, 0, `all ${load.acknowledged.size} acknowledged records are under their serials`);
  child.kill('SIGTERM');
  await once(child, 'exit');
  t.equal(child.exitCode, 0, 'asked to stop, it ends by itself');
});

t.test('a second gateway on the same directory is refused', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const { toml } = prepare(t, ledger, ['http://127.0.0.1:9']);
  const { child } = await start(t, toml);
  const other = spawn(process.execPath, [PROGRAM, toml], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  other.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await once(other, 'exit');
  t.match(errors, /DataInUseError/);
  t.equal(child.exitCode, null, 'the first goes on');
});

t.test('the log never holds an API key, whatever is asked', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const { toml, keyFile } = prepare(t, ledger, ['http://127.0.0.1:9']);
  writeFileSync(toml, readFileSync(toml, 'utf8').replace('"silent"', '"trace"'));
  const { child, url } = await start(t, toml);
  let log = '';
  child.stdout?.on('data', (chunk) => {
    log += chunk;
  });
  const token = readFileSync(keyFile, 'utf8').trim();
  for (const [method, path, body] of [
    ['GET', '/v1/evidence', undefined],
    ['POST', '/v1/evidence', `{"digests":{"sha256":"${'a'.repeat(64)}"}}`],
    ['POST', '/v1/evidence', `{"token":"${token}"}`],
    ['GET', `/v1/evidence/${token}`, undefined],
    ['GET', `/${token}`, undefined],
  ] as const) {
    await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
  }
  child.kill('SIGTERM');
  await once(child, 'exit');
  t.match(log, /gateway stopped/);
  t.notMatch(log, token.split('_')[2] ?? token);
});

t.test('a gateway that cannot listen ends by itself', async (t) => {
  const ledger = new ReferenceLedger(referenceNetwork());
  const { toml } = prepare(t, ledger, ['http://127.0.0.1:9']);
  const node = await startReferenceNode(ledger);
  t.teardown(() => node.stop());
  writeFileSync(toml, readFileSync(toml, 'utf8').replace('127.0.0.1:0', new URL(node.url).host));
  const refused = spawn(process.execPath, [PROGRAM, toml], { stdio: 'ignore' });
  const [code] = await once(refused, 'exit');
  t.equal(code, 1);
});
