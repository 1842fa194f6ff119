import { writeFileSync } from 'node:fs';
import { quorum } from '@hufu/consensus';
import { hash, hashOf, type SuiteName, toHex } from '@hufu/crypto';
import {
  encodeGovernanceDocument,
  findBrokenSuccession,
  findContradiction,
  GOVERNANCE_FORMAT,
  type GovernanceContext,
  type Registry,
  validatorsToBeReady,
} from '@hufu/proof';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { ProofError } from '../failure.ts';
import type { ParameterSetting } from '../option-parsers.ts';
import { type ReadDocument, readDocument } from './action-files.ts';
import { readCard, readGatewayCard, readValidatorCard } from './cards.ts';
import { differences } from './differences.ts';
import { editRegistry } from './edits.ts';
import { readNetworkState } from './network-state.ts';

export interface ProposeOptions {
  readonly node: string;
  readonly out: string;
  readonly removeValidator?: readonly string[];
  readonly addValidator?: readonly string[];
  readonly rotate?: readonly string[];
  readonly addGateway?: readonly string[];
  readonly set?: readonly ParameterSetting[];
}

/** `hufu governance propose`. */
export async function propose(options: ProposeOptions, context: Context): Promise<void> {
  const { context: now } = await readNetworkState(options.node);
  const next = editRegistry(now.registry, {
    set: options.set ?? [],
    removeValidators: options.removeValidator ?? [],
    rotate: await Promise.all((options.rotate ?? []).map(readCard)),
    addValidators: await Promise.all((options.addValidator ?? []).map(readValidatorCard)),
    addGateways: await Promise.all((options.addGateway ?? []).map(readGatewayCard)),
  });
  requireSuccessor(now, next);
  if (differences(now.registry, next).length === 0) throw new CliError('usage', 'nothing changes');
  writeFileSync(options.out, encode(now, next));
  await tell(await readDocument(options.out), now, options.out, context);
}

/** `hufu governance show`. */
export async function show(file: string, node: string, context: Context): Promise<void> {
  const read = await readDocument(file);
  const { context: now } = await readNetworkState(node);
  requirePlace(read, now);
  requireSuccessor(now, read.document);
  await tell(read, now, file, context);
}

/** Throws ProofError for a document of another chain or epoch: nobody should sign it. */
export function requirePlace({ document }: ReadDocument, now: GovernanceContext): void {
  const same = now.suites.every((suite, i) => {
    const stated = document.chainId[hashOf(suite)];
    return stated !== undefined && toHex(stated) === toHex(now.chainId[i] ?? new Uint8Array(0));
  });
  if (!same) throw new ProofError({ code: 'governance-wrong-chain', remark: '' });
  if (document.epoch !== now.epoch) {
    const remark = `epoch ${document.epoch}, now ${now.epoch}`;
    throw new ProofError({ code: 'governance-wrong-epoch', remark });
  }
}

/** Throws ProofError for a registry that can never follow the current one. */
export function requireSuccessor({ suites, registry }: GovernanceContext, next: Registry): void {
  const remark = findContradiction(suites, next) ?? findBrokenSuccession(registry, next);
  if (remark !== undefined) throw new ProofError({ code: 'governance-inconsistent', remark });
}

function encode({ suites, chainId, epoch }: GovernanceContext, next: Registry): Uint8Array {
  try {
    return encodeGovernanceDocument({
      format: GOVERNANCE_FORMAT,
      chainId: Object.fromEntries(suites.map((suite, i) => [hashOf(suite), chainId[i]])),
      epoch,
      ...next,
    });
  } catch (cause) {
    // Its shape: a value out of range, a name that is none.
    throw new CliError('edit-impossible', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What the document does, what must be collected, and the digests by which people compare it. */
async function tell(
  { document, bytes }: ReadDocument,
  now: GovernanceContext,
  file: string,
  { terminal }: Context,
): Promise<void> {
  const changes = differences(now.registry, document).map((words) => terminal.say(words));
  const digests = documentDigests(now.suites, bytes);
  const members = new Set(now.registry.validators.map(({ member }) => member)).size;
  const approvals = Math.floor((2 * members) / 3) + 1;
  const n = now.registry.validators.length;
  const newcomers = validatorsToBeReady(now.registry, document).map(
    (index) => document.validators[index]?.member ?? '',
  );
  const needs = {
    zh: `需 ${approvals}/${members} 个成员、${quorum(n)}/${n} 个验证人批准；需就绪：${newcomers.join('、') || '无'}`,
    en: `needs approval of ${approvals}/${members} members, ${quorum(n)}/${n} validators; readiness of: ${newcomers.join(', ') || 'nobody'}`,
  };
  const lines = [
    terminal.say({ zh: `治理文件 ${file}，结束纪元 ${now.epoch}`, en: `${file} ends epoch ${now.epoch}` }),
    ...Object.entries(digests).map(([name, digest]) => `${name}: ${digest}`),
    ...changes,
    terminal.say(needs),
  ];
  terminal.data(lines.join('\n'), { file, epoch: now.epoch, digests, changes, approvals, newcomers });
}

function documentDigests(suites: readonly SuiteName[], bytes: Uint8Array): Readonly<Record<string, string>> {
  return Object.fromEntries(suites.map((suite) => [hashOf(suite), toHex(hash(hashOf(suite), bytes))]));
}
