import { DisconnectOutlined, FileSearchOutlined } from '@ant-design/icons';
import type { CallError } from '@hufu/api';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isNotFound, LookupError } from '../data/node.ts';
import styles from './Failure.module.css';

interface StateProps {
  readonly icon: ReactNode;
  readonly title: ReactNode;
  readonly children: ReactNode;
}

function State({ icon, title, children }: StateProps) {
  return (
    <div className={styles.state} role="status">
      <span className={styles.icon}>{icon}</span>
      <p className={styles.title}>{title}</p>
      <div className={styles.text}>{children}</div>
    </div>
  );
}

/** Looked up, and there is no such thing. */
export function NotFound({ title, children }: { readonly title: ReactNode; readonly children?: ReactNode }) {
  return (
    <State icon={<FileSearchOutlined />} title={title}>
      {children}
    </State>
  );
}

interface FailureProps {
  readonly error: Error;
  /** What to say when the node answered that there is no such thing. */
  readonly notFound: ReactNode;
  readonly onRetry: () => void;
}

/** A query's failure: "not found" where the node said so, "cannot look up now" with the failing part otherwise. */
export function Failure({ error, notFound, onRetry }: FailureProps) {
  const { t } = useTranslation();
  const reason = error instanceof LookupError ? error.reason : undefined;
  if (reason !== undefined && isNotFound(reason))
    return <NotFound title={notFound}>{t('failure.checkInput')}</NotFound>;
  return (
    <State icon={<DisconnectOutlined />} title={t('failure.cannotLookUp')}>
      <p>{t('failure.notAbsence')}</p>
      {reason === undefined ? <p>{error.message}</p> : <Reason reason={reason} />}
      <button type="button" className={styles.retry} onClick={onRetry}>
        {t('common.retry')}
      </button>
    </State>
  );
}

/** Names the part that failed, and the request's id where the node gave one. */
function Reason({ reason }: { readonly reason: CallError }) {
  const { t, i18n } = useTranslation();
  switch (reason.kind) {
    case 'network':
      return <ReasonRows part={t('failure.partNetwork')} detail={reason.detail} />;
    case 'timeout':
      return (
        <ReasonRows
          part={t('failure.partTimeout')}
          detail={t('failure.timeoutAfter', { seconds: reason.timeoutMs / 1000 })}
        />
      );
    case 'invalid-answer':
      return (
        <ReasonRows part={t('failure.partAnswer')} detail={`HTTP ${reason.status} · ${reason.detail}`} />
      );
    case 'problem': {
      const { titles, remedy, code, requestId, detail } = reason.problem;
      const language = i18n.language === 'zh-CN' ? 'zh' : 'en';
      return (
        <ReasonRows
          part={t('failure.partNode')}
          detail={`${titles[language]} (${code})${detail === undefined ? '' : ` · ${detail}`}`}
          remedy={remedy[language]}
          requestId={requestId}
        />
      );
    }
  }
}

interface ReasonRowsProps {
  readonly part: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly requestId?: string | undefined;
}

function ReasonRows({ part, detail, remedy, requestId }: ReasonRowsProps) {
  const { t } = useTranslation();
  return (
    <dl className={styles.reason}>
      <dt>{t('failure.part')}</dt>
      <dd>{part}</dd>
      <dt>{t('failure.detail')}</dt>
      <dd>{detail}</dd>
      {remedy === undefined ? null : (
        <>
          <dt>{t('failure.remedy')}</dt>
          <dd>{remedy}</dd>
        </>
      )}
      {requestId === undefined ? null : (
        <>
          <dt>{t('failure.requestId')}</dt>
          <dd>
            <code>{requestId}</code>
          </dd>
        </>
      )}
    </dl>
  );
}
