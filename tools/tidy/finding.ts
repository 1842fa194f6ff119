/** One broken rule at one place. `line` is 1-based; 0 speaks of the whole file. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** `path:line: [rule] message`, the form that editors and terminals make clickable. */
export function formatFinding(finding: Finding): string {
  const place = finding.line === 0 ? finding.path : `${finding.path}:${finding.line}`;
  return `${place}: [${finding.rule}] ${finding.message}`;
}
