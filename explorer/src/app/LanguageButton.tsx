import { useTranslation } from 'react-i18next';
import { changeLanguage, otherLanguage } from '../i18n/index.ts';
import styles from './ToolButton.module.css';

/** Switches to the other language; its label is in that language, for whoever cannot read this one. */
export function LanguageButton() {
  const { i18n } = useTranslation();
  const other = otherLanguage(i18n.language);
  return (
    <button
      type="button"
      className={styles.button}
      lang={other.code}
      title={other.switchTo}
      aria-label={other.switchTo}
      onClick={() => void changeLanguage(other.code)}
    >
      {other.short}
    </button>
  );
}
