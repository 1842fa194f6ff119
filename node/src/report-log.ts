import type { Epoch, Report } from '@hufu/consensus';
import { assertNever, toHex } from '@hufu/crypto';
import type { Logger } from 'pino';
import type { ExecutedBlock } from './ledger/types.ts';
import { encodeMessage } from './wire/index.ts';

/**
 * Logs what the consensus core reports, at the level at which an operator should hear of it. Signed messages that
 * prove a fault are kept in full, in hex: they are the evidence. `memberOf` names a validator.
 */
export function logReport(
  logger: Logger,
  epoch: Epoch,
  report: Report,
  memberOf: (validator: number) => string,
): void {
  switch (report.type) {
    case 'view-entered':
      logger.trace(report, 'view entered');
      return;
    case 'view-nullified':
      logger.info({ view: report.view, leader: memberOf(report.leader) }, 'view timed out');
      return;
    case 'backpressure':
      logger.debug({ origin: memberOf(report.origin), on: report.on }, 'backpressure');
      return;
    case 'syncing':
      logger.info({ fromHeight: report.fromHeight, toHeight: report.toHeight }, 'catching up');
      return;
    case 'clock-skew':
      logger.warn({ leader: memberOf(report.leader), aheadMs: report.aheadMs }, 'clock skew');
      return;
    case 'invalid-message':
      logger.warn({ from: memberOf(report.from), code: report.code }, 'invalid message');
      return;
    case 'invalid-block':
      logger.warn({ from: memberOf(report.from), view: report.view, code: report.code }, 'invalid block');
      return;
    case 'equivocation': {
      const evidence = [report.first, report.second].map((message) =>
        toHex(encodeMessage({ epoch, message })),
      );
      logger.error({ signer: memberOf(report.signer), evidence }, 'equivocation');
      return;
    }
    case 'halted':
      logger.fatal(
        { evidence: toHex(encodeMessage({ epoch, message: report.evidence })) },
        'own key used elsewhere',
      );
      return;
    default:
      assertNever(report);
  }
}

/** One line for each reason for which submissions of a block did not apply: after a failover there are many. */
export function logDropped(logger: Logger, { block, dropped }: ExecutedBlock): void {
  const byReason = Map.groupBy(dropped, ({ reason }) => reason);
  for (const [reason, items] of byReason) {
    const first = items[0];
    const { height } = block;
    const what = {
      height,
      reason,
      submissions: items.length,
      gateway: first?.gateway,
      firstSerial: first?.firstSerial,
    };
    // A gateway that sends again after a failover is as it should be.
    if (reason === 'serial-applied') logger.info(what, 'submissions dropped');
    else logger.warn(what, 'submissions dropped');
  }
}
