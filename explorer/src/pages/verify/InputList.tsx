import { CloseOutlined } from '@ant-design/icons';
import { toHex } from '@hufu/crypto';
import { HASH_NAMES } from '@hufu/proof';
import { Button, Progress } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Hash } from '../../components/Hash.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { formatBytes } from '../../model/format.ts';
import styles from './InputList.module.css';
import { type Inputs, without } from './inputs.ts';
import type { Hashing } from './use-verification.ts';

interface InputListProps {
  readonly inputs: Inputs;
  readonly hashing: Hashing;
  readonly onChange: (inputs: Inputs) => void;
  /** Name of the proof that came from the ledger rather than from the visitor. */
  readonly fetched: string | undefined;
}

/** What there is to verify, part by part. */
export function InputList({ inputs, hashing, onChange, fetched }: InputListProps) {
  const { t } = useTranslation();
  const { content, bundle, genesis, digest } = inputs;
  if (Object.keys(inputs).length === 0 && fetched === undefined) return null;
  const remove = (part: keyof Inputs) => () => onChange(without(inputs, part));
  return (
    <Panel body="flush">
      <ul>
        {content === undefined ? null : (
          <Part
            name={t('verify.content')}
            value={content.file.name}
            sizeBytes={content.file.size}
            onRemove={remove('content')}
          >
            <ContentDigests sizeBytes={content.file.size} hashing={hashing} />
          </Part>
        )}
        {digest === undefined ? null : (
          <Part
            name={t('verify.digestLabel')}
            value={<Hash value={digest} fit="wrap" />}
            onRemove={remove('digest')}
          />
        )}
        {bundle === undefined ? null : (
          <Part
            name={t('verify.bundle')}
            value={bundle.name}
            sizeBytes={bundle.bytes.length}
            onRemove={remove('bundle')}
          />
        )}
        {fetched === undefined ? null : (
          <Part name={t('verify.bundle')} value={fetched}>
            {t('verify.bundleFetched')}
          </Part>
        )}
        {genesis === undefined ? null : (
          <Part
            name={t('verify.genesis')}
            value={genesis.name}
            sizeBytes={genesis.bytes.length}
            onRemove={remove('genesis')}
          />
        )}
      </ul>
    </Panel>
  );
}

interface PartProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly sizeBytes?: number;
  readonly onRemove?: () => void;
  readonly children?: ReactNode;
}

function Part({ name, value, sizeBytes, onRemove, children }: PartProps) {
  const { t } = useTranslation();
  return (
    <li className={styles.part}>
      <span className={styles.name}>{name}</span>
      <div className={styles.body}>
        <span className={styles.value}>{value}</span>
        {sizeBytes === undefined ? null : <span className={styles.size}>{formatBytes(sizeBytes)}</span>}
        {children === undefined ? null : <div className={styles.more}>{children}</div>}
      </div>
      {onRemove === undefined ? null : (
        <Button
          type="text"
          size="small"
          icon={<CloseOutlined />}
          aria-label={t('verify.remove')}
          onClick={onRemove}
        />
      )}
    </li>
  );
}

function ContentDigests({ sizeBytes, hashing }: { readonly sizeBytes: number; readonly hashing: Hashing }) {
  const { t } = useTranslation();
  const { digests, doneBytes, error } = hashing;
  if (error !== null) {
    return <StatusTag tone="bad">{t('verify.hashFailed', { detail: error.message })}</StatusTag>;
  }
  if (digests === undefined) {
    return (
      <>
        <Progress percent={sizeBytes === 0 ? 100 : Math.floor((doneBytes * 100) / sizeBytes)} size="small" />
        {t('verify.hashing', { done: formatBytes(doneBytes), total: formatBytes(sizeBytes) })}
      </>
    );
  }
  return (
    <dl className={styles.digests}>
      {HASH_NAMES.map((hashName) => (
        <div key={hashName} className={styles.digest} data-digest={hashName}>
          <dt>{t(`hash.${hashName}`)}</dt>
          <dd>
            <Hash value={toHex(digests[hashName])} fit="wrap" />
          </dd>
        </div>
      ))}
    </dl>
  );
}
