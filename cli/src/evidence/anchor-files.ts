import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GatewayClient, Receipt } from '@hufu/api';
import { toHex } from '@hufu/crypto';
import { CliError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { BUNDLE_SUFFIX, writeBundle } from './bundle-file.ts';
import { answerOf, type WaitOptions, waitUntilProven } from './finality.ts';
import { hashFile } from './hash-file.ts';
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
  readonly digests: FileDigestPair;
}

/** Lower-case hex. */
interface FileDigestPair {
  readonly sha256: string;
  readonly sm3: string;
}

interface Hashed {
  readonly file: string;
  readonly sizeBytes: number;
  readonly digests: FileDigestPair;
}

export interface AnchorOptions extends WaitOptions {
  /** Where a file's bundle goes; beside the file by default. */
  readonly bundlePathOf?: (file: string) => string;
}

/**
 * Records files by their digests and writes a bundle for each. Every file is hashed, and found readable, before
 * the first is recorded. Throws `file-unreadable`, `not-final`, or what the gateway says.
 */
export async function anchorFiles(
  client: GatewayClient,
  terminal: Terminal,
  files: readonly string[],
  options: AnchorOptions,
): Promise<Anchored[]> {
  const hashed = await hashAll(terminal, files);
  const recorded: { readonly hashed: Hashed; readonly receipt: Receipt }[] = [];
  for (const one of hashed) recorded.push({ hashed: one, receipt: await post(client, one.digests) });
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
  const what = files.map((file) => basename(file)).join(', ');
  const title = terminal.say({ zh: `计算摘要 ${what}`, en: `hashing ${what}` });
  const progress = terminal.progress(title, totalBytes, 'bytes');
  const hashed: Hashed[] = [];
  let doneBytes = 0;
  try {
    for (const file of files) {
      const { sizeBytes, sha256, sm3 } = await hashFile(file, (bytes) => progress.update(doneBytes + bytes));
      doneBytes += sizeBytes;
      hashed.push({ file, sizeBytes, digests: { sha256: toHex(sha256), sm3: toHex(sm3) } });
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

/** Posts one record. The key makes a repeat after a broken connection the same record, not a second one. */
async function post(client: GatewayClient, digests: FileDigestPair): Promise<Receipt> {
  const idempotencyKey = randomUUID();
  const first = await client.postEvidence({ digests }, { idempotencyKey });
  const isBroken = !first.ok && first.error.kind !== 'problem';
  const answer = isBroken ? await client.postEvidence({ digests }, { idempotencyKey }) : first;
  const posted = answerOf(client, answer);
  if (posted.state !== 'received') throw new Error('an answer with a bundle was not asked for');
  return posted.receipt;
}

async function prove(
  client: GatewayClient,
  { file, sizeBytes, digests }: Hashed,
  id: string,
  options: AnchorOptions,
): Promise<Anchored> {
  const { evidence, bundle } = await waitUntilProven(client, id, options);
  if (evidence.ledger === undefined) throw new CliError('not-final', id);
  const path = options.bundlePathOf?.(file) ?? `${file}${BUNDLE_SUFFIX}`;
  await writeBundle(path, bundle);
  const { index, height, timeMs } = evidence.ledger;
  return { file, bundle: path, id, index, height, timeMs, sizeBytes, digests };
}
