import type { NodeStatus } from '@hufu/api';
import { useTranslation } from 'react-i18next';
import styles from './Footer.module.css';

/** Whose word this page shows, and where the trust anchor and the raw data are. */
export function Footer({ status }: { readonly status: NodeStatus | undefined }) {
  const { t } = useTranslation();
  return (
    <footer className={styles.footer}>
      <div className={styles.row}>
        <span>
          {status === undefined
            ? t('footer.unknownNode')
            : t('footer.servedBy', { node: status.node.name, organisation: status.node.organisation })}
        </span>
        <span>{t('footer.verifiedHere')}</span>
        <span className={styles.links}>
          <a href="/v1/genesis" download="genesis.json">
            {t('footer.genesis')}
          </a>
          <a href="/v1/checkpoint">{t('footer.checkpoint')}</a>
          {status === undefined ? null : <span>Hufu {status.version}</span>}
        </span>
      </div>
    </footer>
  );
}
