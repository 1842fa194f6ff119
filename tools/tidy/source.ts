import { type ESTree, parseSync, Visitor, type VisitorObject } from 'rolldown/utils';

/** A module named by an import, export-from, dynamic import or import type. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** A parsed TypeScript file. Positions are offsets into `text`; `lineOf` makes them 1-based lines. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly comments: readonly { readonly value: string; readonly start: number; readonly end: number }[];
  lineOf(offset: number): number;
  visit(visitor: VisitorObject): void;
}

/**
 * Parses one TypeScript file (path relative to the repository). Throws when it has a syntax error: nothing
 * can be said about such a file, and the type check reports it better.
 */
export function parseSource(path: string, text: string): Source {
  const result = parseSync(path, text, { lang: path.endsWith('.tsx') ? 'tsx' : 'ts' });
  if (result.errors.length > 0) {
    throw new Error(`${path}: ${result.errors.map((error) => error.message).join('; ')}`);
  }
  const lineStarts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1);
  const lineOf = (offset: number): number => lastAtOrBelow(lineStarts, offset) + 1;
  const visit = (visitor: VisitorObject): void => new Visitor(visitor).visit(result.program);
  return {
    path,
    text,
    lineCount: text.endsWith('\n') ? lineStarts.length - 1 : lineStarts.length,
    imports: importsOf(visit, lineOf),
    comments: result.comments,
    lineOf,
    visit,
  };
}

/** Index of the last element not above `value` in an ascending list that starts with 0. */
function lastAtOrBelow(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ascending[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function importsOf(visit: (visitor: VisitorObject) => void, lineOf: (offset: number) => number): Import[] {
  const imports: Import[] = [];
  const add = (source: ESTree.StringLiteral): void => {
    imports.push({ specifier: source.value, line: lineOf(source.start) });
  };
  visit({
    ImportDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source);
    },
    ImportExpression: (node) => {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') {
        imports.push({ specifier: node.source.value, line: lineOf(node.source.start) });
      }
    },
    TSImportType: (node) => add(node.source),
  });
  return imports;
}
