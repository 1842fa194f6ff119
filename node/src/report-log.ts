import type { Epoch, Report, View } from '@hufu/consensus';
import { assertNever, toHex } from '@hufu/crypto';
import type { Logger } from 'pino';
import type { ExecutedBlock } from './ledger/types.ts';
import { encodeMessage } from './wire/index.ts';

/** Of what a validator sends wrong, one line of a kind in this time, ms. */
const COMPLAINT_INTERVAL_MS = 5_000;

/** The last line of a kind about a validator. */
interface Complaint {
  readonly atMs: number;
  /** Reports like it since. */
  leftOut: number;
}

/** Logs what the consensus core reports, at the level at which an operator should hear of it. */
export class ReportLog {
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  /** By its words and whom it is about. */
  readonly #complaints = new Map<string, Complaint>();

  /** `nowMs` runs steadily. */
  constructor(logger: Logger, nowMs: () => number) {
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  /**
   * Signed messages that prove a fault are kept in full, in hex: they are the evidence. `memberOf` names a validator of
   * the epoch.
   */
  write(epoch: Epoch, report: Report, memberOf: (validator: number) => string): void {
    switch (report.type) {
      case 'view-entered':
        this.#logger.trace(report, 'view entered');
        return;
      case 'view-nullified':
        this.#logger.info({ view: report.view, leader: memberOf(report.leader) }, 'view timed out');
        return;
      case 'backpressure':
        this.#logger.debug({ origin: memberOf(report.origin), on: report.on }, 'backpressure');
        return;
      case 'syncing':
        this.#logger.info({ fromHeight: report.fromHeight, toHeight: report.toHeight }, 'catching up');
        return;
      case 'clock-skew':
        this.#logger.warn({ leader: memberOf(report.leader), aheadMs: report.aheadMs }, 'clock skew');
        return;
      case 'invalid-message':
        this.#complain('invalid message', { from: memberOf(report.from), code: report.code });
        return;
      case 'invalid-block':
        this.#complain('invalid block', {
          from: memberOf(report.from),
          view: report.view,
          code: report.code,
        });
        return;
      case 'equivocation': {
        const evidence = [report.first, report.second].map((message) =>
          toHex(encodeMessage({ epoch, message })),
        );
        this.#logger.error({ signer: memberOf(report.signer), evidence }, 'equivocation');
        return;
      }
      case 'halted':
        this.#logger.fatal(
          { evidence: toHex(encodeMessage({ epoch, message: report.evidence })) },
          'own key used elsewhere',
        );
        return;
      default:
        assertNever(report);
    }
  }

  /** Threat: a validator that fills the disk with lines about itself. The metrics count every report. */
  #complain(
    words: string,
    what: { readonly from: string; readonly code: string; readonly view?: View },
  ): void {
    const key = `${words} of ${what.from}`;
    const last = this.#complaints.get(key);
    const nowMs = this.#nowMs();
    if (last !== undefined && nowMs - last.atMs < COMPLAINT_INTERVAL_MS) {
      last.leftOut += 1;
      return;
    }
    const leftOut = last?.leftOut ?? 0;
    this.#logger.warn({ ...what, ...(leftOut > 0 && { leftOut }) }, words);
    this.#complaints.set(key, { atMs: nowMs, leftOut: 0 });
  }
}

/** One line for each reason for which submissions of a block did not apply: after a failover there are many. */
export function logDropped(logger: Logger, { block, dropped }: ExecutedBlock): void {
  const byReason = Map.groupBy(dropped, ({ reason }) => reason);
  for (const [reason, groups] of byReason) {
    const first = groups[0];
    const { height } = block;
    const what = {
      height,
      reason,
      submissions: groups.reduce((sum, { submissions }) => sum + submissions, 0),
      gateway: first?.gateway,
      firstSerial: first?.firstSerial,
    };
    // A gateway that sends again after a failover is as it should be.
    if (reason === 'serial-applied') logger.info(what, 'submissions dropped');
    else logger.warn(what, 'submissions dropped');
  }
}
