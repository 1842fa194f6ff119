import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PROBLEM_CONTENT_TYPE, problem } from '@hufu/api';
import { verify } from '@hufu/proof';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { openPage, startBrowser } from './browser.ts';
import { type DevNetwork, startDevNetwork } from './dev-network.ts';

const FIRST_LOAD_LIMIT_BYTES = 250_000;
const PHONE = { width: 360, height: 740 };

/** A record of new content, as an application would post it. */
async function record({ client }: DevNetwork, content: string): Promise<void> {
  const receipt = await client.postEvidence({ content: Buffer.from(content).toString('base64') });
  if (!receipt.ok) throw new Error(JSON.stringify(receipt.error));
}

t.test('the explorer, in a browser, on four real nodes', async (t) => {
  const network = await startDevNetwork(t);
  const browser = await startBrowser(t);
  await t.test('home shows a new block as it is finalized', (t) => homeIsLive(t, network, browser));
  await t.test('a record’s path is recomputed in the browser', (t) => recordVerifies(t, network, browser));
  await t.test('a block’s certificates are verified in the browser', (t) =>
    blockVerifies(t, network, browser),
  );
  await t.test('file and proof verify with the network gone', (t) => verifiesOffline(t, network, browser));
  await t.test('one flipped byte fails', (t) => flippedByteFails(t, network, browser));
  await t.test('a file alone is looked up; not found is not “cannot look up”', (t) =>
    looksUp(t, network, browser),
  );
  await t.test('a node that fetches the past says so, and shows it when it is there', (t) =>
    tellsOfHistory(t, network, browser),
  );
  await t.test('every page fits a phone, in English and dark', (t) => fitsPhone(t, network, browser));
  await t.test('the first load keeps to its budget', (t) => keepsBudget(t, network, browser));
});

async function homeIsLive(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page, complaints } = await openPage(t, browser);
  await page.goto(network.explorerUrl);
  const newest = page.locator('tr[data-height]').first();
  await newest.waitFor();
  const before = Number(await newest.getAttribute('data-height'));
  // The stream says that it is live; only then must a block come by it.
  await page.getByText('实时', { exact: true }).waitFor();
  await record(network, `live ${before}`);
  await page.locator(`tr[data-height="${before + 1}"]`).waitFor();
  const records = page.locator('[data-figure="records"]');
  await records.getByText('2', { exact: true }).waitFor();
  t.match(
    await page.locator('[data-figure="height"]').textContent(),
    /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+UTC\+8/,
  );
  t.match(await page.locator('[data-figure="validators"]').textContent(), /4 \/ 4/);

  await page.locator('tr[data-height]').first().hover();
  await record(network, `while reading ${before}`);
  const pill = page.getByRole('button', { name: /个新区块/ });
  await pill.waitFor();
  const held = Number(await newest.getAttribute('data-height'));
  await pill.click();
  await page.locator(`tr[data-height="${held + 1}"]`).waitFor();
  t.same(complaints, [], 'nothing on the console, nothing refused by the policy');
}

async function recordVerifies(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page, complaints } = await openPage(t, browser);
  await page.goto(`${network.explorerUrl}/members`);
  await page.getByRole('combobox').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(network.anchored.id);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/records/${network.anchored.index}`);
  await page.getByText('全部核验通过').waitFor();
  for (const hashName of ['SHA-256', 'SM3']) {
    await page.getByRole('radiogroup').getByText(hashName).click();
    await page.locator('[data-path-result="matches"]').waitFor();
  }
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: /下载证明/ }).click();
  const saved = readFileSync(await (await downloading).path());
  const trust = { genesis: readFileSync(network.genesisPath) };
  const report = verify(saved, { trust, content: readFileSync(network.anchored.file) });
  t.equal(report.conclusion, 'passed', 'what is saved verifies elsewhere');
  t.same(complaints, []);
}

async function blockVerifies(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page, complaints } = await openPage(t, browser);
  await page.goto(network.explorerUrl);
  await page.getByRole('combobox').waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('1');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/blocks/1');
  await page.getByText('最终性已核验').waitFor();
  t.equal(await page.locator('[data-certificate] [data-tone="ok"]').count(), 2, 'one certificate a suite');
  t.ok((await page.locator('[data-signer] [data-tone="ok"]').count()) >= 6, 'three of four, twice');
  await page.goto(`${network.explorerUrl}/blocks/999999`);
  await page.getByText('没有高度为 999,999 的区块').waitFor();
  t.same(
    complaints.filter((complaint) => !complaint.includes('404')),
    [],
  );
}

/** The verify page, loaded, and then cut off from every network. */
async function openOffline(t: Test, { explorerUrl }: DevNetwork, browser: Browser) {
  const opened = await openPage(t, browser);
  await opened.page.goto(`${explorerUrl}/verify`);
  await opened.page.locator('[data-verifier="ready"]').waitFor();
  await opened.context.setOffline(true);
  await opened.context.route('**', (route) => route.abort());
  return opened;
}

function drop(
  page: Page,
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
): Promise<void> {
  return page
    .locator('input[type="file"]')
    .setInputFiles(files.map(({ name, bytes }) => ({ name, mimeType: '', buffer: bytes })));
}

function filesOf({ anchored }: DevNetwork) {
  const file = { name: basename(anchored.file), bytes: readFileSync(anchored.file) };
  const proof = { name: basename(anchored.bundle), bytes: readFileSync(anchored.bundle) };
  return { file, proof };
}

async function verifiesOffline(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page } = await openOffline(t, network, browser);
  const { file, proof } = filesOf(network);
  await drop(page, [proof]);
  await page.getByText('未提供原文件，因此没有核对文件').waitFor();
  await drop(page, [file]);
  await page.getByText('这份文件与账本记录的摘要一致').waitFor();
  const statuses = await page
    .locator('[data-step]')
    .evaluateAll((steps) =>
      steps.map((step) => `${step.getAttribute('data-step')}: ${step.getAttribute('data-status')}`),
    );
  t.ok(statuses.length >= 13, `${statuses.length} steps`);
  t.ok(
    statuses.every((status) => status.endsWith(': passed')),
    statuses.join(', '),
  );
  t.equal(await page.locator('[data-trust="node"]').count(), 1, 'on the word of this node');

  await drop(page, [{ name: 'genesis.json', bytes: readFileSync(network.genesisPath) }]);
  await page.locator('[data-trust="file"]').waitFor();
  await page.locator('[data-conclusion="passed"]').waitFor();
  await page.getByText('显示命令').click();
  await page.getByText('#!/usr/bin/env bash').waitFor();
}

async function flippedByteFails(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page } = await openOffline(t, network, browser);
  const { file, proof } = filesOf(network);
  const flipped = Buffer.from(file.bytes);
  flipped[1234] = (flipped[1234] ?? 0) ^ 0x01;
  await drop(page, [{ ...file, bytes: flipped }, proof]);
  await page.locator('[data-conclusion="failed"]').waitFor();
  for (const step of ['content-sha256', 'content-sm3']) {
    t.equal(await page.locator(`[data-step="${step}"]`).getAttribute('data-status'), 'failed', step);
  }
  await drop(page, [file]);
  await page.locator('[data-conclusion="passed"]').waitFor();

  const broken = Buffer.from(proof.bytes);
  broken[2345] = (broken[2345] ?? 0) ^ 0x01;
  await drop(page, [{ ...proof, bytes: broken }]);
  await page.locator('[data-conclusion="failed"]').waitFor();
  t.ok((await page.locator('[data-step][data-status="failed"]').count()) >= 1, 'and says at which step');
  await drop(page, [proof]);
  await page.locator('[data-conclusion="passed"]').waitFor();

  for (const target of ['文件', '证明']) {
    await page.getByRole('radiogroup').getByText(target).click();
    await page.getByRole('button', { name: '翻转后再核验' }).click();
    const kind = target === '文件' ? 'content' : 'bundle';
    await page.locator(`[data-flip="${kind}"] [data-conclusion="failed"]`).waitFor();
  }
}

async function looksUp(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page, context } = await openPage(t, browser);
  await page.goto(`${network.explorerUrl}/verify`);
  await page.locator('[data-verifier="ready"]').waitFor();
  const { file } = filesOf(network);
  await drop(page, [file]);
  await page.locator('[data-conclusion="passed"]').waitFor();
  t.match((await page.locator('[data-conclusion]').textContent()) ?? '', /这份文件与账本记录的摘要一致/);

  await drop(page, [{ name: 'other.txt', bytes: Buffer.from('never recorded') }]);
  await page.getByText('账本里没有这份文件的摘要').waitFor();
  t.equal(await page.locator('[data-conclusion]').count(), 0, 'no conclusion about what is not there');

  await context.route('**/v1/search**', (route) => route.abort());
  await drop(page, [{ name: 'another.txt', bytes: Buffer.from('nor this') }]);
  await page.getByText('暂时无法查询').waitFor();
  await page.getByText('浏览器与节点之间的网络').waitFor();
}

async function tellsOfHistory(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page, context } = await openPage(t, browser);
  // What such a node says, between the page and one that has everything.
  await context.route('**/v1/status', async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      json: { ...(await response.json()), history: { height: 120, toHeight: 4_000 } },
    });
  });
  await page.goto(network.explorerUrl);
  await page.getByText('历史数据补齐中 120 / 4,000').waitFor();

  const refused = problem('history-incomplete');
  await context.route('**/v1/blocks/1', (route) =>
    route.fulfill({
      status: refused.status,
      contentType: PROBLEM_CONTENT_TYPE,
      body: JSON.stringify(refused),
    }),
  );
  await page.goto(`${network.explorerUrl}/blocks/1`);
  await page.getByText(refused.titles.zh).waitFor();
  await page.getByText(refused.remedy.zh).waitFor();
  await context.unroute('**/v1/blocks/1');
  await page.locator('[data-certificate]').first().waitFor();
  t.equal(await page.getByText(refused.titles.zh).count(), 0, 'nobody had to ask again');
}

async function fitsPhone(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page, complaints } = await openPage(t, browser, {
    locale: 'en-GB',
    colorScheme: 'dark',
    viewport: PHONE,
  });
  const pages: [string, string][] = [
    ['/', 'tr[data-height]'],
    ['/blocks', 'tr[data-height]'],
    ['/blocks/1', '[data-certificate]'],
    [`/records/${network.anchored.index}`, '[data-path-result]'],
    [`/verify?record=${network.anchored.index}`, '[data-conclusion="passed"]'],
    ['/members', '[data-validator]'],
  ];
  for (const [path, shown] of pages) {
    await page.goto(`${network.explorerUrl}${path}`);
    await page.locator(shown).first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    t.equal(width, PHONE.width, `${path} does not scroll sideways`);
    t.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    const text = await page.locator('body').textContent();
    t.notMatch(text ?? '', /\b(?:home|block|record|verify|common)\.[a-z]/, `${path}: no text is missing`);
  }
  await page.getByRole('button', { name: '切换为中文' }).click();
  await page.getByRole('heading', { name: '成员与密钥' }).waitFor();
  t.same(complaints, []);
}

async function keepsBudget(t: Test, network: DevNetwork, browser: Browser): Promise<void> {
  const { page } = await openPage(t, browser);
  const files: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/v1/')) return;
    files.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto(network.explorerUrl);
  await page.locator('tr[data-height]').first().waitFor();
  const sizes = await Promise.all(files);
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  t.ok(sizeBytes < FIRST_LOAD_LIMIT_BYTES, `${sizeBytes} bytes gzipped in ${sizes.length} files`);
}
