import type { ESTree } from 'rolldown/utils';
import type { Finding } from '../finding.ts';
import { isTestPath } from '../layout.ts';
import type { Repository } from '../repository.ts';
import type { Source } from '../source.ts';

/** A page or two: one subject a file, one thought a function. Tests are lists of cases and may run longer. */
export const MAX_FILE_LINES = 400;
export const MAX_TEST_FILE_LINES = 800;
export const MAX_FUNCTION_LINES = 70;
export const MAX_TEST_FUNCTION_LINES = 150;

/** Files and functions stay short enough to be read in one go. */
export function sizes(repository: Repository): Finding[] {
  return repository.sources.flatMap((source) => [...longFile(source), ...longFunctions(source)]);
}

function longFile(source: Source): Finding[] {
  const limit = isTestPath(source.path) ? MAX_TEST_FILE_LINES : MAX_FILE_LINES;
  if (source.lineCount <= limit) return [];
  const message = `${source.lineCount} lines, at most ${limit}`;
  return [{ path: source.path, line: 0, rule: 'sizes', message }];
}

function longFunctions(source: Source): Finding[] {
  const limit = isTestPath(source.path) ? MAX_TEST_FUNCTION_LINES : MAX_FUNCTION_LINES;
  const findings: Finding[] = [];
  const measure = (node: ESTree.Function | ESTree.ArrowFunctionExpression): void => {
    const first = source.lineOf(node.start);
    const lines = source.lineOf(node.end) - first + 1;
    if (lines <= limit) return;
    const message = `function of ${lines} lines, at most ${limit}`;
    findings.push({ path: source.path, line: first, rule: 'sizes', message });
  };
  source.visit({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  });
  return findings;
}
