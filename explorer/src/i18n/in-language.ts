import type { Words } from '@hufu/api';

/** The text for the reader's language, of those that the libraries carry in both. */
export function inLanguage(language: string, words: Words): string {
  return language === 'zh-CN' ? words.zh : words.en;
}
