import { InvalidArgumentError } from 'commander';

/** A parser of an option of a command line: a whole number, nothing else. */
export function integer(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}
