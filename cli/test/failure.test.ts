import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { reportFailure } from '../src/failure.ts';
import type { Terminal } from '../src/terminal/terminal.ts';

/** What is told, as a script reads it. */
function told(error: unknown): { readonly exit: number; readonly code: string; readonly detail: string } {
  const notes: string[] = [];
  const terminal: Terminal = {
    language: 'en',
    json: true,
    say: (words) => words.en,
    style: (_, text) => text,
    note: (text) => notes.push(text),
    data: () => {},
    progress: () => ({ update: () => {}, stop: () => {} }),
  };
  const exit = reportFailure(terminal, error);
  const { code, detail } = JSON.parse(notes.join('')).error;
  return { exit, code, detail };
}

/** What the work throws. */
function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it went well');
}

t.test('a full disk is named, whoever says so', async (t) => {
  const ofSystem = failureOf(() => writeFileSync('/dev/full', 'text'));
  t.match(told(ofSystem), { exit: 1, code: 'disk-full', detail: /ENOSPC/ });
  const database = new DatabaseSync(':memory:');
  t.teardown(() => database.close());
  database.exec('pragma max_page_count = 1');
  const ofSqlite = failureOf(() => database.exec('create table one (a); create table two (b)'));
  const wrapped = new Error('the database cannot be migrated', { cause: ofSqlite });
  t.match(told(wrapped), { exit: 1, code: 'disk-full', detail: /full/ });
});

t.test('what nothing is known of is an internal error, with its place', async (t) => {
  const { exit, code, detail } = told(new Error('an invariant', { cause: new Error('another') }));
  t.strictSame({ exit, code }, { exit: 1, code: 'internal' });
  t.match(detail, /an invariant\n\s+at .*failure\.test\.ts/);
});
