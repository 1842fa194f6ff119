import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

/** Also as root and without a GPU; nothing of its own over the network. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A real browser and five server processes on two busy cores are slow. */
const TIMEOUT_MS = 90_000;

/** A Chromium: the one in HUFU_CHROMIUM, as `npm test` sets it, else the system's. */
export async function startBrowser(t: Test): Promise<Browser> {
  const executablePath = process.env.HUFU_CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  t.teardown(() => browser.close());
  return browser;
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console, uncaught ones and what the content security policy refused. */
  readonly complaints: readonly string[];
}

/** A page in a fresh profile; Chinese, desktop and light unless asked otherwise. */
export async function openPage(
  t: Test,
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    locale: 'zh-CN',
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
    ...options,
  });
  t.teardown(() => context.close());
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, context, complaints };
}
