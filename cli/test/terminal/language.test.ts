import t from 'tap';
import { chooseLanguage } from '../../src/terminal/language.ts';

t.test('--lang comes before the locale, the locale in the order of POSIX, English last', async (t) => {
  const rows = [
    [[], {}, 'en'],
    [[], { LANG: 'zh_CN.UTF-8' }, 'zh'],
    [[], { LANG: 'zh' }, 'zh'],
    [[], { LANG: 'zha_CN' }, 'en'],
    [[], { LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }, 'en'],
    [[], { LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN' }, 'zh'],
    [[], { LANG: 'zh_CN', LC_ALL: '' }, 'zh'],
    [['verify', '--lang', 'en'], { LANG: 'zh_CN' }, 'en'],
    [['--lang=zh', 'verify'], {}, 'zh'],
    [['--lang', 'fr'], { LANG: 'zh_CN' }, 'zh'],
  ] as const;
  for (const [args, env, expected] of rows) {
    t.equal(chooseLanguage(args, env), expected, `${args.join(' ')} ${JSON.stringify(env)}`);
  }
});
