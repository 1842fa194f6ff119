import { type Static, Type } from 'typebox';
import { ERRORS, type ErrorCode } from './errors.ts';
import { closed, Unsigned } from './schemas.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** A place in the request (RFC 6901 pointer into the body, or `#/query/name`, `#/path/name`) and what is wrong there. */
export const FieldErrorSchema = closed({ pointer: Type.String(), detail: Type.String() });
export type FieldError = Static<typeof FieldErrorSchema>;

const WordsSchema = closed({ zh: Type.String(), en: Type.String() });

/** RFC 9457 problem details with our members. `title` is the English one, as the RFC has a single text. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:hufu:problem:<code>' }),
    status: Type.Integer(),
    code: Type.String(),
    title: Type.String(),
    titles: WordsSchema,
    remedy: WordsSchema,
    detail: Type.Optional(Type.String()),
    requestId: Type.Optional(Type.String()),
    retryable: Type.Boolean(),
    errors: Type.Optional(Type.Array(FieldErrorSchema)),
    /** With serial-applied and serial-gap: the serial this node expects next. */
    nextSerial: Type.Optional(Unsigned),
  },
  { additionalProperties: false, description: 'RFC 9457 problem details' },
);
export type Problem = Static<typeof ProblemSchema>;

export interface ProblemExtras {
  readonly detail?: string;
  readonly requestId?: string;
  readonly errors?: readonly FieldError[];
  readonly nextSerial?: number;
}

/** At most this many places are named: a hostile body must not be answered with a larger one. */
export const MAX_FIELD_ERRORS = 32;

/** The problem of a code, ready to send with its `status`. */
export function problem(code: ErrorCode, extras: ProblemExtras = {}): Problem {
  const { status, title, remedy, retryable } = ERRORS[code];
  return {
    type: `urn:hufu:problem:${code}`,
    status,
    code,
    title: title.en,
    titles: title,
    remedy,
    retryable,
    ...(extras.detail === undefined ? {} : { detail: extras.detail }),
    ...(extras.requestId === undefined ? {} : { requestId: extras.requestId }),
    ...(extras.errors === undefined ? {} : { errors: extras.errors.slice(0, MAX_FIELD_ERRORS) }),
    ...(extras.nextSerial === undefined ? {} : { nextSerial: extras.nextSerial }),
  };
}
