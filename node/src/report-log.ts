import type { Epoch, Report } from '@hufu/consensus';
import { assertNever, toHex } from '@hufu/crypto';
import type { Logger } from 'pino';
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
