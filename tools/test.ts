/**
 * `npm test`: everything that must hold, in the order in which it fails fastest. Formatting and lint, types,
 * the repository's own rules, the explorer's build, then every package's tests: units two at a time, then the
 * end-to-end ones (real processes, real browser) one at a time. The last line is `N passed, N failed`, where
 * each assertion and each check counts as one.
 *
 * `npm test -- WORD…` runs only the test files whose path contains one of the words, without the checks.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildResult, runChild } from './test-runner/child.ts';
import { ensureChromium } from './test-runner/chromium.ts';
import { ensureHostTools } from './test-runner/host-tools.ts';
import { runTapFile, type TestResult } from './test-runner/tap-file.ts';

const ROOT = join(import.meta.dirname, '..');
const UNIT_JOBS = 2;
const CHECK_TIMEOUT_MS = 10 * 60_000;
const UNIT_TIMEOUT_MS = 5 * 60_000;
const END_TO_END_TIMEOUT_MS = 10 * 60_000;
/** Tests that run a network of processes, or a browser, and need the machine for themselves. */
const END_TO_END = /\/test\/(e2e|hosts)\/|^bench\/|\/(cluster|kill)\.test\.ts$/;
/** Tests that run on network namespaces. */
const ON_HOSTS = /\/test\/(hosts|resilience)\//;

const totals = { passed: 0, failed: 0 };

/** Prints one line of progress, and what went wrong if anything did. */
function report(name: string, result: TestResult): void {
  totals.passed += result.passed;
  totals.failed += result.failed;
  const mark = result.failed === 0 ? 'ok  ' : 'FAIL';
  const seconds = (result.durationMs / 1000).toFixed(1).padStart(6);
  const skipped = result.skipped === 0 ? '' : `, ${result.skipped} skipped`;
  const failed = result.failed === 0 ? '' : `, ${result.failed} failed`;
  console.log(`${mark} ${seconds} s  ${name} (${result.passed} passed${failed}${skipped})`);
  if (result.failed > 0) console.log(result.problem.replace(/^/gm, '    '));
}

function checkResult(result: Pick<ChildResult, 'code' | 'output' | 'durationMs'>): TestResult {
  const ok = result.code === 0;
  return {
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
    durationMs: result.durationMs,
    problem: result.output,
  };
}

async function check(name: string, ...command: [string, ...string[]]): Promise<void> {
  report(name, checkResult(await runChild(command, { cwd: ROOT, timeoutMs: CHECK_TIMEOUT_MS })));
}

/** Chromium's path goes to the browser tests in HUFU_CHROMIUM. */
async function checkChromium(): Promise<void> {
  const startedMs = performance.now();
  const chromium = await ensureChromium(ROOT);
  if (chromium.ok) process.env.HUFU_CHROMIUM = chromium.path;
  const output = chromium.ok ? chromium.version : chromium.problem;
  const durationMs = performance.now() - startedMs;
  report('a Chromium for the browser test', checkResult({ code: chromium.ok ? 0 : 1, output, durationMs }));
}

async function checkHostTools(): Promise<void> {
  const startedMs = performance.now();
  const output = await ensureHostTools(ROOT);
  const durationMs = performance.now() - startedMs;
  report('tools for the tests on hosts', checkResult({ code: output === '' ? 0 : 1, output, durationMs }));
}

async function runFiles(paths: readonly string[], jobs: number, timeoutMs: number): Promise<void> {
  const waiting = paths.values();
  const worker = async (): Promise<void> => {
    for (const path of waiting) report(path, await runTapFile(ROOT, path, timeoutMs));
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

const words = process.argv.slice(2);
const files = globSync('*/test/**/*.test.ts', { cwd: ROOT })
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();
await checkChromium();
if (files.some((path) => ON_HOSTS.test(path))) await checkHostTools();
if (words.length === 0) {
  await check('biome: format and lint', 'biome', 'ci', '--colors=off', '.');
  await check('tsc: types', 'tsc', '--build');
  await check('tidy: the repository’s own rules', 'node', 'tools/tidy.ts');
}
await check('explorer: build', 'npm', 'run', '--silent', 'build', '--workspace', 'explorer');
const unit = files.filter((path) => !END_TO_END.test(path));
const endToEnd = files.filter((path) => END_TO_END.test(path));
await runFiles(unit, UNIT_JOBS, UNIT_TIMEOUT_MS);
await runFiles(endToEnd, 1, END_TO_END_TIMEOUT_MS);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
