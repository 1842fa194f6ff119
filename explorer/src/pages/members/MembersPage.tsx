import { quorum } from '@hufu/consensus';
import { equalBytes } from '@hufu/crypto';
import {
  encodeValidatorSet,
  type Genesis,
  type Member,
  parseGenesis,
  type Registry,
  registryValidatorSet,
} from '@hufu/proof';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../components/Facts.tsx';
import { Failure, NotFound } from '../../components/Failure.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Loading } from '../../components/Loading.tsx';
import { PageTitle } from '../../components/PageTitle.tsx';
import { Panel } from '../../components/Panel.tsx';
import stack from '../../components/Stack.module.css';
import { StatusTag } from '../../components/StatusTag.tsx';
import { Time } from '../../components/Time.tsx';
import { useEpochValidators } from '../../data/epochs.ts';
import { queries } from '../../data/queries.ts';
import { roleName } from '../../i18n/role-name.ts';
import { formatCount } from '../../model/format.ts';
import styles from './MembersPage.module.css';

/** Who takes part in the current epoch and with which keys. */
export function MembersPage() {
  const { t } = useTranslation();
  const genesis = useQuery(queries.genesis());
  const parsed = useMemo(
    () => (genesis.data === undefined ? undefined : parseGenesis(genesis.data)),
    [genesis.data],
  );
  return (
    <div className={stack.stack}>
      <PageTitle text={t('members.hint')}>{t('members.title')}</PageTitle>
      {genesis.error !== null ? (
        <Panel>
          <Failure
            error={genesis.error}
            notFound={t('home.noValidators')}
            onRetry={() => void genesis.refetch()}
          />
        </Panel>
      ) : parsed === undefined ? (
        <Panel>
          <Loading rows={8} />
        </Panel>
      ) : parsed.ok ? (
        <CurrentMembers genesis={parsed.value.genesis} />
      ) : (
        <Panel>
          <NotFound title={t('block.genesisUnreadable')}>{parsed.error.code}</NotFound>
        </Panel>
      )}
    </div>
  );
}

/** The genesis's until the first governance action; afterwards the node's, its validators' keys proven here. */
function CurrentMembers({ genesis }: { readonly genesis: Genesis }) {
  const { t } = useTranslation();
  const registry = useQuery(queries.registry());
  const epoch = registry.data?.epoch ?? 0;
  const inOffice = useEpochValidators(epoch);
  if (registry.data === undefined || epoch === 0) return <Members genesis={genesis} registry={genesis} />;
  const named = registryValidatorSet(epoch, genesis.suites, registry.data);
  const proven =
    inOffice.status === 'proven' &&
    equalBytes(encodeValidatorSet(inOffice.validators), encodeValidatorSet(named));
  const tone = proven ? 'ok' : inOffice.status === 'pending' ? 'busy' : 'bad';
  return (
    <>
      <Panel title={t('epoch.current', { epoch: formatCount(epoch) })}>
        <StatusTag tone={tone}>{proven ? t('epoch.proven') : t('epoch.unproven')}</StatusTag>
      </Panel>
      <Members genesis={genesis} registry={registry.data} />
    </>
  );
}

interface MembersProps {
  readonly genesis: Genesis;
  readonly registry: Registry;
}

function Members({ genesis, registry }: MembersProps) {
  const { t } = useTranslation();
  const { validators, members } = registry;
  const total = validators.length;
  const needed = quorum(total);
  const others = members.filter(({ name }) => !validators.some((validator) => validator.member === name));
  return (
    <>
      <Panel title={t('members.networkPanel')}>
        <Facts
          facts={[
            { key: 'name', name: t('members.network'), value: genesis.name },
            {
              key: 'created',
              name: t('members.createdAt'),
              value: <Time timeMs={Date.parse(genesis.createdAt)} />,
            },
          ]}
        />
      </Panel>
      <Panel
        title={t('members.validatorSet')}
        hint={t('members.validatorSetHint', { total, quorum: needed, faults: total - needed })}
        body="flush"
      >
        <ul>
          {validators.map(({ member, peerId, keys }, index) => (
            <li key={peerId} className={styles.row} data-validator={member}>
              <Who member={members.find(({ name }) => name === member)} index={index} />
              <dl className={styles.keys}>
                {genesis.suites.map((suite) => (
                  <KeyRow key={suite} name={t(`suite.${suite}`)} value={keys[suite] ?? ''} />
                ))}
                <KeyRow name={t('members.peerId')} value={peerId} />
              </dl>
            </li>
          ))}
        </ul>
      </Panel>
      {others.length === 0 ? null : (
        <Panel title={t('members.others')} body="flush">
          <ul>
            {others.map((member) => (
              <li key={member.name} className={styles.row}>
                <Who member={member} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Gateways registered={registry.gateways} />
    </>
  );
}

function Gateways({ registered }: { readonly registered: Registry['gateways'] }) {
  const { t } = useTranslation();
  const gateways = useQuery(queries.gateways());
  return (
    <Panel title={t('members.gateways')} hint={t('members.gatewaysHint')} body="flush">
      {registered.length === 0 ? <p className={styles.none}>{t('members.noGateways')}</p> : null}
      <ul>
        {registered.map(({ index, name, member, suite, publicKey }) => {
          const next = gateways.data?.gateways.find((gateway) => gateway.index === index)?.nextSerial;
          return (
            <li key={index} className={styles.row} data-gateway={name}>
              <div>
                <b>{name}</b>
                <p className={styles.sub}>
                  {t('record.gatewayNumber', { gateway: index })} · {member}
                </p>
                {next === undefined ? null : (
                  <p className={styles.sub}>
                    {t('members.nextSerial')} {formatCount(next)}
                  </p>
                )}
              </div>
              <dl className={styles.keys}>
                <KeyRow name={t(`suite.${suite}`)} value={publicKey} />
              </dl>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Who({ member, index }: { readonly member: Member | undefined; readonly index?: number }) {
  const { t } = useTranslation();
  if (member === undefined) return null;
  return (
    <div>
      <b>{member.organisation}</b>
      <p className={styles.sub}>
        {member.roles.map((role) => roleName(t, role)).join(' · ')} · {member.name}
      </p>
      {index === undefined ? null : <p className={styles.sub}>{t('members.validator', { index })}</p>}
    </div>
  );
}

function KeyRow({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className={styles.key}>
      <dt>{name}</dt>
      <dd>
        <Hash value={value} fit="wrap" />
      </dd>
    </div>
  );
}
