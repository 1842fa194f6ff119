import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { readPreference, writePreference } from '../data/preferences.ts';
import { en } from './en.ts';
import { type Translation, zh } from './zh.ts';

export type Language = 'zh-CN' | 'en';

interface LanguageName {
  readonly code: Language;
  /** For the switch: short, in its own language. */
  readonly short: string;
  readonly switchTo: string;
}

const LANGUAGES: Readonly<Record<Language, LanguageName>> = {
  'zh-CN': { code: 'zh-CN', short: '中文', switchTo: '切换为中文' },
  en: { code: 'en', short: 'EN', switchTo: 'Switch to English' },
};

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Translation };
  }
}

/** The other of the two languages. */
export function otherLanguage(language: string): LanguageName {
  return language === 'zh-CN' ? LANGUAGES.en : LANGUAGES['zh-CN'];
}

/** What was chosen before, else Chinese unless the browser asks for no Chinese at all. */
function firstLanguage(): Language {
  const chosen = readPreference('language');
  if (chosen === 'zh-CN' || chosen === 'en') return chosen;
  return navigator.languages.some((tag) => /^zh\b/i.test(tag)) ? 'zh-CN' : 'en';
}

/** Must be awaited before the first render. Both languages are in the first load: the switch works offline. */
export async function startTranslation(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: false,
    resources: { 'zh-CN': { translation: zh }, en: { translation: en } },
    // React escapes.
    interpolation: { escapeValue: false },
  });
}

export async function changeLanguage(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
  writePreference('language', language);
}
