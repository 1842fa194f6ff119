import { approvalSignBytes, readinessSignBytes } from '@hufu/proof';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { readDocument, writeAction } from './action-files.ts';
import { type NetworkState, readNetworkState } from './network-state.ts';
import { readOwnValidator } from './own-keys.ts';
import { requirePlace, requireSuccessor } from './propose.ts';

export interface DeclareOptions {
  readonly node: string;
  readonly keys: string;
  readonly out?: string;
}

/** Beyond what an idle network needs for its next block, and what clocks and machines may differ by. */
const MAX_IDLE_BLOCKS = 2;
const SPARE_MS = 10_000;

/** `hufu governance approve`: a current validator agrees to the document, in a file of its own. */
export async function approve(
  file: string,
  { node, keys, out }: DeclareOptions,
  { terminal }: Context,
): Promise<void> {
  const read = await readDocument(file);
  const { context: now } = await readNetworkState(node);
  requirePlace(read, now);
  requireSuccessor(now, read.document);
  const own = await readOwnValidator(keys, now.suites, now.registry);
  const signatures = own.sign(approvalSignBytes(now, read.bytes));
  const path = out ?? `${file}.${own.member}.approval`;
  await writeAction(path, {
    document: read.bytes,
    approvals: [{ validator: own.index, signatures }],
    readiness: [],
  });
  terminal.data(path, { file: path, member: own.member, validator: own.index });
}

/** `hufu governance ready`: a validator of the document's registry has its keys and the chain. */
export async function ready(
  file: string,
  { node, keys, out }: DeclareOptions,
  { terminal }: Context,
): Promise<void> {
  const read = await readDocument(file);
  const state = await readNetworkState(node);
  const { context: now } = state;
  requirePlace(read, now);
  requireSuccessor(now, read.document);
  requireSynced(node, state, Date.now());
  const own = await readOwnValidator(keys, now.suites, read.document);
  const height = now.parentHeight;
  const signatures = own.sign(readinessSignBytes(now, read.bytes, own.index, height));
  const path = out ?? `${file}.${own.member}.readiness`;
  await writeAction(path, {
    document: read.bytes,
    approvals: [],
    readiness: [{ validator: own.index, height, signatures }],
  });
  terminal.data(path, { file: path, member: own.member, validator: own.index, height });
}

/**
 * Throws `node-behind` unless the node has blocks of this epoch, the newest no older than an idle network's would
 * be, and `history-missing` unless it has those before: a validator holds the past that it vouches for.
 */
export function requireSynced(
  node: string,
  { context, newestBlockTimeMs, history }: Omit<NetworkState, 'client'>,
  nowMs: number,
): void {
  const { parentHeight, firstHeight, registry } = context;
  if (parentHeight < firstHeight) {
    throw new CliError('node-behind', `${node}: height ${parentHeight}, the epoch begins at ${firstHeight}`);
  }
  const ageMs = nowMs - (newestBlockTimeMs ?? 0);
  if (ageMs > MAX_IDLE_BLOCKS * registry.parameters.heartbeatMs + SPARE_MS) {
    throw new CliError('node-behind', `${node}: its newest block is ${Math.round(ageMs / 1_000)} s old`);
  }
  if (history !== null) {
    throw new CliError('history-missing', `${node}: block ${history.height} of ${history.toHeight}`);
  }
}
