import type { NodeStatus } from '@hufu/api';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { queries } from '../../data/queries.ts';
import { roleName } from '../../i18n/role-name.ts';
import styles from './Validators.module.css';

/** Who agrees on the ledger, and which of them this node reaches now. */
export function Validators({ status }: { readonly status: UseQueryResult<NodeStatus> }) {
  const { t } = useTranslation();
  const validators = useQuery(queries.validators(status.data?.epoch));
  const more = <Link to="/members">{t('home.members')}</Link>;
  return (
    <Panel title={t('home.validatorList')} extra={more} body="flush">
      {validators.data === undefined ? (
        validators.error === null ? (
          <Loading />
        ) : (
          <Failure
            error={validators.error}
            notFound={t('home.noValidators')}
            onRetry={() => void validators.refetch()}
          />
        )
      ) : (
        <ul>
          {validators.data.validators.map((validator) => (
            <li key={validator.index} className={styles.row} data-validator={validator.name}>
              <span className={styles.who}>
                <span className={styles.organisation}>{validator.organisation}</span>
                <span className={styles.roles}>
                  {validator.roles.map((role) => roleName(t, role)).join(' · ')} · {validator.name}
                </span>
              </span>
              <Reach status={status.data} index={validator.index} failed={status.isError} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface ReachProps {
  readonly status: NodeStatus | undefined;
  readonly index: number;
  readonly failed: boolean;
}

function Reach({ status, index, failed }: ReachProps) {
  const { t } = useTranslation();
  if (status === undefined || failed) {
    return (
      <StatusTag tone="idle" look="plain">
        {t('home.reach.unknown')}
      </StatusTag>
    );
  }
  if (status.node.index === index) {
    return (
      <StatusTag tone="ok" look="plain">
        {t('home.reach.self')}
      </StatusTag>
    );
  }
  const connected = status.peers.some((peer) => peer.index === index && peer.connected);
  return (
    <StatusTag tone={connected ? 'ok' : 'bad'} look="plain">
      {connected ? t('home.reach.connected') : t('home.reach.unreachable')}
    </StatusTag>
  );
}
