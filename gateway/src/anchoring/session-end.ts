import type { CallError } from '@hufu/api';

/** Why the work with one node ended. */
export type SessionEnd =
  | { readonly kind: 'stopped' }
  /** Failed, refused, behind or stuck: another node may do better, and this one later. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** What it said does not verify: never to be used again by this process. */
  | { readonly kind: 'lying'; readonly reason: string }
  /** The ledger proves that this database is not the one it followed, from this serial on. */
  | { readonly kind: 'conflict'; readonly serial: number };

/** Ends a session from wherever its reason was found. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly end: SessionEnd;

  constructor(end: SessionEnd) {
    super(end.kind);
    this.end = end;
  }
}

export function unusable(reason: string): SessionError {
  return new SessionError({ kind: 'unusable', reason });
}

export function lying(reason: string): SessionError {
  return new SessionError({ kind: 'lying', reason });
}

export function conflict(serial: number): SessionError {
  return new SessionError({ kind: 'conflict', serial });
}

/** A failed call in words for the log. */
export function describeCallError(error: CallError): string {
  switch (error.kind) {
    case 'problem':
      return `${error.problem.code} (${error.status})`;
    case 'network':
      return error.detail;
    case 'timeout':
      return `no answer in ${error.timeoutMs} ms`;
    case 'invalid-answer':
      return `invalid answer (${error.status}): ${error.detail}`;
  }
}
