import type { LogRecord } from '../../src/interface.ts';
import type { Host, Tamper } from '../host.ts';

const ROLLBACK_RATE = 0.02;

/** Runs from an old copy of its disk again and again: it forgets what it signed since, and signs something else. */
export function outdated(): Tamper {
  let backup: readonly LogRecord[] = [];
  return (host, to, message) => {
    const drawn = host.world.prng.real();
    if (drawn < ROLLBACK_RATE / 2) backup = [...host.disk.log];
    else if (drawn < ROLLBACK_RATE) host.world.queue.after(0, () => rollBack(host, backup));
    return [[to, message]];
  };
}

function rollBack(host: Host, log: readonly LogRecord[]): void {
  if (!host.up) return;
  host.crash('lost');
  host.disk.log = [...log];
  host.start();
}
