import { FileProtectOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { type DragEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseSearch } from '../../model/search-query.ts';
import styles from './DropArea.module.css';
import { type Inputs, withFiles, without } from './inputs.ts';

interface DropAreaProps {
  readonly inputs: Inputs;
  readonly onChange: (inputs: Inputs) => void;
  /** Smaller, once something was brought. */
  readonly compact: boolean;
}

/** Takes files by drop or choice, several at a time, or a digest by paste. */
export function DropArea({ inputs, onChange, compact }: DropAreaProps) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const take = (files: FileList | null): void => {
    if (files === null || files.length === 0) return;
    void withFiles(inputs, [...files]).then(onChange);
  };
  const onDrag = (event: DragEvent, isOver: boolean): void => {
    event.preventDefault();
    setOver(isOver);
  };
  return (
    <div className={styles.area}>
      <label
        className={`${styles.drop} ${over ? styles.over : ''} ${compact ? styles.compact : ''}`}
        onDragEnter={(event) => onDrag(event, true)}
        onDragOver={(event) => onDrag(event, true)}
        onDragLeave={(event) => onDrag(event, false)}
        onDrop={(event) => {
          onDrag(event, false);
          take(event.dataTransfer.files);
        }}
      >
        <input
          type="file"
          multiple
          className="visually-hidden"
          onChange={(event) => {
            take(event.target.files);
            // The same file chosen again must count as a change.
            event.target.value = '';
          }}
        />
        <FileProtectOutlined className={styles.icon ?? ''} />
        <span className={styles.title}>{over ? t('verify.dropNow') : t('verify.drop')}</span>
        <span className={styles.hint}>{t('verify.dropHint')}</span>
      </label>
      <DigestField inputs={inputs} onChange={onChange} />
    </div>
  );
}

function DigestField({ inputs, onChange }: Omit<DropAreaProps, 'compact'>) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  const id = useId();
  const submit = (): void => {
    const query = parseSearch(text);
    setRefused(query.kind !== 'digest');
    if (query.kind === 'digest') onChange({ ...without(inputs, 'content'), digest: query.digest });
  };
  return (
    <form
      className={styles.digest}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label className={styles.digestLabel} htmlFor={id}>
        {t('verify.orDigest')}
        <Input
          id={id}
          value={text}
          spellCheck={false}
          autoComplete="off"
          className={styles.digestInput ?? ''}
          {...(refused ? { status: 'error' as const } : {})}
          onChange={(event) => {
            setText(event.target.value);
            setRefused(false);
          }}
        />
      </label>
      <Button htmlType="submit" disabled={text.trim() === ''}>
        {t('verify.lookUp')}
      </Button>
      {refused ? (
        <p className={styles.refused} role="alert">
          {t('verify.digestInvalid')}
        </p>
      ) : null}
    </form>
  );
}
