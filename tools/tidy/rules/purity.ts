import type { ESTree } from 'rolldown/utils';
import type { Finding } from '../finding.ts';
import { isInside, type Liberty, PURE_FOLDERS, type PureFolder } from '../layout.ts';
import type { Repository } from '../repository.ts';
import type { Source } from '../source.ts';

/** Globals whose mere mention makes a function depend on more than its arguments. */
const BANNED_GLOBALS: Readonly<Record<string, Liberty | 'never'>> = {
  setTimeout: 'clock',
  setInterval: 'clock',
  setImmediate: 'clock',
  clearTimeout: 'clock',
  clearInterval: 'clock',
  performance: 'clock',
  queueMicrotask: 'async',
  Promise: 'async',
  fetch: 'network',
  XMLHttpRequest: 'network',
  WebSocket: 'network',
  console: 'never',
  process: 'never',
  Buffer: 'never',
  localStorage: 'never',
  navigator: 'never',
  document: 'never',
};

/** Members of otherwise pure globals that are not. */
const BANNED_MEMBERS: Readonly<Record<string, Liberty | 'never'>> = {
  'Date.now': 'clock',
  'Math.random': 'never',
  'crypto.getRandomValues': 'never',
  'crypto.randomUUID': 'never',
  'crypto.subtle': 'async',
};

type Report = (offset: number, what: string, needs: Liberty | 'never') => void;

/** Pure folders read no clock, randomness, host, console or network, and are synchronous (with their liberties). */
export function purity(repository: Repository): Finding[] {
  return PURE_FOLDERS.flatMap((pure) =>
    repository.sources
      .filter((source) => isInside(source.path, pure.folder) && pure.except?.test(source.path) !== true)
      .flatMap((source) => impuritiesOf(source, pure)),
  );
}

function impuritiesOf(source: Source, pure: PureFolder): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (offset, what, needs) => {
    if (needs !== 'never' && pure.liberties.includes(needs)) return;
    const message = `${what} in ${pure.folder}, which is pure`;
    findings.push({ path: source.path, line: source.lineOf(offset), rule: 'purity', message });
  };
  for (const found of source.imports) {
    if (found.specifier.startsWith('node:')) {
      const message = `import of ${found.specifier} in ${pure.folder}, which is pure`;
      findings.push({ path: source.path, line: found.line, rule: 'purity', message });
    }
  }
  reportAsync(source, report);
  reportGlobals(source, report);
  return findings;
}

function reportAsync(source: Source, report: Report): void {
  const ifAsync = (node: ESTree.Function | ESTree.ArrowFunctionExpression): void => {
    if (node.async) report(node.start, 'async function', 'async');
  };
  source.visit({
    FunctionDeclaration: ifAsync,
    FunctionExpression: ifAsync,
    ArrowFunctionExpression: ifAsync,
    AwaitExpression: (node) => report(node.start, 'await', 'async'),
    ForOfStatement: (node) => {
      if (node.await) report(node.start, 'for await', 'async');
    },
  });
}

/**
 * Reports identifiers by name. Names of properties are not references, and a name that the file declares or
 * imports somewhere is its own; both are skipped.
 */
function reportGlobals(source: Source, report: Report): void {
  const propertyNames = new Set<number>();
  const declared = declaredNames(source);
  const reportGlobal = (name: string, offset: number): void => {
    const needs = Object.hasOwn(BANNED_GLOBALS, name) ? BANNED_GLOBALS[name] : undefined;
    if (needs !== undefined && !declared.has(name)) report(offset, name, needs);
  };
  source.visit({
    MemberExpression: (node) => {
      if (node.computed || node.property.type !== 'Identifier') return;
      propertyNames.add(node.property.start);
      if (node.object.type !== 'Identifier') return;
      if (node.object.name === 'globalThis') reportGlobal(node.property.name, node.start);
      const member = `${node.object.name}.${node.property.name}`;
      const needs = BANNED_MEMBERS[member];
      if (needs !== undefined) report(node.start, member, needs);
    },
    Property: (node) => {
      if (!node.computed && !node.shorthand) propertyNames.add(node.key.start);
    },
    PropertyDefinition: (node) => propertyNames.add(node.key.start),
    MethodDefinition: (node) => propertyNames.add(node.key.start),
    TSPropertySignature: (node) => propertyNames.add(node.key.start),
    TSMethodSignature: (node) => propertyNames.add(node.key.start),
    NewExpression: (node) => {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) report(node.start, 'new Date()', 'clock');
    },
    Identifier: (node) => {
      if (!propertyNames.has(node.start)) reportGlobal(node.name, node.start);
    },
  });
}

/** Every name that a declaration, parameter or import of the file introduces. */
function declaredNames(source: Source): ReadonlySet<string> {
  const names = new Set<string>();
  const addPattern = (pattern: ESTree.BindingPattern | ESTree.ParamPattern): void => {
    if (pattern.type === 'Identifier') names.add(pattern.name);
    else if (pattern.type === 'AssignmentPattern') addPattern(pattern.left);
    else if (pattern.type === 'RestElement') addPattern(pattern.argument);
    else if (pattern.type === 'TSParameterProperty') addPattern(pattern.parameter);
    else if (pattern.type === 'ArrayPattern') {
      for (const element of pattern.elements) if (element !== null) addPattern(element);
    } else {
      for (const property of pattern.properties) {
        addPattern(property.type === 'RestElement' ? property.argument : property.value);
      }
    }
  };
  const addFunction = (node: ESTree.Function | ESTree.ArrowFunctionExpression): void => {
    if (node.id !== null) names.add(node.id.name);
    for (const parameter of node.params) addPattern(parameter);
  };
  source.visit({
    VariableDeclarator: (node) => addPattern(node.id),
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    ImportSpecifier: (node) => names.add(node.local.name),
    ImportDefaultSpecifier: (node) => names.add(node.local.name),
    ImportNamespaceSpecifier: (node) => names.add(node.local.name),
  });
  return names;
}
