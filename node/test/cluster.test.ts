import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallError, CertificateFields, NodeClient } from '@hufu/api';
import { verify } from '@hufu/proof';
import t from 'tap';
import { TestCluster } from './support/cluster.ts';
import { createSubmission, evidenceContent } from './support/network.ts';

/** Before a refused submission is sent again. */
const RETRY_MS = 20;
/** For a machine that has much else to do. */
const TIMEOUT_MS = 240_000;

/** Submits through one node until `until` records are taken, again whatever was refused for now. */
async function submitUpTo(
  cluster: TestCluster,
  via: () => number,
  from: number,
  upTo: number,
  size = 50,
): Promise<void> {
  let serial = from;
  while (serial < upTo) {
    const count = Math.min(size, upTo - serial);
    const reply = await cluster
      .client(via())
      .submit({ body: createSubmission(cluster.network, serial, count) });
    if (reply.ok) {
      serial += count;
    } else {
      serial = resumeAt(reply.error, serial);
      await delay(RETRY_MS);
    }
  }
}

/** Where to go on after a refusal. */
function resumeAt(error: CallError, serial: number): number {
  if (error.kind !== 'problem') return serial;
  return error.problem.nextSerial ?? serial;
}

/** Damages the middle of a stopped node's write-ahead log. */
function flipByteOfWriteAheadLog(nodePath: string): void {
  const directory = join(nodePath, 'data/wal');
  const [file] = readdirSync(directory);
  if (file === undefined) throw new Error('no write-ahead log');
  const bytes = readFileSync(join(directory, file));
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(join(directory, file), bytes);
}

/** Who signed a certificate. */
function signersOf(certificate: CertificateFields | undefined): number[] {
  const bitmap = BigInt(`0x${certificate?.bitmap ?? '0'}`);
  // One byte for four validators, bit i for validator i.
  return [0, 1, 2, 3].filter((index) => (bitmap >> BigInt(index)) & 1n);
}

t.setTimeout(TIMEOUT_MS);

t.test(
  'four processes: records finalize everywhere, survive kill -9 of one and of all',
  { timeout: TIMEOUT_MS },
  async (t) => {
    const cluster = await TestCluster.create(4);
    t.teardown(() => cluster.destroy());
    await cluster.startAll();

    await t.test('submissions over HTTP become final on all four', { timeout: TIMEOUT_MS }, async (t) => {
      await submitUpTo(cluster, () => 0, 0, 500);
      const statuses = await Promise.all(
        [0, 1, 2, 3].map((index) => cluster.until(index, ({ logSize }) => logSize === 500)),
      );
      t.equal(new Set(statuses.map(({ chainId }) => chainId.sha256)).size, 1);
      const ready = await fetch(`${cluster.opsUrl(0)}/readyz`);
      t.equal(ready.status, 200);
      const metrics = await (await fetch(`${cluster.opsUrl(0)}/metrics`)).text();
      t.match(metrics, /hufu_log_entries 500/);
    });

    await t.test(
      'every node gives bundles that verify, and tells content that differs',
      { timeout: TIMEOUT_MS },
      async (t) => {
        for (const index of [0, 3]) {
          const entry = await cluster.client(index).gatewayEntry({ gateway: 0, serial: 123 });
          if (!entry.ok) throw new Error('no entry 123');
          const bundle = await cluster.client(index).bundle({ index: entry.value.index });
          if (!bundle.ok) throw new Error('no bundle');
          const trust = { genesis: cluster.network.genesisBytes };
          const right = verify(bundle.value, { trust, content: evidenceContent(123) });
          t.equal(right.conclusion, 'passed');
          t.equal(verify(bundle.value, { trust, content: evidenceContent(124) }).conclusion, 'failed');
        }
      },
    );

    await t.test(
      'one node killed under load: the rest go on, and it catches up when restarted',
      { timeout: TIMEOUT_MS },
      async () => {
        const load = submitUpTo(cluster, () => 0, 500, 3000);
        await cluster.until(1, ({ logSize }) => logSize > 800);
        await cluster.end(3, 'SIGKILL');
        await load;
        await cluster.until(0, ({ logSize }) => logSize === 3000);
        await cluster.start(3);
        await cluster.until(3, ({ logSize }) => logSize === 3000);
      },
    );

    await t.test(
      'all four killed under load and restarted continue the same log',
      { timeout: TIMEOUT_MS },
      async (t) => {
        const before = await cluster.client(0).block({ height: 1 });
        const load = submitUpTo(cluster, () => 0, 3000, 3500);
        await cluster.until(2, ({ logSize }) => logSize > 3050);
        await Promise.all([0, 1, 2, 3].map((index) => cluster.end(index, 'SIGKILL')));
        await cluster.startAll();
        await load;
        await submitUpTo(cluster, () => 1, 3500, 4000);
        for (const index of [0, 1, 2, 3]) await cluster.until(index, ({ logSize }) => logSize === 4000);
        t.strictSame(await cluster.client(0).block({ height: 1 }), before);
        // Another node may hold a certificate of other signers; the header is the same.
        const others = await Promise.all(
          [1, 2, 3].map((index) => cluster.client(index).block({ height: 1 })),
        );
        for (const other of others) t.equal(headerOf(other), headerOf(before));
        const roots = await Promise.all([0, 1, 2, 3].map((index) => cluster.client(index).checkpoint()));
        t.ok(roots.every((root) => root.ok && root.value.logSize === 4000));
      },
    );

    await t.test(
      'a node whose write-ahead log is damaged observes, says so, and follows',
      { timeout: TIMEOUT_MS },
      async (t) => {
        t.equal(await cluster.end(3, 'SIGTERM'), 0);
        flipByteOfWriteAheadLog(cluster.nodePath(3));
        await cluster.start(3);
        t.match(await cluster.status(3), { observer: true, observerReason: /damaged/ });
        t.equal((await fetch(`${cluster.opsUrl(3)}/healthz`)).status, 200);
        t.equal((await fetch(`${cluster.opsUrl(3)}/readyz`)).status, 503);
        const refused = await cluster.client(3).submit({ body: createSubmission(cluster.network, 4000, 1) });
        t.match(refused, { ok: false, error: { status: 503 } });
        await submitUpTo(cluster, () => 0, 4000, 4200);
        await cluster.until(3, ({ logSize }) => logSize === 4200);
        const checkpoint = await cluster.client(0).checkpoint();
        if (!checkpoint.ok) throw new Error('no checkpoint');
        t.strictSame(signersOf(checkpoint.value.certificates[0]), [0, 1, 2], 'it has signed nothing');
      },
    );

    await t.test('SIGTERM ends a node cleanly', { timeout: TIMEOUT_MS }, async (t) => {
      for (const index of [0, 1, 2, 3]) t.equal(await cluster.end(index, 'SIGTERM'), 0);
    });
  },
);

function headerOf(answer: Awaited<ReturnType<NodeClient['block']>>): string {
  if (!answer.ok) throw new Error(answer.error.kind);
  return answer.value.headerBytes;
}
