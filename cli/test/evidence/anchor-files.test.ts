import { copyFileSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ErrorCode, gatewayClient, PROBLEM_CONTENT_TYPE, problem } from '@hufu/api';
import { toHex } from '@hufu/crypto';
import t, { type Test } from 'tap';
import { anchorFiles } from '../../src/evidence/anchor-files.ts';
import { hashFile } from '../../src/evidence/hash-file.ts';
import type { Terminal } from '../../src/terminal/terminal.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'testdata', 'example');
const CONTENT = join(EXAMPLE, 'content.txt');
const BUNDLE = readFileSync(join(EXAMPLE, 'content.txt.hufu.json'));
const ID = '1-0';
/** Far longer than any of these take. */
const LONG_MS = 600_000;
/** After which a request without an answer is given up. */
const CALL_MS = 2_000;

const SILENT: Terminal = {
  language: 'en',
  json: false,
  say: (words) => words.en,
  style: (_, text) => text,
  note: () => {},
  data: () => {},
  progress: () => ({ update: () => {}, stop: () => {} }),
};

/** What the gateway does with one request for a record. */
type Reaction = (reply: ServerResponse, take: () => void) => void;

const cutOff: Reaction = (reply) => reply.destroy();
const noAnswer: Reaction = () => {};
const proxyError: Reaction = (reply) => reply.writeHead(502).end('<h1>Bad gateway</h1>');
const taken: Reaction = (_, take) => take();

function refused(code: ErrorCode): Reaction {
  const { status } = problem(code);
  return (reply) =>
    reply.writeHead(status, { 'content-type': PROBLEM_CONTENT_TYPE }).end(JSON.stringify(problem(code)));
}

interface Asked {
  /** The idempotency key of each request for a record. */
  readonly keys: readonly unknown[];
  readonly anchored: Promise<readonly { readonly id: string }[]>;
}

/** Anchors the example's content with a gateway that reacts so, one request after the other, and then as at last. */
async function anchor(
  t: Test,
  reactions: readonly Reaction[],
  { timeoutMs = LONG_MS, callMs = LONG_MS } = {},
): Promise<Asked> {
  const hashed = await hashFile(CONTENT, () => {});
  const digests = { sha256: toHex(hashed.sha256), sm3: toHex(hashed.sm3) };
  const record = { id: ID, serial: 0, receivedAtMs: 1, digests };
  const json = (reply: ServerResponse, status: number, document: unknown): void => {
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  };
  const keys: unknown[] = [];
  const server = createServer((request, reply) => {
    request.resume();
    if (request.url?.endsWith('/proof')) reply.end(BUNDLE);
    else if (request.method === 'GET') {
      const ledger = { index: 0, height: 1, timeMs: 1, logSize: 1 };
      json(reply, 200, { ...record, state: 'finalized', claimedTimeMs: 1, entry: '', ledger });
    } else {
      const react = reactions[keys.length] ?? reactions.at(-1);
      keys.push(request.headers['idempotency-key']);
      react?.(reply, () => json(reply, 202, { ...record, state: 'received', earlier: [] }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = gatewayClient(`http://127.0.0.1:${port}`, { apiKey: 'key', timeoutMs: callMs });
  const file = join(t.testdir({}), 'content.txt');
  copyFileSync(CONTENT, file);
  return { keys, anchored: anchorFiles(client, SILENT, [file], { timeoutMs }) };
}

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

t.test('a record whose answer is lost or late is asked for again, as the same record', async (t) => {
  const inFlight = refused('idempotency-in-flight');
  const reactions = [noAnswer, inFlight, inFlight, cutOff, cutOff, cutOff, proxyError, refused('overloaded')];
  const { keys, anchored } = await anchor(t, [...reactions, taken], { callMs: CALL_MS });
  t.match(await anchored, [{ id: ID }]);
  t.ok(keys.length > reactions.length);
  t.equal(new Set(keys).size, 1);
});

t.test('what the gateway refuses is not asked for again', async (t) => {
  const { keys, anchored } = await anchor(t, [refused('digest-mismatch')]);
  t.match(await failureOf(anchored), { error: { problem: { code: 'digest-mismatch' } } });
  t.equal(keys.length, 1);
});

t.test('what may yet succeed is asked for until the time is over', async (t) => {
  const { keys, anchored } = await anchor(t, [refused('idempotency-in-flight')], { timeoutMs: 1 });
  t.match(await failureOf(anchored), { error: { problem: { code: 'idempotency-in-flight' } } });
  t.ok(keys.length > 0);
});

t.test('a gateway that is not there is no reason to wait', async (t) => {
  const { keys, anchored } = await anchor(t, [cutOff]);
  t.match(await failureOf(anchored), { error: { kind: 'network' } });
  t.equal(keys.length, 2);
});
