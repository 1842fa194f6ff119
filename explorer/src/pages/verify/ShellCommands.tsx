import { DownloadOutlined } from '@ant-design/icons';
import { parseBundle } from '@hufu/proof';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Panel } from '../../components/Panel.tsx';
import { download } from '../../data/download.ts';
import { readBundleRecords } from '../../model/bundle-records.ts';
import { digestsOf, positionOf } from '../../model/content-digests.ts';
import { shellScript } from '../../model/shell-script.ts';
import styles from './ShellCommands.module.css';
import type { Subject } from './Verdict.tsx';

/** The same verification as a script for bash and OpenSSL, written out of this very proof. */
export function ShellCommands({ subject }: { readonly subject: Subject }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const script = useMemo(() => (open ? scriptFor(subject) : undefined), [open, subject]);
  return (
    <Panel title={t('verify.commands')} hint={t('verify.commandsHint')} printed={false}>
      <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t('verify.showCommands')}</summary>
        {script === undefined ? null : (
          <>
            <div className={styles.actions}>
              <Button
                size="small"
                icon={<DownloadOutlined />}
                onClick={() => download('verify.sh', 'text/x-shellscript', script)}
              >
                verify.sh
              </Button>
              <CopyButton text={script} />
            </div>
            <pre className={styles.script}>{script}</pre>
          </>
        )}
      </details>
    </Panel>
  );
}

/** Undefined for a bundle that cannot be read: there is nothing to write commands from. */
function scriptFor({ bundle, bundleName, file, content }: Subject): string | undefined {
  if (!parseBundle(bundle).ok) return undefined;
  const position = positionOf(digestsOf(content), readBundleRecords(bundle));
  const script = shellScript(bundle, position, {
    bundle: bundleName,
    ...(file === undefined ? {} : { content: file.name }),
  });
  return script.ok ? script.value : undefined;
}
