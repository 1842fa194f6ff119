import { toHex } from '@hufu/crypto';
import { type Digests, HASH_NAMES, type StatedRecord } from '@hufu/proof';
import { useTranslation } from 'react-i18next';
import { HexDiff } from '../../components/HexDiff.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import styles from './DigestComparison.module.css';

interface DigestComparisonProps {
  readonly content: Digests;
  readonly records: readonly StatedRecord[];
}

/** The file's digests over the record's, aligned. Of several records the one the file belongs to, else the first. */
export function DigestComparison({ content, records }: DigestComparisonProps) {
  const { t } = useTranslation();
  const given = HASH_NAMES.flatMap((hashName) => {
    const bytes = content[hashName];
    return bytes === undefined ? [] : [{ hashName, digest: toHex(bytes) }];
  });
  const record =
    records.find(({ digests }) => given.some(({ hashName, digest }) => digests[hashName] === digest)) ??
    records[0];
  if (record === undefined) return null;
  return (
    <Panel title={t('verify.digests')}>
      {given.map(({ hashName, digest }) => {
        const stated = record.digests[hashName];
        if (stated === undefined) return null;
        const same = stated === digest;
        return (
          <div key={hashName} className={styles.pair} data-compared={hashName}>
            <p className={styles.head}>
              <b>{t(`hash.${hashName}`)}</b>
              <StatusTag tone={same ? 'ok' : 'bad'} look="plain">
                {same ? t('verify.digestSame') : t('verify.digestDifferent')}
              </StatusTag>
            </p>
            <HexDiff
              first={{ name: t('verify.digestOfFile'), hex: digest }}
              second={{ name: t('verify.digestOfRecord'), hex: stated }}
            />
          </div>
        );
      })}
    </Panel>
  );
}
