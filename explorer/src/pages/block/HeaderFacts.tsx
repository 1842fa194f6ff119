import { hashOf, toHex } from '@hufu/crypto';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Fact, Facts } from '../../components/Facts.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { Time } from '../../components/Time.tsx';
import type { Translation } from '../../i18n/zh.ts';
import type { BlockCheck } from '../../model/block-check.ts';
import { formatCount } from '../../model/format.ts';
import styles from './HeaderFacts.module.css';

interface HeaderFactsProps {
  readonly check: BlockCheck;
  readonly headerBytes: string;
}

/** Every field of the header, decoded here from its bytes, with what it means. */
export function HeaderFacts({ check, headerBytes }: HeaderFactsProps) {
  const { t } = useTranslation();
  return (
    <Panel title={t('block.header')} hint={t('block.headerHint')}>
      <Facts facts={useFacts(check)} />
      <details className={styles.bytes}>
        <summary>{t('block.headerBytes')}</summary>
        <Hash value={headerBytes} fit="wrap" />
      </details>
    </Panel>
  );
}

function useFacts({ header, genesis, validators, digests }: BlockCheck): readonly Fact[] {
  const { t } = useTranslation();
  const fact = (key: keyof Translation['block']['field'], value: ReactNode): Fact => ({
    key,
    name: t(`block.field.${key}`),
    help: t(`block.help.${key}`),
    value,
  });
  const perSuite = (list: readonly Uint8Array[]): ReactNode =>
    list.map((digest, i) => {
      const suite = genesis.suites[i];
      return suite === undefined ? null : (
        <LabelledHash key={suite} label={t(`hash.${hashOf(suite)}`)} value={toHex(digest)} />
      );
    });
  const proposer = validators.validators[header.proposer]?.name ?? '';
  const organisation = genesis.members.find(({ name }) => name === proposer)?.organisation ?? proposer;
  return [
    fact('height', formatCount(header.height)),
    fact('time', <Time timeMs={header.timeMs} precise />),
    fact('proposer', `${organisation} (${proposer})`),
    fact('view', formatCount(header.view)),
    fact('epoch', formatCount(header.epoch)),
    fact('logSize', formatCount(header.logSize)),
    fact(
      'digests',
      digests.map(({ hashName, computed, asNodeSays }) => (
        <LabelledHash key={hashName} label={t(`hash.${hashName}`)} value={computed}>
          <StatusTag tone={asNodeSays ? 'ok' : 'bad'} look="plain">
            {asNodeSays ? t('block.digestMatches') : t('block.digestDiffers')}
          </StatusTag>
        </LabelledHash>
      )),
    ),
    fact(
      'parent',
      <>
        {perSuite(header.parent)}
        {header.height > 1 ? (
          <Link to="/blocks/$height" params={{ height: String(header.height - 1) }}>
            {t('block.title', { height: formatCount(header.height - 1) })}
          </Link>
        ) : null}
      </>,
    ),
    fact('logRoots', perSuite(header.logRoots)),
    fact('stateRoot', perSuite(header.stateRoot)),
    fact('refsDigest', <Hash value={toHex(header.refsDigest)} />),
    fact('validatorSetDigest', perSuite(header.validatorSetDigest)),
    ...(header.nextValidatorSetDigest === undefined
      ? []
      : [fact('nextValidatorSetDigest', perSuite(header.nextValidatorSetDigest))]),
    fact('chainId', perSuite(header.chainId)),
  ];
}

interface LabelledHashProps {
  readonly label: string;
  readonly value: string;
  readonly children?: ReactNode;
}

function LabelledHash({ label, value, children }: LabelledHashProps) {
  return (
    <div className={styles.row}>
      <span className={styles.label}>{label}</span>
      <Hash value={value} />
      {children}
    </div>
  );
}
