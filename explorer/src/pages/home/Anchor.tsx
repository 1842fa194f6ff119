import type { NodeStatus } from '@hufu/api';
import { useTranslation } from 'react-i18next';
import { Hash } from '../../components/Hash.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Panel } from '../../components/Panel.tsx';
import styles from './Anchor.module.css';

/** The chain's identity: what a verifier elsewhere must be told by a way of its own. */
export function Anchor({ status }: { readonly status: NodeStatus | undefined }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('home.anchor')}>
      <p className={styles.text}>{t('home.anchorText')}</p>
      {status === undefined ? (
        <Loading rows={2} />
      ) : (
        Object.entries(status.chainId).map(([hashName, digest]) => (
          <div key={hashName} className={styles.digest}>
            <span className={styles.hash}>{hashName.toUpperCase()}</span>
            <Hash value={digest} fit="wrap" />
          </div>
        ))
      )}
    </Panel>
  );
}
