import { PROBLEMS } from '@hufu/proof';
import { useTranslation } from 'react-i18next';
import { StatusTag, type Tone } from '../../components/StatusTag.tsx';
import { inLanguage } from '../../i18n/in-language.ts';
import styles from './Trust.module.css';
import type { TrustAnchor } from './use-verification.ts';

/** Says on whose word, in the end, the verification rests. */
export function Trust({ trust }: { readonly trust: TrustAnchor }) {
  const { t } = useTranslation();
  const { tone, name, hint } = useWords(trust);
  return (
    <aside className={styles.trust} data-trust={trust.kind}>
      <span className={styles.label}>{t('verify.trust')}</span>
      <div>
        <StatusTag tone={tone} look="plain">
          {name}
        </StatusTag>
        <p className={styles.hint}>{hint}</p>
      </div>
    </aside>
  );
}

function useWords(trust: TrustAnchor): { readonly tone: Tone; readonly name: string; readonly hint: string } {
  const { t, i18n } = useTranslation();
  switch (trust.kind) {
    case 'pending':
      return { tone: 'busy', name: t('common.loading'), hint: '' };
    case 'node':
      return { tone: 'warn', name: t('verify.trustNode'), hint: t('verify.trustNodeHint') };
    case 'file':
      return {
        tone: 'ok',
        name: t('verify.trustFile', { name: trust.name }),
        hint: t('verify.trustFileHint'),
      };
    case 'unreadable': {
      const reason = inLanguage(i18n.language, PROBLEMS[trust.problem].title);
      return { tone: 'bad', name: trust.name, hint: t('verify.trustUnreadable', { reason }) };
    }
    case 'missing':
      return { tone: 'warn', name: t('verify.trustMissing'), hint: t('verify.trustMissingHint') };
  }
}
