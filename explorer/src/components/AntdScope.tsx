import { ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { antdTheme } from '../theme/antd-theme.ts';
import { useScheme } from '../theme/color-scheme.ts';

/**
 * Where Ant Design's controls stand: it gives them our colours and the reader's language. Pages that need
 * controls load it; the shell and the home page are plain, so that the first load stays small.
 */
export function AntdScope({ children }: { readonly children: ReactNode }) {
  const { i18n } = useTranslation();
  const scheme = useScheme();
  return (
    <ConfigProvider locale={i18n.language === 'zh-CN' ? zhCN : enUS} theme={antdTheme(scheme)}>
      {children}
    </ConfigProvider>
  );
}
