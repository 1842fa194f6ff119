import { runChild } from './child.ts';

/** The counts of one test file. `problem` is printed when something failed. */
export interface TestResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  readonly problem: string;
}

/** tap's last line for the whole file: `# { total: 6, pass: 4, fail: 1, skip: 1 }`; zero counts are left out. */
const SUMMARY = /^# \{ total: (?<total>\d+)(?<rest>[^}]*)\}$/gm;

/** Runs one tap file in a process of its own and counts its assertions. */
export async function runTapFile(root: string, path: string, timeoutMs: number): Promise<TestResult> {
  const result = await runChild([process.execPath, '--disable-warning=ExperimentalWarning', path], {
    cwd: root,
    timeoutMs,
    // The file's own time limit (t.setTimeout) and ours apply; tap's default of 30 s does not.
    env: { TAP_TIMEOUT: '0', NODE_ENV: 'test' },
  });
  const counts = countsOf(result.output);
  const why = result.timedOut ? `no end after ${timeoutMs / 1000} s` : `exit code ${result.code}`;
  const isBroken = result.code !== 0 || counts === undefined || counts.total === 0;
  const failed = Math.max(counts?.failed ?? 0, isBroken ? 1 : 0);
  return {
    passed: counts?.passed ?? 0,
    failed,
    skipped: counts?.skipped ?? 0,
    durationMs: result.durationMs,
    problem: failed === 0 ? '' : `${relevant(result.output)}\n${path}: ${why}`,
  };
}

/**
 * Reads the counts from a file's TAP. Undefined when there is no summary: the process died or it printed
 * something else. Skipped and todo tests count as neither passed nor failed.
 */
export function countsOf(
  output: string,
): { total: number; passed: number; failed: number; skipped: number } | undefined {
  const last = [...output.matchAll(SUMMARY)].at(-1);
  if (last?.groups === undefined) return undefined;
  const { total, rest } = last.groups;
  const count = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(rest ?? '')?.[1] ?? 0);
  return {
    total: Number(total),
    passed: count('pass'),
    failed: count('fail'),
    skipped: count('skip') + count('todo'),
  };
}

/** The output without the lines of passing assertions, and bounded: what a reader needs to see the failure. */
function relevant(output: string): string {
  const lines = output.split('\n').filter((line) => !/^\s*ok \d+/.test(line) && line.trim() !== '');
  const MAX_LINES = 200;
  return (lines.length > MAX_LINES ? ['…', ...lines.slice(-MAX_LINES)] : lines).join('\n');
}
