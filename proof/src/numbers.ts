import type { Epoch, Height, ValidatorIndex, View } from '@hufu/consensus';
import type { Brand } from '@hufu/crypto';

/** Position of an entry in the log, from 0. */
export type LogIndex = Brand<number, 'LogIndex'>;

/** Greatest index, size, serial, height or view: the integers a JavaScript number holds exactly. */
export const MAX_UINT = Number.MAX_SAFE_INTEGER;

/** 9999-12-31T23:59:59.999Z, in ms since 1970: the last instant that ISO 8601 writes with four digits. */
export const MAX_TIME_MS = 253_402_300_799_999;

/** Validators in one epoch (docs/spec/validator-set.md). */
export const MAX_VALIDATORS = 100;

function unsigned(value: number, max = MAX_UINT): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > max)
    throw new RangeError(`not 0…${max}: ${value}`);
  return value;
}

// The constructors of the branded numbers. Each throws a RangeError outside 0 … 2^53−1.
export const toLogIndex = (value: number): LogIndex => unsigned(value) as LogIndex;
export const toHeight = (value: number): Height => unsigned(value) as Height;
export const toView = (value: number): View => unsigned(value) as View;
export const toEpoch = (value: number): Epoch => unsigned(value) as Epoch;
export const toValidatorIndex = (value: number): ValidatorIndex =>
  unsigned(value, MAX_VALIDATORS - 1) as ValidatorIndex;
