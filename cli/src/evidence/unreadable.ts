import { CliError } from '../errors.ts';

/** The error for a file that cannot be opened or read: `file-not-found`, or `file-unreadable` with the system's code. */
export function unreadable(path: string, cause: unknown): CliError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT') return new CliError('file-not-found', path, { cause });
  return new CliError('file-unreadable', `${path} (${code})`, { cause });
}
