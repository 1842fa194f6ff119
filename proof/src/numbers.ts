import type { Brand } from '@hufu/crypto';

/** Position of an entry in the log, from 0. */
export type LogIndex = Brand<number, 'LogIndex'>;

/** Greatest index, size, serial, height or view: the integers a JavaScript number holds exactly. */
export const MAX_UINT = Number.MAX_SAFE_INTEGER;

/** 9999-12-31T23:59:59.999Z, in ms since 1970: the last instant that ISO 8601 writes with four digits. */
export const MAX_TIME_MS = 253_402_300_799_999;

/** Ed25519: 64. SM2, DER: 8 (both integers of one byte) … 72. */
export const MIN_SIGNATURE_BYTES = 8;
export const MAX_SIGNATURE_BYTES = 72;

/** Throws a RangeError for what is not 0 … 2^53−1. */
export function toLogIndex(value: number): LogIndex {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`no log index: ${value}`);
  return value as LogIndex;
}
