import type { DroppedGroup } from '@hufu/api';
import { useTranslation } from 'react-i18next';
import table from '../../components/DataTable.module.css';
import { Panel } from '../../components/Panel.tsx';
import { dropReason } from '../../i18n/drop-reason.ts';
import { formatEvidenceNumber } from '../../model/evidence-number.ts';

/** What was in the block and did not apply, by gateway and by the reason every node agreed on. */
export function DroppedSubmissions({ dropped }: { readonly dropped: readonly DroppedGroup[] }) {
  const { t, i18n } = useTranslation();
  return (
    <Panel title={t('block.dropped')} hint={t('block.droppedHint')} body="flush">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t('record.serial')}</th>
            <th scope="col">{t('block.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {dropped.map(({ gateway, firstSerial, count, reason }) => (
            <tr key={`${gateway}/${firstSerial}/${count}/${reason}`}>
              <td data-label={t('record.serial')}>
                {formatEvidenceNumber({ gateway, serial: firstSerial })} · {t('block.count', { count })}
              </td>
              <td data-label={t('block.reason')}>{dropReason(t, i18n.language, reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
