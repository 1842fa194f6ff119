import { SafetyCertificateOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from './Intro.module.css';

/** What this is, in one sentence, and the thing most visitors came to do. */
export function Intro() {
  const { t } = useTranslation();
  return (
    <div className={styles.intro}>
      <div>
        <h1 className={styles.title}>{t('home.title')}</h1>
        <p className={styles.text}>{t('home.text')}</p>
      </div>
      <Link to="/verify" className={styles.action ?? ''}>
        <SafetyCertificateOutlined />
        {t('home.verify')}
      </Link>
    </div>
  );
}
