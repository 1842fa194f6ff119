import { styleText } from 'node:util';
import type { Words } from '@hufu/api';
import type { Language } from './language.ts';
import { type Progress, startProgress, type Unit } from './progress.ts';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** How a command speaks: results on standard output, everything else on standard error. */
export interface Terminal {
  readonly language: Language;
  readonly json: boolean;
  /** The text in the chosen language. */
  say(words: Words): string;
  /** The result: one JSON document with --json, otherwise the text. */
  data(text: string, document: unknown): void;
  /** A line for the person who waits. */
  note(text: string): void;
  /** Marks a part of a note; plain where colour is off. */
  style(style: Style, text: string): string;
  progress(title: string, total: number, unit: Unit): Progress;
}

export interface TerminalOptions {
  readonly language: Language;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** The terminal of this process. Colour follows NO_COLOR (no-color.org) and whether stderr is a terminal. */
export function processTerminal({ language, json, env }: TerminalOptions): Terminal {
  const { stdout, stderr } = process;
  const color = stderr.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return {
    language,
    json,
    say: (words) => words[language],
    data: (text, document) => stdout.write(`${json ? JSON.stringify(document, null, 2) : text}\n`),
    note: (text) => stderr.write(`${text}\n`),
    style: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
    progress: (title, total, unit) => startProgress(title, total, unit, stderr, color),
  };
}
