import { ReloadOutlined } from '@ant-design/icons';
import type { HashName } from '@hufu/crypto';
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import button from '../../components/LinkButton.module.css';
import { Panel } from '../../components/Panel.tsx';
import { StatusTag } from '../../components/StatusTag.tsx';
import { type ProvenRecord, pathModels } from '../../data/record-verification.ts';
import { PathLadder } from './PathLadder.tsx';

/** The record's way to the signed root under either hash, recomputed here and drawn. */
export function InclusionPath({ proven }: { readonly proven: ProvenRecord }) {
  const { t } = useTranslation();
  const [run, setRun] = useState(0);
  // `run` is a dependency because "recompute" means it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  const paths = useMemo(() => pathModels(proven), [proven, run]);
  const [chosen, setChosen] = useState<HashName | undefined>(undefined);
  const shown = paths.find(({ hashName }) => hashName === chosen) ?? paths[0];
  if (shown === undefined) return null;
  const steps = shown.model?.steps.length ?? 0;
  return (
    <Panel
      title={t('record.path')}
      hint={steps === 0 ? t('record.pathSingle') : t('record.pathHint', { count: steps })}
      extra={
        <>
          <Segmented<HashName>
            value={shown.hashName}
            onChange={setChosen}
            options={paths.map(({ hashName, model }) => ({
              value: hashName,
              label: (
                <StatusTag tone={model?.matches === true ? 'ok' : 'bad'} look="plain">
                  {t(`hash.${hashName}`)}
                </StatusTag>
              ),
            }))}
          />
          <button type="button" className={button.button} onClick={() => setRun(run + 1)}>
            <ReloadOutlined />
            {t('record.recompute')}
          </button>
        </>
      }
    >
      {shown.model === undefined ? (
        <StatusTag tone="bad">{t('record.pathUnreadable')}</StatusTag>
      ) : (
        <PathLadder
          key={`${shown.hashName}/${run}`}
          path={shown.model}
          height={proven.header.height}
          index={proven.record.index}
        />
      )}
    </Panel>
  );
}
