import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayClient, PostedEvidence, Receipt } from '@hufu/api';
import { toHex } from '@hufu/crypto';
import { CliError } from '../errors.ts';
import { ServerError } from '../failure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { BUNDLE_SUFFIX, requireSound, writeBundle } from './bundle-file.ts';
import { isTransient, POLL_MS, type WaitOptions, waitUntilProven } from './finality.ts';
import { type FileDigests, hashFile } from './hash-file.ts';
import { unreadable } from './unreadable.ts';

/** What one file became. */
export interface Anchored {
  readonly file: string;
  readonly bundle: string;
  /** Number of the evidence. */
  readonly id: string;
  /** Position in the log. */
  readonly index: number;
  readonly height: number;
  readonly timeMs: number;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly digests: { readonly sha256: string; readonly sm3: string };
}

interface Hashed {
  readonly file: string;
  readonly digests: FileDigests;
}

export interface AnchorOptions extends WaitOptions {
  /** Where a file's bundle goes; beside the file by default. */
  readonly bundlePathOf?: (file: string) => string;
}

/**
 * Records files by their digests and writes a bundle for each. Every file is hashed, and found readable, before
 * the first is recorded; each bundle is checked to be about its file. Throws `file-not-found`, `file-unreadable`,
 * `not-final`, `proof-not-passed`, or what the gateway says.
 */
export async function anchorFiles(
  client: GatewayClient,
  terminal: Terminal,
  files: readonly string[],
  options: AnchorOptions,
): Promise<Anchored[]> {
  const hashed = await hashAll(terminal, files);
  const recorded: { readonly hashed: Hashed; readonly receipt: Receipt }[] = [];
  for (const one of hashed) recorded.push({ hashed: one, receipt: await post(client, one.digests, options) });
  const title = terminal.say({ zh: '等待上链确认', en: 'waiting for finality' });
  const progress = terminal.progress(title, files.length, 'steps');
  const anchored: Anchored[] = [];
  try {
    for (const { hashed, receipt } of recorded) {
      anchored.push(await prove(client, hashed, receipt.id, options));
      progress.update(anchored.length);
    }
  } finally {
    progress.stop();
  }
  return anchored;
}

async function hashAll(terminal: Terminal, files: readonly string[]): Promise<Hashed[]> {
  const sizes = await Promise.all(files.map(sizeOf));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const [first = ''] = files;
  const title =
    files.length === 1
      ? terminal.say({ zh: `计算摘要 ${basename(first)}`, en: `hashing ${basename(first)}` })
      : terminal.say({ zh: `计算 ${files.length} 个文件的摘要`, en: `hashing ${files.length} files` });
  const progress = terminal.progress(title, totalBytes, 'bytes');
  const hashed: Hashed[] = [];
  let doneBytes = 0;
  try {
    for (const file of files) {
      const digests = await hashFile(file, (bytes) => progress.update(doneBytes + bytes));
      doneBytes += digests.sizeBytes;
      hashed.push({ file, digests });
    }
  } finally {
    progress.stop();
  }
  return hashed;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Posts one record, again and again until the gateway says that it has it, or that it will not. The key makes all of them the
 * same record: one whose answer is lost or late may have been taken. A gateway that was never heard is asked twice only.
 */
async function post(
  client: GatewayClient,
  { sha256, sm3 }: FileDigests,
  { timeoutMs, signal }: WaitOptions,
): Promise<Receipt> {
  const idempotencyKey = randomUUID();
  const digests = { sha256: toHex(sha256), sm3: toHex(sm3) };
  const deadlineMs = performance.now() + timeoutMs;
  for (let asked = 1, isHeard = false; ; asked += 1) {
    const answer = await client.postEvidence({ digests }, { idempotencyKey });
    if (answer.ok) return receiptOf(answer.value);
    const { error } = answer;
    isHeard ||= error.kind !== 'network';
    const leftMs = deadlineMs - performance.now();
    if (!isTransient(error) || leftMs <= 0 || (!isHeard && asked === 2)) {
      throw new ServerError(client.baseUrl, error);
    }
    const namedMs = error.kind === 'problem' ? error.retryAfterMs : undefined;
    await delay(Math.min(namedMs ?? POLL_MS, leftMs), undefined, { signal });
  }
}

function receiptOf(posted: PostedEvidence): Receipt {
  if (posted.state !== 'received') throw new Error('an answer with a bundle was not asked for');
  return posted.receipt;
}

async function prove(
  client: GatewayClient,
  { file, digests }: Hashed,
  id: string,
  options: AnchorOptions,
): Promise<Anchored> {
  const { evidence, bundle } = await waitUntilProven(client, id, options);
  if (evidence.ledger === undefined) throw new CliError('not-final', id);
  requireSound(bundle, digests);
  const path = options.bundlePathOf?.(file) ?? `${file}${BUNDLE_SUFFIX}`;
  await writeBundle(path, bundle);
  const { index, height, timeMs } = evidence.ledger;
  const { sizeBytes, sha256, sm3 } = digests;
  const hex = { sha256: toHex(sha256), sm3: toHex(sm3) };
  return { file, bundle: path, id, index, height, timeMs, sizeBytes, digests: hex };
}
