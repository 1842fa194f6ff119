import type { NodeStatus } from '@hufu/api';
import { useTranslation } from 'react-i18next';
import { Hash } from '../../components/Hash.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SHOWN_HASHES } from '../../model/hash-names.ts';
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
        SHOWN_HASHES.map((hashName) => {
          const digest = status.chainId[hashName];
          return digest === undefined ? null : (
            <div key={hashName} className={styles.digest}>
              <span className={styles.hash}>{t(`hash.${hashName}`)}</span>
              <Hash value={digest} fit="wrap" />
            </div>
          );
        })
      )}
    </Panel>
  );
}
