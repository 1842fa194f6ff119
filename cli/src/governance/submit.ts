import { setTimeout as delay } from 'node:timers/promises';
import { encodeGovernanceAction, judgeGovernance } from '@hufu/proof';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { answerOf } from '../evidence/finality.ts';
import { ProofError } from '../failure.ts';
import { joinActions, readDocument } from './action-files.ts';
import { type NetworkState, readNetworkState } from './network-state.ts';

export interface SubmitOptions {
  readonly node: string;
  readonly approvals: readonly string[];
  readonly readiness?: readonly string[];
  /** Seconds. */
  readonly timeout: number;
}

const POLL_MS = 200;

/** `hufu governance submit`: judges the joined action as the ledger will, hands it in and waits for its effect. */
export async function submit(file: string, options: SubmitOptions, { terminal }: Context): Promise<void> {
  const { bytes } = await readDocument(file);
  const state = await readNetworkState(options.node);
  const joined = await joinActions(bytes, [...options.approvals, ...(options.readiness ?? [])]);
  const action = encodeGovernanceAction(joined);
  const judged = judgeGovernance(action, state.context);
  if (!judged.ok) throw new ProofError(judged.error);
  const { epoch } = answerOf(state.client, await state.client.govern({ body: action }));
  const note = { zh: '已受理，等待纪元更替…', en: 'Accepted. Waiting for the epoch to change …' };
  terminal.note(terminal.say(note));
  const height = await lastHeight(state, epoch, options);
  const next = epoch + 1;
  terminal.data(
    terminal.say({
      zh: `纪元 ${epoch} 于高度 ${height} 结束，纪元 ${next} 开始`,
      en: `epoch ${epoch} ended at height ${height}, epoch ${next} has begun`,
    }),
    { epoch: next, lastHeight: height },
  );
}

/** Height of the epoch's last block, once it is final. Throws `epoch-not-changed`. */
async function lastHeight(
  { client }: NetworkState,
  epoch: number,
  { node, timeout }: SubmitOptions,
): Promise<number> {
  const deadlineMs = performance.now() + timeout * 1_000;
  for (;;) {
    const asked = await client.epoch({ epoch });
    // A node that is restarted meanwhile is asked again.
    if (asked.ok && asked.value.end !== null) return asked.value.end.height;
    if (performance.now() > deadlineMs) throw new CliError('epoch-not-changed', node);
    await delay(POLL_MS);
  }
}
