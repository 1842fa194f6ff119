import { type ThemeConfig, theme } from 'antd';
import type { Scheme } from './color-scheme.ts';

/** The colours of theme/tokens.css that Ant Design derives its own from. */
const COLORS = {
  light: {
    primary: '#1d4b73',
    surface: '#ffffff',
    line: '#e1e6eb',
    ink: '#16212c',
    ok: '#17754a',
    bad: '#b3261e',
  },
  dark: {
    primary: '#7db4e4',
    surface: '#131a21',
    line: '#25303a',
    ink: '#e7edf3',
    ok: '#5cc793',
    bad: '#f28b82',
  },
} as const;

export function antdTheme(scheme: Scheme): ThemeConfig {
  const colors = COLORS[scheme];
  return {
    algorithm: scheme === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { key: 'hufu' },
    hashed: false,
    token: {
      colorPrimary: colors.primary,
      colorInfo: colors.primary,
      colorLink: colors.primary,
      colorSuccess: colors.ok,
      colorError: colors.bad,
      colorBgContainer: colors.surface,
      colorBgElevated: colors.surface,
      colorBorder: colors.line,
      colorTextBase: colors.ink,
      borderRadius: 6,
      fontSize: 14,
      fontFamily: 'var(--sans)',
      fontFamilyCode: 'var(--mono)',
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.18s',
      ...(scheme === 'dark' ? { colorTextLightSolid: '#0c1116' } : {}),
    },
  };
}
