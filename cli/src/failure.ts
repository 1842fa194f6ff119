import type { CallError, Words } from '@hufu/api';
import { type GovernanceProblem, PROBLEMS } from '@hufu/proof';
import { CLI_ERRORS, CliError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal/terminal.ts';

/** A server did not do what was asked; carries its own words when it answered at all. */
export class ServerError extends Error {
  readonly url: string;
  readonly error: CallError;

  constructor(url: string, error: CallError) {
    super(`${url}: ${error.kind}`);
    this.name = 'ServerError';
    this.url = url;
    this.error = error;
  }
}

/** A governance document or action does not hold; in the words of the verifier. */
export class ProofError extends Error {
  readonly problem: GovernanceProblem;

  constructor(problem: GovernanceProblem) {
    super(`${problem.code}: ${problem.remark}`);
    this.name = 'ProofError';
    this.problem = problem;
  }
}

interface Failure {
  readonly code: string;
  readonly exit: ExitCode;
  readonly title: Words;
  readonly detail: string;
  readonly remedy: Words;
}

/** Tells what failed and what to do about it on standard error; returns the exit code that says so to scripts. */
export function reportFailure(terminal: Terminal, error: unknown): ExitCode {
  const { code, exit, title, detail, remedy } = failureOf(error);
  if (terminal.json) {
    const document = { code, title: terminal.say(title), detail, remedy: terminal.say(remedy) };
    terminal.note(JSON.stringify({ error: document }));
  } else {
    terminal.note(`${terminal.style('red', `✗ ${terminal.say(title)}`)} [${code}]`);
    if (detail !== '') terminal.note(detail.replace(/^/gm, '  '));
    terminal.note(`→ ${terminal.say(remedy)}`);
  }
  return exit;
}

/** What a node or a gateway throws when it cannot start → the command's error. */
const HOST_ERRORS: ReadonlyMap<unknown, keyof typeof CLI_ERRORS> = new Map([
  ['config-invalid', 'config-invalid'],
  ['in-use', 'in-use'],
  ['disk-full', 'disk-full'],
  ['database-damaged', 'data-unusable'],
  ['database-unreadable', 'path-unusable'],
  ['batches-damaged', 'data-unusable'],
  ['chain-damaged', 'data-unusable'],
  ['tiles-damaged', 'data-unusable'],
  ['wrong-chain', 'data-foreign'],
  ['wrong-format', 'data-foreign'],
]);

/** What a full disk is called by the system; SQLite has a number for it. */
const FULL_DISK_CODES = new Set<unknown>(['ENOSPC', 'EDQUOT']);
const SQLITE_FULL = 13;

/** How the system words that an address cannot be listened on; libp2p keeps the words only. */
const LISTEN_FAILURE = /\b(?:listen|getaddrinfo) (E[A-Z]+)\b[^\n]*/;

/** What the operating system says of a path that this user, or nobody, can use so. */
const PATH_FAILURES = new Set([
  'EACCES',
  'EEXIST',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

function isPathFailure(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && 'path' in error && 'code' in error && PATH_FAILURES.has(String(error.code))
  );
}

function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return { ...CLI_ERRORS[error.code], code: error.code, detail: error.detail };
  if (error instanceof ServerError) return serverFailure(error);
  if (error instanceof ProofError) {
    const { code, remark } = error.problem;
    return { ...PROBLEMS[code], code, exit: EXIT.failed, detail: remark };
  }
  if (isPathFailure(error)) {
    return { ...CLI_ERRORS['path-unusable'], code: 'path-unusable', detail: error.message };
  }
  return (
    hostFailure(error) ?? {
      code: 'internal',
      exit: EXIT.failed,
      title: { zh: '内部错误', en: 'Internal error' },
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
      remedy: { zh: '请连同以上内容报告此问题', en: 'Please report this with the text above' },
    }
  );
}

/** Of a node or a gateway. Their errors are known by codes, so that neither need be loaded. */
function hostFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const known = 'code' in error ? HOST_ERRORS.get(error.code) : undefined;
  if (known !== undefined) return { ...CLI_ERRORS[known], code: known, detail: error.message };
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (isFullDisk(cause)) return { ...CLI_ERRORS['disk-full'], code: 'disk-full', detail: cause.message };
    const [detail, reason] = LISTEN_FAILURE.exec(cause.message) ?? [];
    if (detail === undefined) continue;
    const code = reason === 'EADDRINUSE' ? 'port-taken' : 'address-unusable';
    return { ...CLI_ERRORS[code], code, detail };
  }
  return undefined;
}

function isFullDisk(error: Error): boolean {
  return (
    ('code' in error && FULL_DISK_CODES.has(error.code)) ||
    ('errcode' in error && error.errcode === SQLITE_FULL)
  );
}

function serverFailure({ url, error }: ServerError): Failure {
  if (error.kind !== 'problem') {
    const detail = `${url}: ${error.kind === 'timeout' ? `no answer in ${error.timeoutMs} ms` : error.detail}`;
    return { ...CLI_ERRORS.unreachable, code: 'unreachable', detail };
  }
  const { problem, status } = error;
  const places = (problem.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);
  const request = problem.requestId === undefined ? [] : [`requestId: ${problem.requestId}`];
  return {
    code: problem.code,
    exit: problem.code === 'proof-not-ready' ? EXIT.cannotTell : exitOfStatus(status),
    title: problem.titles,
    detail: [url, ...(problem.detail === undefined ? [] : [problem.detail]), ...places, ...request].join(
      '\n',
    ),
    remedy: problem.remedy,
  };
}

function exitOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAuthorised;
  if (status === 404) return EXIT.notFound;
  return status >= 500 ? EXIT.network : EXIT.failed;
}
