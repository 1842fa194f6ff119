import type { Conclusion, Report, StepStatus } from '@hufu/proof';
import type { Terminal } from '../terminal/terminal.ts';

const MARKS: Readonly<Record<StepStatus, string>> = {
  passed: '✓',
  failed: '✗',
  indeterminate: '?',
  skipped: '–',
};

const CONCLUSIONS: Readonly<Record<Conclusion, { zh: string; en: string }>> = {
  passed: { zh: '核验通过', en: 'PASSED' },
  failed: { zh: '核验未通过', en: 'FAILED' },
  indeterminate: { zh: '无法判断', en: 'CANNOT TELL' },
};

/** The report for people: each step with its finding, what is not proven, and the conclusion last. */
export function reportText(report: Report, { say }: Terminal): string {
  const steps = report.steps.map(({ status, code, title, detail }) => {
    return `${MARKS[status]} ${say(title)} [${code}]\n    ${say(detail)}`;
  });
  const notProven = report.notProven.map(({ title }) => `  · ${say(title)}`);
  return [
    ...steps,
    say({ zh: '未证明：', en: 'Not proven:' }),
    ...notProven,
    say(CONCLUSIONS[report.conclusion]),
  ].join('\n');
}
