import type { Recovery } from '@hufu/consensus';
import { equalBytes } from '@hufu/crypto';
import type { LoggedRecord } from '../../src/wire/index.ts';
import { Violation } from './violation.ts';

type LogRecord = LoggedRecord['record'];

/**
 * What a node goes on from in its epoch is of that epoch: records that its write-ahead log holds under it, and batches that
 * continue, each by the digest of the one before, where the chain leaves their origin.
 */
export function checkRecovered(
  who: string,
  { tip, log, batches }: Recovery,
  isLogged: (record: LogRecord) => boolean,
): void {
  for (const record of log) {
    if (!isLogged(record)) throw new Violation('epoch', `${who} recovers a ${record.type} of another epoch`);
  }
  for (const { origin, seq, prev } of batches) {
    const head = tip.origins[origin];
    const before =
      seq === head?.nextSeq
        ? [head.lastDigest]
        : batches
            .filter((other) => other.origin === origin && other.seq === seq - 1)
            .map(({ digest }) => digest);
    if (!before.some((digest) => equalBytes(digest, prev))) {
      throw new Violation('epoch', `${who} recovers batch ${origin}/${seq}, which continues nothing`);
    }
  }
}
