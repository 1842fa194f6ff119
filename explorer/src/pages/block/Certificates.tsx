import type { BlockDetail } from '@hufu/api';
import { quorum } from '@hufu/consensus';
import { toHex } from '@hufu/crypto';
import { PROBLEMS } from '@hufu/proof';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import table from '../../components/DataTable.module.css';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import type { Finality } from '../../data/block-verification.ts';
import { inLanguage } from '../../i18n/in-language.ts';
import type { BlockCheck, CertificateCheck } from '../../model/block-check.ts';
import { formatCount } from '../../model/format.ts';
import styles from './Certificates.module.css';

interface CertificatesProps {
  readonly block: BlockDetail;
  readonly check: BlockCheck;
  readonly finality: Finality;
}

/** Who signed that this block is final, suite by suite, as checked in this browser. */
export function Certificates({ block, check, finality }: CertificatesProps) {
  const { t } = useTranslation();
  const inherited = block.certifiedBy > block.header.height;
  const shown = inherited && finality.status === 'verified' ? finality.certifiedBy : check;
  return (
    <Panel title={t('certificate.title')} hint={t('block.certificatesHint')} body="flush">
      {inherited ? <Inherited certifiedBy={block.certifiedBy} finality={finality} /> : null}
      {inherited && finality.status !== 'verified' ? null : <Matrix check={shown} />}
    </Panel>
  );
}

/** Consensus may finalize a block through a later one's certificate; the digests in between are the link. */
function Inherited({ certifiedBy, finality }: { readonly certifiedBy: number; readonly finality: Finality }) {
  const { t } = useTranslation();
  const height = formatCount(certifiedBy);
  const words = {
    uncertified: null,
    unavailable: <StatusTag tone="warn">{t('failure.cannotLookUp')}</StatusTag>,
    pending: <StatusTag tone="busy">{t('certificate.inheritedPending', { height })}</StatusTag>,
    verified: <StatusTag tone="ok">{t('certificate.inherited', { height })}</StatusTag>,
    failed: <StatusTag tone="bad">{t('certificate.inheritedBroken', { height })}</StatusTag>,
    'too-far': <StatusTag tone="warn">{t('certificate.tooFar', { height })}</StatusTag>,
  } satisfies Record<Finality['status'], unknown>;
  return (
    <p className={styles.note}>
      {words[finality.status]}{' '}
      <Link to="/blocks/$height" params={{ height: String(certifiedBy) }}>
        {t('block.title', { height })}
      </Link>
    </p>
  );
}

function Matrix({ check }: { readonly check: BlockCheck }) {
  const { t } = useTranslation();
  const { genesis, validators, certificates } = check;
  return (
    <>
      <ul className={styles.summary}>
        {certificates.map((certificate) => (
          <li key={certificate.suite} data-certificate={certificate.suite}>
            <span className={styles.suite}>{t(`suite.${certificate.suite}`)}</span>
            <Summary certificate={certificate} total={validators.validators.length} />
          </li>
        ))}
      </ul>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t('certificate.validator')}</th>
            {certificates.map(({ suite }) => (
              <th scope="col" key={suite}>
                {t(`suite.${suite}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {validators.validators.map(({ name: member, keys }, index) => (
            <tr key={keys.map(toHex).join()} data-signer={member}>
              <td data-label={t('certificate.validator')}>
                {genesis.members.find(({ name }) => name === member)?.organisation ?? member}
              </td>
              {certificates.map((certificate) => (
                <td key={certificate.suite} data-label={t(`suite.${certificate.suite}`)}>
                  <Cell certificate={certificate} index={index} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

interface SummaryProps {
  readonly certificate: CertificateCheck;
  readonly total: number;
}

function Summary({ certificate, total }: SummaryProps) {
  const { t, i18n } = useTranslation();
  switch (certificate.status) {
    case 'verified':
      return (
        <StatusTag tone="ok">
          {t('certificate.verified', { signers: certificate.signers.length, total, quorum: quorum(total) })}
        </StatusTag>
      );
    case 'failed':
      return (
        <StatusTag tone="bad">
          {t('certificate.failed')} · {inLanguage(i18n.language, PROBLEMS[certificate.problem].title)}
        </StatusTag>
      );
    case 'absent':
      return <StatusTag tone="idle">{t('certificate.absent')}</StatusTag>;
  }
}

function Cell({ certificate, index }: { readonly certificate: CertificateCheck; readonly index: number }) {
  const { t } = useTranslation();
  switch (certificate.status) {
    case 'verified': {
      const signed = certificate.signers.includes(index);
      return (
        <StatusTag tone={signed ? 'ok' : 'idle'} look="plain">
          {signed ? t('certificate.signed') : t('certificate.notSigned')}
        </StatusTag>
      );
    }
    case 'failed':
      return (
        <StatusTag tone="bad" look="plain">
          {t('certificate.invalid')}
        </StatusTag>
      );
    case 'absent':
      return (
        <StatusTag tone="idle" look="plain">
          {t('common.none')}
        </StatusTag>
      );
  }
}
