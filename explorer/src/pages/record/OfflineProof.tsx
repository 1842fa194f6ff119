import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { BUNDLE_CONTENT_TYPE, type LedgerEntry } from '@hufu/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/CopyButton.tsx';
import button from '../../components/LinkButton.module.css';
import { Panel } from '../../components/Panel.tsx';
import { bundleName, download } from '../../data/download.ts';
import { queries } from '../../data/queries.ts';
import { formatBytes } from '../../model/format.ts';
import styles from './OfflineProof.module.css';

interface OfflineProofProps {
  readonly entry: LedgerEntry;
  /** The bytes that were verified here are the ones that are saved. */
  readonly bundle: Uint8Array | undefined;
}

/** The record's proof as a file, and its permalink. */
export function OfflineProof({ entry, bundle }: OfflineProofProps) {
  const { t } = useTranslation();
  const status = useQuery(queries.status());
  const permalink = `${window.location.origin}/records/${entry.index}`;
  const name = bundleName(status.data?.chain ?? 'hufu', entry.index);
  return (
    <Panel title={t('record.bundle')}>
      <p className={styles.text}>{t('record.bundleHint')}</p>
      <div className={styles.actions}>
        <button
          type="button"
          className={`${button.button} ${button.primary} ${bundle === undefined ? button.disabled : ''}`}
          disabled={bundle === undefined}
          onClick={() => (bundle === undefined ? undefined : download(name, BUNDLE_CONTENT_TYPE, bundle))}
        >
          <DownloadOutlined />
          {t('record.download')}
          {bundle === undefined ? '' : ` (${formatBytes(bundle.length)})`}
        </button>
        <Link to="/verify" search={{ record: entry.index }} className={button.button ?? ''}>
          <SafetyCertificateOutlined />
          {t('record.verifyIt')}
        </Link>
      </div>
      <p className={styles.name}>{name}</p>
      <p className={styles.link}>
        <span className={styles.label}>{t('record.permalink')}</span>
        <code>{permalink}</code>
        <CopyButton text={permalink} />
      </p>
    </Panel>
  );
}
