import i18next from 'i18next';
import t from 'tap';
import { dropReason } from '../../src/i18n/drop-reason.ts';
import { en } from '../../src/i18n/en.ts';
import { zh } from '../../src/i18n/zh.ts';

const REASONS = [
  'malformed-submission',
  'malformed-record',
  'misplaced-record',
  'over-limit',
  'unknown-gateway',
  'bad-signature',
  'signature-surplus',
  'serial-applied',
  'serial-gap',
];

for (const [language, translation] of Object.entries({ 'zh-CN': zh, en })) {
  t.test(`every reason to drop a submission has words of its own in ${language}`, async (t) => {
    const translator = i18next.createInstance();
    const words = await translator.init({
      lng: language,
      fallbackLng: false,
      resources: { [language]: { translation } },
      interpolation: { escapeValue: false },
    });
    const all = REASONS.map((reason) => dropReason(words, language, reason));
    t.equal(new Set(all).size, REASONS.length);
    for (const text of all) t.match(text, language === 'en' ? /^[A-Z][\w ,.:’]+$/ : /[\u4e00-\u9fff]/);
    t.equal(dropReason(words, language, 'of-a-later-version'), 'of-a-later-version');
  });
}
