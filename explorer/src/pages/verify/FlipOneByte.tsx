import { toHex } from '@hufu/crypto';
import { HASH_NAMES, PROBLEMS, type Report } from '@hufu/proof';
import { useMutation } from '@tanstack/react-query';
import { Button, InputNumber, Segmented } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { HexDiff } from '../../components/HexDiff.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { verifier } from '../../data/verifier.ts';
import { inLanguage } from '../../i18n/in-language.ts';
import { formatCount } from '../../model/format.ts';
import type { FileDigests } from '../../worker/protocol.ts';
import styles from './FlipOneByte.module.css';
import { Banner, type Subject } from './Verdict.tsx';

type Target = 'content' | 'bundle';

/** The lowest bit: the smallest change there is. */
const MASK = 0x01;

interface Flipped {
  readonly target: Target;
  readonly offset: number;
  readonly before: number;
  readonly report: Report;
  /** Of the changed file, when the file was changed. */
  readonly digests: FileDigests | undefined;
}

/** Changes one bit of the file or the proof, in memory, and verifies again. */
export function FlipOneByte({ subject }: { readonly subject: Subject }) {
  const { t } = useTranslation();
  const { file, bundle } = subject;
  const [target, setTarget] = useState<Target>(file === undefined || file.size === 0 ? 'bundle' : 'content');
  const id = useId();
  const sizeBytes = target === 'content' ? (file?.size ?? 0) : bundle.length;
  const [offset, setOffset] = useState<number | undefined>(undefined);
  const at = Math.min(offset ?? Math.floor(sizeBytes / 2), sizeBytes - 1);
  const flip = useMutation({ mutationFn: () => verifyFlipped(subject, target, at) });
  const choose = (chosen: Target): void => {
    setTarget(chosen);
    setOffset(undefined);
    flip.reset();
  };
  return (
    <Panel title={t('verify.flip')} hint={t('verify.flipHint')} printed={false}>
      <div className={styles.controls}>
        <Segmented<Target>
          value={target}
          onChange={choose}
          options={[
            {
              value: 'content',
              label: t('verify.flipContent'),
              disabled: file === undefined || file.size === 0,
            },
            { value: 'bundle', label: t('verify.flipBundle') },
          ]}
        />
        <label className={styles.offset} htmlFor={id}>
          {t('verify.flipOffset', { last: formatCount(sizeBytes - 1) })}
          <InputNumber
            id={id}
            min={0}
            max={sizeBytes - 1}
            precision={0}
            value={at}
            onChange={(value) => setOffset(value ?? undefined)}
          />
        </label>
        <Button type="primary" loading={flip.isPending} onClick={() => flip.mutate()}>
          {t('verify.flipRun')}
        </Button>
      </div>
      {flip.error === null ? null : (
        <StatusTag tone="bad">{t('verify.hashFailed', { detail: flip.error.message })}</StatusTag>
      )}
      {flip.data === undefined ? null : <Outcome flipped={flip.data} subject={subject} />}
    </Panel>
  );
}

async function verifyFlipped(subject: Subject, target: Target, offset: number): Promise<Flipped> {
  const { file, bundle, content, trust } = subject;
  const options = 'genesis' in trust ? { trust: { genesis: trust.genesis } } : {};
  if (target === 'content' && file !== undefined) {
    const { signal } = new AbortController();
    const digests = await verifier().hash(file, { signal, flip: { offset, mask: MASK } });
    const byte = new Uint8Array(await file.slice(offset, offset + 1).arrayBuffer());
    const report = await verifier().verify(bundle, { ...options, content: digests });
    return { target, offset, before: byte[0] ?? 0, report, digests };
  }
  const changed = bundle.slice();
  const before = bundle[offset] ?? 0;
  changed[offset] = before ^ MASK;
  const report = await verifier().verify(changed, {
    ...options,
    ...(content === undefined ? {} : { content }),
  });
  return { target, offset, before, report, digests: undefined };
}

function Outcome({ flipped, subject }: { readonly flipped: Flipped; readonly subject: Subject }) {
  const { t, i18n } = useTranslation();
  const { report, target, offset, before, digests } = flipped;
  const failed = report.steps.filter(({ status }) => status === 'failed');
  const reasons = failed.map(({ title, problem }) => {
    const why = problem === undefined ? '' : ` (${inLanguage(i18n.language, PROBLEMS[problem.code].title)})`;
    return `${inLanguage(i18n.language, title)}${why}`;
  });
  return (
    <div className={styles.outcome} data-flip={target}>
      <p>
        {t('verify.flipDone', {
          target: target === 'content' ? t('verify.flipContent') : t('verify.flipBundle'),
          offset: formatCount(offset),
          before: `0x${toHex(Uint8Array.of(before))}`,
          after: `0x${toHex(Uint8Array.of(before ^ MASK))}`,
        })}
      </p>
      <Banner conclusion={report.conclusion} text={reasons.join(' · ')} />
      {digests === undefined
        ? null
        : HASH_NAMES.map((hashName) => {
            const original = subject.content?.[hashName];
            return original === undefined ? null : (
              <div key={hashName}>
                <b>{t(`hash.${hashName}`)}</b>
                <HexDiff
                  first={{ name: t('verify.flipBefore'), hex: toHex(original) }}
                  second={{ name: t('verify.flipAfter'), hex: toHex(digests[hashName]) }}
                />
              </div>
            );
          })}
    </div>
  );
}
