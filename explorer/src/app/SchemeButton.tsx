import { DesktopOutlined, MoonOutlined, SunOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { cycleScheme, type SchemeChoice, useSchemeChoice } from '../theme/color-scheme.ts';
import styles from './ToolButton.module.css';

const ICONS: Readonly<Record<SchemeChoice, ReactNode>> = {
  system: <DesktopOutlined />,
  light: <SunOutlined />,
  dark: <MoonOutlined />,
};

/** Goes round: as the system, light, dark. */
export function SchemeButton() {
  const { t } = useTranslation();
  const choice = useSchemeChoice();
  return (
    <button
      type="button"
      className={styles.button}
      title={t(`scheme.${choice}`)}
      aria-label={t(`scheme.${choice}`)}
      onClick={cycleScheme}
    >
      {ICONS[choice]}
    </button>
  );
}
