import type { Words } from '@hufu/api';

export type Language = keyof Words;

/**
 * The language of everything for people: `--lang zh|en` when given, else the locale of the environment in the
 * order POSIX gives it (LC_ALL, LC_MESSAGES, LANG), else English.
 */
export function chooseLanguage(args: readonly string[], env: NodeJS.ProcessEnv): Language {
  const at = args.findIndex((arg) => arg === '--lang' || arg.startsWith('--lang='));
  const flag = at === -1 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1]);
  if (flag === 'zh' || flag === 'en') return flag;
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '');
  return /^zh\b|^zh_/i.test(locale ?? '') ? 'zh' : 'en';
}
