import type { ESTree } from 'rolldown/utils';
import type { Finding } from '../finding.ts';
import { isTestPath } from '../layout.ts';
import type { Repository } from '../repository.ts';
import type { Source } from '../source.ts';

/** How far above a cast its justifying comment may end, in lines: a statement may be wrapped. */
const COMMENT_REACH_LINES = 3;

/** Written with classes so that this line does not match itself. */
const UNFINISHED = /\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/;
/** Absolute paths of somebody's machine; they mean nothing, or something else, on another. */
const MACHINE_PATH = /(?<![\w.~/-])\/(work|farm|root|home\/\w+|Users\/\w+|tmp\/\w+)\//;
/** A lock file that names a registry other than the public one installs nowhere else. */
const FOREIGN_REGISTRY = /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)/;

/** Nothing unfinished, silenced, machine-bound or cast without a reason is left behind. */
export function leftovers(repository: Repository): Finding[] {
  return [
    ...[...repository.files].flatMap(([path, text]) => inText(path, text)),
    ...repository.sources.flatMap((source) => [
      ...silencedTests(source),
      ...(isTestPath(source.path) ? [] : unexplainedCasts(source)),
    ]),
  ];
}

function inText(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const isLock = path === 'package-lock.json';
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const add = (message: string): void => {
      findings.push({ path, line: i + 1, rule: 'leftovers', message });
    };
    if (isLock && FOREIGN_REGISTRY.test(line)) add('package resolved from a private registry');
    if (isLock) continue;
    if (UNFINISHED.test(line)) add('unfinished work: do it, or write an issue');
    if (MACHINE_PATH.test(line)) add('path of one machine');
    if (/@ts-(ignore|nocheck)/.test(line)) add('type check silenced');
  }
  return findings;
}

/** `t.only`, `t.skip` and `t.todo` calls: a test that does not run is not a test. */
function silencedTests(source: Source): Finding[] {
  const findings: Finding[] = [];
  source.visit({
    CallExpression: (node) => {
      const callee = node.callee;
      if (callee.type !== 'MemberExpression' || callee.computed) return;
      if (callee.object.type !== 'Identifier' || callee.property.type !== 'Identifier') return;
      if (callee.object.name !== 't' || !['only', 'skip', 'todo'].includes(callee.property.name)) return;
      const message = `t.${callee.property.name}: run the test or remove it`;
      findings.push({ path: source.path, line: source.lineOf(node.start), rule: 'leftovers', message });
    },
  });
  return findings;
}

/**
 * A cast switches the type check off. Outside `as const` and branded constructors (a function that returns its
 * one parameter under another named type) it needs a comment that says why it holds.
 */
function unexplainedCasts(source: Source): Finding[] {
  const findings: Finding[] = [];
  const commentEnds = source.comments.map((comment) => source.lineOf(comment.end));
  const branding = new Set<number>();
  const noteBranding = (node: ESTree.Function | ESTree.ArrowFunctionExpression): void => {
    const cast = returnedCast(node);
    const [parameter] = node.params;
    if (cast === undefined || node.params.length !== 1 || parameter?.type !== 'Identifier') return;
    const { expression, typeAnnotation } = cast;
    if (typeAnnotation.type !== 'TSTypeReference') return;
    if (expression.type === 'Identifier' && expression.name === parameter.name) branding.add(cast.start);
  };
  source.visit({
    FunctionDeclaration: noteBranding,
    ArrowFunctionExpression: noteBranding,
    TSAsExpression: (node) => {
      const type = node.typeAnnotation;
      const isConst =
        type.type === 'TSTypeReference' &&
        type.typeName.type === 'Identifier' &&
        type.typeName.name === 'const';
      const line = source.lineOf(node.end);
      const isExplained = commentEnds.some((end) => end <= line && end >= line - COMMENT_REACH_LINES);
      if (isConst || isExplained || branding.has(node.start)) return;
      const message = 'cast without a comment that justifies it';
      findings.push({ path: source.path, line, rule: 'leftovers', message });
    },
  });
  return findings;
}

/** The cast that a function returns as its last act, if it does. */
function returnedCast(
  node: ESTree.Function | ESTree.ArrowFunctionExpression,
): ESTree.TSAsExpression | undefined {
  const { body } = node;
  if (body === null) return undefined;
  if (body.type !== 'BlockStatement') return body.type === 'TSAsExpression' ? body : undefined;
  const last = body.body.at(-1);
  if (last?.type !== 'ReturnStatement') return undefined;
  return last.argument?.type === 'TSAsExpression' ? last.argument : undefined;
}
